"""What each call does, written once for both clients: generators that ask for requests and rests, and get answers.

`Client` and `AsyncClient` only carry them out.
"""

from __future__ import annotations

import json
import random
import uuid
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from .errors import ConnectionFailed, JobFailed, ServerError, TTSError, error_from
from .shapes import Batch, Job, Transcript, Voice

T = TypeVar("T")

TRIES = 5
# A pause that the server asks for is kept up to this; what wants more is told to the caller.
LONGEST_PAUSE = 60.0
_AGAIN = {429, 502, 503, 504}


@dataclass(frozen=True)
class Send:
    """A request. `repeatable`: doing it twice does no harm, even where the first answer was lost."""

    method: str
    path: str
    json: Any = None
    data: Mapping[str, str] | None = None
    files: Mapping[str, Path] | None = None
    params: Mapping[str, str] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    repeatable: bool = True


@dataclass(frozen=True)
class Rest:
    seconds: float


@dataclass(frozen=True)
class Download:
    """A link into a file. Links are signed: the key does not go along."""

    url: str
    to: Path


@dataclass(frozen=True)
class Reply:
    status: int
    headers: Mapping[str, str]
    body: bytes


Action = Send | Rest | Download
Flow = Generator[Action, Any, T]
Progress = Callable[[Job], None]


def request(send: Send) -> Flow[Any]:
    """The JSON of an answer (None of an empty one), after as many tries as may help. Raises TTSError."""
    reply: Reply = yield from raw(send)
    return json.loads(reply.body) if reply.body else None


def raw(send: Send) -> Flow[Reply]:
    """The answer itself. 429 and 503 are tried again as Retry-After says, else after ever longer pauses."""
    for attempt in range(1, TRIES + 1):
        problem: TTSError
        try:
            reply: Reply = yield send
        except ConnectionFailed as exc:
            if attempt == TRIES or not (send.repeatable or exc.code == "not_sent"):
                raise
            problem = exc
        else:
            if reply.status < 400:
                return reply
            problem = error_from(reply.status, reply.headers, reply.body)
            # A gateway's 502 and 504 may have reached the platform.
            harmless = send.repeatable or reply.status in {429, 503}
            if reply.status not in _AGAIN or not harmless:
                raise problem
        yield Rest(rest_after(problem, attempt))
    raise AssertionError("unreachable")


def pause(attempt: int, retry_after: float | None) -> float:
    """Seconds to wait after so many failed tries, never together with others that failed at the same moment."""
    backoff = min(20.0, 0.5 * 2 ** (attempt - 1)) * random.uniform(0.5, 1.0)  # noqa: S311
    return backoff if retry_after is None else retry_after + random.uniform(0, 0.25)  # noqa: S311


def rest_after(problem: TTSError, attempt: int) -> float:
    """Seconds until the next try. Raises the problem where that would be one too many, or can not help."""
    hopeless = problem.code == "model_unavailable" or (problem.retry_after or 0.0) > LONGEST_PAUSE
    if hopeless or attempt == TRIES:
        raise problem
    return pause(attempt, problem.retry_after)


def options(
    voice: str | None, model: str | None, language: str | None, format: str, speed: float, **more: Any
) -> dict[str, Any]:
    """The options of an order by their names in the API."""
    return {"voice": voice, "model": model, "language": language, "format": format, "speed": speed, **more}


def once() -> dict[str, str]:
    """The header by which the platform knows a repeated order."""
    return {"Idempotency-Key": str(uuid.uuid4())}


# Speech


def order(text: str, options: Mapping[str, Any]) -> Flow[Job]:
    answer = yield from request(Send("POST", "/v1/tts/", json=speech(text, options), headers=once()))
    return Job.of(answer)


