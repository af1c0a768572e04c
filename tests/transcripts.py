"""A fake ear for tests of the public APIs: the worker's part is done with a transcript that is always the same."""

from __future__ import annotations

import datetime as dt
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from apps.jobs import steps
from apps.jobs.models import Job, Step
from apps.media.store import media_store
from tests.jobs.test_recordings import tone
from workers.pipelines.base import Done
from workers.pipelines.transcript_file import TranscriptFile

TEXT = "Good morning, everybody. How are you today?"
SEGMENTS: list[dict[str, Any]] = [
    {"start": 0.1, "end": 0.9, "text": " Good morning, everybody.", "speaker": "SPEAKER_00"},
    {"start": 1.1, "end": 1.9, "text": " How are you today?", "speaker": "SPEAKER_01"},
]


def upload(data: bytes | None = None, name: str = "recording.mp3") -> SimpleUploadedFile:
    """Two seconds of sound under a name that says something else."""
    return SimpleUploadedFile(name, tone() if data is None else data)


def write_down(job_id: uuid.UUID | str) -> dict[str, Any]:
    """Do the work of a worker: as much of SEGMENTS as the order asked for. Returns what the order asked for."""
    step = Step.objects.get(job_id=job_id)
    Step.objects.exclude(pk=step.pk).update(available_at=timezone.now() + dt.timedelta(days=1))
    claim = steps.claim(step.queue, "test")
    assert claim is not None
    asked = claim.request
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "transcript.json"
        with TranscriptFile(path) as file:
            for segment in SEGMENTS:
                file.add(_segment(segment, asked))
            told = {"duration": 2.0, "language": asked["language"] or "en", "language_probability": 0.98}
            summary = file.finish(told)
        key = f"jobs/{claim.job_id.hex}/{claim.lease.hex}/transcript.json"
        media_store().put(key, path)
    about = {"key": key, "filename": "transcript.json", "content_type": "application/json", "format": "json"}
    steps.finish(claim, Done({**about, **summary}))
    return dict(asked)


def _segment(segment: dict[str, Any], asked: dict[str, Any]) -> dict[str, Any]:
    words = segment["text"].split()
    length = (segment["end"] - segment["start"]) / len(words)
    listed = [
        {
            "word": word,
            "start": round(segment["start"] + number * length, 3),
            "end": round(segment["start"] + (number + 1) * length, 3),
            "probability": 0.9,
            **({"speaker": segment["speaker"]} if asked["diarize"] else {}),
        }
        for number, word in enumerate(words)
    ]
    measures = {"tokens": [1, 2], "temperature": 0.0, "avg_logprob": -0.2, "compression_ratio": 1.1}
    made = {"start": segment["start"], "end": segment["end"], "text": segment["text"], **measures}
    made["no_speech_prob"] = 0.01
    if asked["words"]:
        made["words"] = listed
    if asked["diarize"]:
        made["speaker"] = segment["speaker"]
    return made


@contextmanager
def listening(*modules: str) -> Iterator[list[dict[str, Any]]]:
    """While it lasts, a job that one of these modules waits for is done at once; what was ordered, in order."""
    orders: list[dict[str, Any]] = []

    def wait_for(job_id: uuid.UUID, seconds: float) -> Job:
        orders.append(write_down(job_id))
        return Job.objects.defer("request").select_related("account").get(pk=job_id)

    import contextlib

    with contextlib.ExitStack() as stack:
        for module in modules:
            stack.enter_context(patch(f"{module}.wait_for", wait_for))
        yield orders


def form(**fields: Any) -> dict[str, Any]:
    """A multipart form with a recording, for a test client's `data`."""
    return {"file": upload(), **fields}
