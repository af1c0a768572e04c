"""Reading transcripts: of a job that was completed, and what has been heard so far by one that is under way."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from typing import Any

from apps.media.store import media_store
from ttsplatform.errors import ApiError
from workers.engines.base import Word
from workers.text.subtitles import cues, to_srt, to_vtt

from .models import Job, JobStatus, Step, StepStatus

UNKNOWN = "unknown"
"""What a language is called that could not be told."""
WRITERS = {"srt": to_srt, "vtt": to_vtt}


@dataclass(frozen=True, slots=True)
class Transcript:
    """What was heard. `segments` are as workers/pipelines/transcript_file.py describes them."""

    text: str
    language: str
    language_probability: float
    duration: float
    segments: list[dict[str, Any]]
    speakers: list[str]

    @property
    def words(self) -> list[dict[str, Any]]:
        """All words with their times, where the order asked for them."""
        return [word for segment in self.segments for word in segment.get("words", ())]


def transcript_of(job: Job) -> Transcript:
    """The transcript of a job. Raises ApiError: not_found where there is none (yet), gone where it was deleted."""
    if job.status != JobStatus.COMPLETED or job.kind != "transcript" or not job.result:
        raise ApiError("not_found", f"The job has no transcript: it is {job.status}.")
    try:
        with media_store().open(job.result["key"]) as file:
            stored = json.load(file)
    except FileNotFoundError:
        raise ApiError("gone") from None
    return Transcript(
        text=stored["text"],
        language=stored["language"] or UNKNOWN,
        language_probability=stored["language_probability"],
        duration=stored["duration"],
        segments=stored["segments"],
        speakers=stored["speakers"],
    )


def heard_so_far(job_id: uuid.UUID, after: int) -> list[str]:
    """The texts of the segments of a long recording's parts, part by part, from number `after` on.

    Parts are done in any order; those behind one that is still missing are not told yet, nor any once the job is over.
    """
    steps = Step.objects.filter(job_id=job_id, name="part", index__gte=after).order_by("index")
    heard = []
    for number, step in enumerate(steps.only("index", "status", "result"), after):
        if step.index != number or step.status != StepStatus.DONE or not step.result:
            break
        try:
            with media_store().open(step.result["heard"]) as file:
                heard.append("".join(segment["text"] for segment in json.load(file)))
        except FileNotFoundError:
            break  # joined meanwhile
    return heard


def subtitles_of(transcript: Transcript, format: str) -> str:
    """SubRip (`srt`) or WebVTT (`vtt`) of a transcript that has word times."""
    words, at = [], 0
    for word in transcript.words:
        found = transcript.text.find(word["word"], at)
        if found >= 0:
            at = found + len(word["word"])
            words.append(Word(word["word"], word["start"], word["end"], found, at))
    language = transcript.language if transcript.language != UNKNOWN else "en"
    return WRITERS[format](cues(words, text=transcript.text, language=language))