def speech(text: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """The body of an order; a voice named uv_… is one of the account's own."""
    body = {"text": text, **{name: value for name, value in options.items() if value is not None}}
    if str(body.get("voice", "")).startswith("uv_"):
        body["user_voice_id"] = body.pop("voice")
    return body


def job(job_id: str) -> Flow[Job]:
    answer = yield from request(Send("GET", "/v1/speech/results/", params={"uuid": job_id}))
    return Job.of(answer)


def wait(job_id: str, timeout: float, progress: Progress | None) -> Flow[Job]:
    """The job once it is completed. Raises JobFailed, and TTSError where it takes longer than `timeout` seconds."""
    waited, between = 0.0, 0.1
    while True:
        state = yield from job(job_id)
        if progress is not None:
            progress(state)
        if state.status == "failed":
            raise JobFailed(state.error or "The job failed.", code=state.error_code, body=state.raw)
        if state.is_finished:
            return state
        if waited >= timeout:
            raise TTSError(
                f"The job {job_id} is not done after {timeout:g} seconds; it goes on. Look again with wait().",
                code="timeout",
            )
        yield Rest(between)
        waited += between
        between = min(1.0, between * 1.3)


def speak(
    text: str, to: Path, options: Mapping[str, Any], timeout: float, progress: Progress | None
) -> Flow[Job]:
    ordered = yield from order(text, options)
    done = yield from wait(ordered.id, timeout, progress)
    yield from fetch(done, to)
    return done


def fetch(done: Job, to: Path) -> Flow[Path]:
    """A completed job's file."""
    if not done.result_url:
        raise JobFailed(f"The job {done.id} has no file (any more).", code="gone")
    return (yield from download(done.result_url, to))


def download(url: str, to: Path) -> Flow[Path]:
    for attempt in range(1, TRIES + 1):
        try:
            yield Download(url, to)
        except (ConnectionFailed, ServerError):
            if attempt == TRIES:
                raise
            yield Rest(pause(attempt, None))
        else:
            return to
    raise AssertionError("unreachable")


def cancel(job_id: str) -> Flow[None]:
    yield from request(Send("POST", f"/v1/jobs/{job_id}/cancel/"))


def delete(job_id: str) -> Flow[None]:
    yield from request(Send("DELETE", f"/v1/jobs/{job_id}/"))


# Voices


def voices(model: str | None, language: str | None, gender: str | None) -> Flow[list[Voice]]:
    wanted = {"model": model, "language": language, "gender": gender}
    params = {name: value for name, value in wanted.items() if value}
    answer = yield from request(Send("GET", "/v1/voices/", params=params))
    return [Voice.of(each) for each in answer["voices"]]


def own_voices() -> Flow[list[Voice]]:
    answer = yield from request(Send("GET", "/api/v1/user-voices/"))
    return [Voice.of(each) for each in answer["voices"]]


def clone(name: str, recording: Path, language: str, model: str | None, timeout: float) -> Flow[Voice]:
    """A voice of one's own from a recording of 5 to 30 seconds, once it can speak."""
    data = {"name": name, "language": language, "consent_confirmed": "true"}
    if model:
        data["model"] = model
    send = Send("POST", "/api/v1/user-voices/", data=data, files={"file": recording}, repeatable=False)
    made = Voice.of((yield from request(send)))
    waited = 0.0
    while not made.ready:
        if waited >= timeout:
            raise TTSError(
                f"The voice {made.id} is not ready after {timeout:g} seconds; it is still being made."
            )
        yield Rest(1.0)
        waited += 1.0
        made = next((voice for voice in (yield from own_voices()) if voice.id == made.id), made)
    return made


def forget_voice(voice_id: str) -> Flow[None]:
    yield from request(Send("DELETE", "/api/v1/user-voices/", params={"public_id": voice_id}))


# Transcripts


def transcribe(
    recording: Path,
    model: str | None,
    language: str | None,
    words: bool,
    diarize: bool,
    timeout: float,
    progress: Progress | None,
) -> Flow[Transcript]:
    data = {"timestamps": str(words).lower(), "diarize": str(diarize).lower()}
    data |= {name: value for name, value in (("model", model), ("language", language)) if value}
    send = Send("POST", "/v1/transcribe/", data=data, files={"file": recording}, headers=once())
    ordered = Job.of((yield from request(send)))
    done = yield from wait(ordered.id, timeout, progress)
    answer = yield from request(Send("GET", "/v1/transcribe/results/", params={"uuid": done.id}))
    return Transcript.of(answer)


# Batches


def order_batch(texts: Sequence[str | Mapping[str, Any]], options: Mapping[str, Any]) -> Flow[Batch]:
    items = [
        speech(text, options) if isinstance(text, str) else speech(text["text"], {**options, **text})
        for text in texts
    ]
    answer = yield from request(Send("POST", "/v1/tts/batch/", json={"texts": items}, headers=once()))
    return Batch.of(answer)


def batch(batch_id: str) -> Flow[Batch]:
    answer = yield from request(Send("GET", "/v1/tts/batch/result/", params={"batch_id": batch_id}))
    return Batch.of(answer)


def wait_batch(batch_id: str, timeout: float, progress: Callable[[Batch], None] | None) -> Flow[Batch]:
    waited, between = 0.0, 0.25
    while True:
        state = yield from batch(batch_id)
        if progress is not None:
            progress(state)
        if state.is_finished:
            return state
        if waited >= timeout:
            raise TTSError(
                f"The batch {batch_id} is not done after {timeout:g} seconds; it goes on.", code="timeout"
            )
        yield Rest(between)
        waited += between
        between = min(2.0, between * 1.3)
