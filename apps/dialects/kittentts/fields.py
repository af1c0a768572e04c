"""What callers may send. Every wrong value is a 400 with a sentence; unknown fields are ignored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from ttsplatform.errors import ApiError
from ttsplatform.parsing import json_object
from workers.engines.kitten_names import DEFAULT_MODEL, FASTEST, SLOWEST
from workers.text.clean import problem

from .names import DEFAULT_VOICE, model_named, voice_named

# An answer holds its whole audio, so it must not grow without end: this is about six minutes of speech.
MAX_TEXT = 5000


@dataclass(frozen=True, slots=True)
class Manner:
    """Who speaks, and how fast. `model` and `voice` are ids of the catalogue, `speed` is as it was asked for."""

    model: str
    voice: str
    speed: float


def manner(model: Any, voice: Any, speed: Any) -> Manner:
    """Checked as the document says. Raises bad_request, model_not_found."""
    found = model_named(_string(model, "model"))
    named = voice_named(_string(voice, "voice"))
    if isinstance(speed, bool) or not isinstance(speed, int | float):
        raise _bad("speed: must be a number.", "speed")
    # Compared before anything else: a whole number of JSON may be too large for a float. NaN is between nothing.
    if not SLOWEST <= speed <= FASTEST:
        raise _bad(f"Speed must be between {SLOWEST} and {FASTEST}.", "speed")
    return Manner(found.id, named.id, float(speed))


def generate_fields(request: HttpRequest) -> tuple[str, Manner]:
    """Text and manner of POST /api/generate."""
    body = json_object(request)
    if "text" not in body:
        raise _bad("text: is required.", "text")
    text = _string(body["text"], "text")
    if not text.strip():
        raise _bad("Text cannot be empty", "text")
    check_length(text)
    wanted = manner(
        body.get("model", DEFAULT_MODEL), body.get("voice", DEFAULT_VOICE), body.get("speed", 1.0)
    )
    return text, wanted


def start_fields(request: HttpRequest) -> Manner:
    """Manner of POST /api/stream/start, from its query."""
    query = request.GET
    try:
        speed = float(query.get("speed", "1.0"))
    except ValueError:
        raise _bad("speed: must be a number.", "speed") from None
    return manner(query.get("model", DEFAULT_MODEL), query.get("voice", DEFAULT_VOICE), speed)


def chunk_fields(request: HttpRequest) -> tuple[str, str, bool]:
    """(session id, text, flush) of POST /api/stream/chunk."""
    session_id = request.GET.get("session_id", "")
    if not session_id:
        raise _bad("session_id: which session? Send ?session_id=… from /api/stream/start.", "session_id")
    body = json_object(request)
    text, flush = _string(body.get("text", ""), "text"), body.get("flush", False)
    if not isinstance(flush, bool):
        raise _bad("flush: must be true or false.", "flush")
    # Blank chunks are welcome here; the letter stands for the rest of the sentence.
    if reason := problem(f"{text}a"):
        raise _bad(f"text: {reason}", "text")
    return session_id, text, flush


def check_length(text: str, limit: int = MAX_TEXT) -> None:
    """Raises text_too_long."""
    if len(text) > limit:
        message = f"text: {len(text)} characters; {limit} are allowed here."
        raise ApiError("text_too_long", message, param="text")


def _string(value: Any, name: str) -> str:
    if not isinstance(value, str):
        raise _bad(f"{name}: must be a string.", name)
    return value


def _bad(message: str, param: str | None = None) -> ApiError:
    return ApiError("bad_request", message, param=param)
