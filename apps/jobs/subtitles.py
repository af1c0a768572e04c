"""Subtitles of a finished job, from the times at which its words really sound."""

from __future__ import annotations

import json
from dataclasses import dataclass

from apps.media.store import media_store
from ttsplatform.errors import ApiError
from workers.engines.base import Word
from workers.text.subtitles import cues, to_srt, to_vtt

from .models import Job, JobStatus


@dataclass(frozen=True)
class Subtitles:
    content: str
    count: int


def words_of(job: Job) -> list[Word]:
    """Every spoken word with its seconds; ApiError where the job has no audio or its model no word times."""
    if job.status != JobStatus.COMPLETED or not job.result:
        raise ApiError("not_found", f"The job has no audio: it is {job.status}.")
    key = job.result.get("words_key")
    if key is None:
        raise ApiError("bad_request", f"The model {job.served_model} does not tell when its words sound.")
    try:
        with media_store().open(key) as file:
            return [Word(**word) for word in json.load(file)]
    except FileNotFoundError:
        raise ApiError("gone") from None


def subtitles(job: Job, format: str) -> Subtitles:
    """SubRip (`srt`) or WebVTT (`vtt`). Raises ApiError: bad_request, not_found, gone."""
    writers = {"srt": to_srt, "vtt": to_vtt}
    if format not in writers:
        raise ApiError("bad_request", f"format: {format[:20]!r} is not srt or vtt.", param="format")
    # The text gives the cues their punctuation, which no word carries.
    lines = cues(words_of(job), text=job.request["text"], language=job.language or "en")
    return Subtitles(writers[format](lines), len(lines))
