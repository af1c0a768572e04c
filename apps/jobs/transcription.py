"""Ordering a transcript, whichever public API it came through."""

from __future__ import annotations

from collections.abc import Sequence

from django.conf import settings

from ttsplatform.errors import ApiError
from workers.engines.catalogue import Model
from workers.text.language import normalise_code

from .audio import audio_order, model_for
from .recordings import Recording
from .services import Order

KIND = "transcript"
SERVICE = "speech_to_text"
DEFAULT_MODEL = "whisper"
MAX_BYTES = 100 << 20
MAX_PROMPT = 2_000
MAX_PHRASES, MAX_PHRASE = 200, 100
_AUTO = {"", "auto", "detect", "none", "null"}


def transcript_order(
    recording: Recording,
    *,
    model: str | None = None,
    language: str | None = None,
    words: bool = False,
    diarize: bool = False,
    translate: bool = False,
    prompt: str = "",
    temperature: float = 0.0,
    phrases: Sequence[str] = (),
) -> Order:
    """Write a recording down; `translate`: into English. `words` have times, with `diarize` speakers too.

    `language` is a code, "auto" or nothing. Raises ApiError: bad_request, model_not_found, model_unavailable.
    """
    asked, served = listening_model(model)
    code = language_heard(language, served)
    if translate and "translation" not in served.abilities:
        message = f"model: {asked.id} does not translate. Take {DEFAULT_MODEL}, or leave model out."
        raise ApiError("bad_request", message, param="model")
    if not 0.0 <= temperature <= 1.0:
        raise ApiError("bad_request", "temperature: must be between 0 and 1.", param="temperature")
    if len(prompt) > MAX_PROMPT:
        message = f"prompt: at most {MAX_PROMPT} characters; this one has {len(prompt)}."
        raise ApiError("bad_request", message, param="prompt")
    return audio_order(
        recording,
        kind=KIND,
        service=SERVICE,
        model=asked.id,
        served_model=served.id,
        language=code or "",
        request={
            "model": served.id,
            "language": code,
            "words": words or diarize,
            "diarize": diarize,
            "translate": translate,
            "prompt": prompt,
            "temperature": temperature,
            "phrases": phrases_checked(phrases),
        },
    )


def listening_model(given: str | None) -> tuple[Model, Model]:
    """(the model that was asked for, the one that hears), which differ only where the operator named a substitute.

    Raises model_not_found, model_unavailable.
    """
    return model_for(given, DEFAULT_MODEL, "stt", stand_in=settings.MODEL_SUBSTITUTES.get(given or ""))


def language_heard(given: str | None, model: Model, param: str = "language") -> str | None:
    """The code of the language to hear, None to find out. Raises bad_request for one that the model does not know."""
    if given is None or given.strip().lower() in _AUTO:
        return None
    code = normalise_code(given)
    known = {normalise_code(each) or each for each in model.languages}
    if code is None and given.strip().lower() in model.languages:
        code = given.strip().lower()
    if code == "nb":
        code = "no"
    if code is None:
        message = (
            f"{param}: {given[:20]!r} is not a language code such as en. Send auto, and it is found out."
        )
        raise ApiError("bad_request", message, param=param)
    if code not in known:
        listed = (
            f"It knows {', '.join(model.languages)}." if len(known) < 20 else "Send auto to have it guessed."
        )
        raise ApiError("bad_request", f"{param}: {model.id} does not know {code!r}. {listed}", param=param)
    return code


def phrases_checked(given: Sequence[str], param: str = "boosted_phrases") -> list[str]:
    """Phrases to expect, without doubles. Raises bad_request where they are too many or too long."""
    phrases = list(dict.fromkeys(" ".join(each.split()) for each in given if each.strip()))
    if len(phrases) > MAX_PHRASES or any(len(each) > MAX_PHRASE for each in phrases):
        message = f"{param}: at most {MAX_PHRASES} phrases of at most {MAX_PHRASE} characters."
        raise ApiError("bad_request", message, param=param)
    return phrases
