"""A transcription as Server-Sent Events: the text part by part as it is heard, then all of it."""

from __future__ import annotations

import json
import uuid
from collections.abc import AsyncIterator
from typing import Any

from django.http import HttpRequest, StreamingHttpResponse

from apps.accounts.callers import Caller
from apps.jobs.models import Job
from apps.jobs.recordings import Recording
from apps.jobs.services import Order
from apps.jobs.transcripts import heard_so_far, transcript_of
from apps.jobs.waiting import follow
from apps.jobs.working import failure_of, worked
from apps.live.threads import in_thread

from .transcript_formats import diarized, usage

KEEP_ALIVE_SECONDS = 10.0
HELD_SECONDS = 5.0
"""Status and headers are held for so long, so that what is soon refused is an ordinary error."""


def streamed(
    request: HttpRequest,
    caller: Caller,
    order: Order,
    recording: Recording,
    format: str,
    *,
    idempotency_key: str | None = None,
) -> StreamingHttpResponse:
    """Order the work and tell of it as it goes on. Raises what goes wrong in the first moments."""
    job = worked(request, caller, order, recording, seconds=HELD_SECONDS, idempotency_key=idempotency_key)
    response = StreamingHttpResponse(_events(job.pk, format), content_type="text/event-stream")
    response["Cache-Control"] = "no-cache"
    response["X-Accel-Buffering"] = "no"
    response["X-Job-Id"] = job.pk.hex
    response["X-Served-Model"] = job.served_model
    return response


async def _events(job_id: uuid.UUID, format: str) -> AsyncIterator[bytes]:
    parts, told = 0, ""
    async for job in follow(job_id, KEEP_ALIVE_SECONDS):
        if job is None:
            yield b": still here\n\n"
        elif not job.is_finished:
            for text in await in_thread(heard_so_far, job_id, parts):
                parts += 1
                if delta := text if told else text.lstrip():
                    told += delta
                    yield _event("transcript.text.delta", delta=delta)
        elif job.error_code:
            error = failure_of(job)
            described = {"code": error.code, "type": error.type, "message": error.message, "param": None}
            yield _event("error", error=described)
        else:
            for event in await in_thread(_rest, job, told, format):
                yield event
            yield b"data: [DONE]\n\n"


def _rest(job: Job, told: str, format: str) -> list[bytes]:
    """The events of all that was not told before, and of the end."""
    transcript = transcript_of(job)
    events = []
    if not told:
        at = 0
        for segment in transcript.segments:
            delta = segment["text"] if at else segment["text"].lstrip()
            at += len(delta)
            events.append(_event("transcript.text.delta", delta=delta))
    elif rest := transcript.text[len(told) :]:
        events.append(_event("transcript.text.delta", delta=rest))
    if format == "diarized_json":
        events += [_event(**diarized(number, segment)) for number, segment in enumerate(transcript.segments)]
    events.append(_event("transcript.text.done", text=transcript.text, usage=usage(transcript)))
    return events


def _event(type: str, **fields: Any) -> bytes:
    return f"data: {json.dumps({'type': type, **fields}, ensure_ascii=False)}\n\n".encode()
