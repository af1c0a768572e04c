"""What callers may send. Every wrong value is a 400 with a sentence, and so is a field that is not known."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest

from ttsplatform.errors import ApiError
from ttsplatform.parsing import json_object

from .names import DEFAULT_VOICE, voice_named

FORMATS = ("wav", "opus", "buffer")
MAX_TEXT = 10_000


@dataclass(frozen=True, slots=True)
class Wanted:
    """A checked request: `voice` is an id of the catalogue ("" for a clone), `format` one of FORMATS."""

    text: str
    voice: str
    format: str


def generate_fields(request: HttpRequest) -> Wanted:
    """The body of POST /pocket-tts, and its query's `format`, which overrides the body's.

    Raises bad_request, text_too_long, not_found (voice).
    """
    body, format = _checked(request, ("text", "voice", "format"))
    return Wanted(body["text"], voice_named(body.get("voice", DEFAULT_VOICE)).id, format)


def clone_fields(request: HttpRequest) -> Wanted:
    """The body of a clone's generate call: as above, without a voice."""
    body, format = _checked(request, ("text", "format"))
    return Wanted(body["text"], "", format)


def _checked(request: HttpRequest, known: tuple[str, ...]) -> tuple[dict[str, str], str]:
    """(the body, the format that rules)."""
    body = json_object(request)
    for name, value in body.items():
        if name not in known:
            taken = f"{', '.join(known[:-1])} and {known[-1]}"
            raise _bad(f"{name[:64]}: is not a field of this call. It takes {taken}.", name[:64])
        if not isinstance(value, str):
            raise _bad(f"{name}: must be a string.", name)
        if not value:
            raise _bad(f"{name}: must not be empty.", name)
    if "text" not in body:
        raise _bad("text: is required.", "text")
    text: str = body["text"]
    if len(text) > MAX_TEXT:
        message = f"text: {len(text)} characters; {MAX_TEXT} are allowed here."
        raise ApiError("text_too_long", message, param="text")
    own = body.get("format", "wav")
    overriding = request.GET.get("format", own)
    if own not in FORMATS or overriding not in FORMATS:
        raise _bad(f"format: must be one of {', '.join(FORMATS)}.", "format")
    return body, overriding


def _bad(message: str, param: str) -> ApiError:
    return ApiError("bad_request", message, param=param)
