"""What callers may send about how to speak, the same on REST and on the sockets.

Unknown fields are ignored. A field that is null has its default.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from apps.accounts.callers import Caller
from apps.jobs.services import Order
from apps.jobs.speech import speech_order
from apps.live.threads import in_thread
from apps.voices.speaking import to_speak
from ttsplatform.errors import ApiError
from workers.engines.catalogue import catalogue
from workers.text.clean import clean
from workers.text.language import detect, normalise_code
from workers.text.spoken import LANGUAGES

from . import checks
from .names import DEFAULT_MODEL, model_named, model_with_language, model_with_voice
from .voices import is_own, unknown_voice, usable_voice, voice_of_number

MAX_TEXT = 10_000
RATES = (8_000, 16_000, 22_050, 24_000)
SPEEDS = (0.8, 1.2)
NUMBERS = {"cfg_scale": (0, 10), "temperature": (0, 1), "speed": SPEEDS}
WHOLES = {
    "max_new_tokens": (1, 8192),
    "flush_timeout_ms": (10, 60_000),
    "max_buffer_length": (20, MAX_TEXT),
}
"""The least and the greatest of each."""
SETTINGS = ("cfg_scale", "temperature", "speed", "max_new_tokens", "language", "normalize")
"""What `update_settings` may change in the middle of a session."""

# The SDK's names for encoding and rate in one. The encodings are called as the audio frames call them (`enc`).
OUTPUT_FORMATS: Mapping[str, tuple[str, int]] = {
    **{f"pcm_{rate}": ("pcm_s16le", rate) for rate in RATES},
    "ulaw_8000": ("mulaw", 8_000),
    "mulaw_8000": ("mulaw", 8_000),
    "alaw_8000": ("alaw", 8_000),
}


@dataclass(frozen=True, slots=True)
class Manner:
    """How to speak.

    `model_id` is the name that was asked for, `model` the catalogue's id of what it stands for; `voice_id` the number
    and `voice` the catalogue's id; None: the model's default voice. `sample_rate` (Hz) follows `output_format` where
    that is set. `language` None: detected. `cfg_scale` and `temperature` reach the engine, which may have no use for
    them. The last three are for text that comes in fragments (see apps.dialects.kugelaudio.conversation).
    """

    model_id: str = DEFAULT_MODEL
    model: str = DEFAULT_MODEL
    voice_id: int | None = None
    voice: str | None = None
    cfg_scale: float = 2.0
    temperature: float = 0.5
    max_new_tokens: int = 2048
    sample_rate: int = 24_000
    output_format: str | None = None
    normalize: bool = True
    language: str | None = None
    speed: float = 1.0
    word_timestamps: bool = False
    flush_timeout_ms: int = 500
    max_buffer_length: int = 1000
    chunk_length_schedule: tuple[int, ...] = ()

    @property
    def encoding(self) -> str:
        """pcm_s16le, mulaw or alaw."""
        return OUTPUT_FORMATS[self.output_format][0] if self.output_format else "pcm_s16le"

    @property
    def settings(self) -> dict[str, Any]:
        """The values that `update_settings` can change."""
        return {name: getattr(self, name) for name in SETTINGS}


DEFAULT = Manner()


def manner(fields: Mapping[str, Any], base: Manner = DEFAULT) -> Manner:
    """`base`, with those fields changed that are there. Raises bad_request, model_not_found, not_found (voice)."""
    named = fields if "model_id" in fields else {**fields, "model_id": fields.get("model", base.model_id)}
    changed = {name: _value(name, named[name]) for name in _READ if name in named}
    if changed.get("output_format"):
        changed["sample_rate"] = OUTPUT_FORMATS[changed["output_format"]][1]
    elif base.output_format and "output_format" not in changed:
        # The SDK sends sample_rate always, and its default beside any output_format.
        changed.pop("sample_rate", None)
    made = replace(base, **changed)
    voice = voice_of_number(made.voice_id) if made.voice_id is not None else None
    # Whose a customer's voice is, is asked when it is to speak.
    if made.voice_id is not None and voice is None and not is_own(made.voice_id):
        raise unknown_voice(made.voice_id)
    model = model_with_voice(model_named(made.model_id), voice)
    return replace(made, model=model.id, voice=voice.id if voice else None)


def settings_update(fields: Any, base: Manner) -> Manner:
    """`base` after `update_settings`. Raises bad_request, also for what can not be changed this way."""
    if not isinstance(fields, Mapping):
        raise checks.bad("update_settings", "must be an object.")
    for name in fields:
        if name not in SETTINGS:
            shown = f"{str(name)[:40]} can not be changed; {', '.join(SETTINGS)} can."
            raise checks.bad("update_settings", shown)
    return replace(base, **{name: _value(name, value) for name, value in fields.items()})


def text_of(fields: Mapping[str, Any]) -> str:
    """The text of a whole request. Raises bad_request, text_too_long."""
    text = fields.get("text")
    if not isinstance(text, str) or not text:
        raise checks.bad("text", "is required: a string with what to say.")
    if len(text) > MAX_TEXT:
        message = f"text: {len(text)} characters; {MAX_TEXT} are allowed in one request."
        raise ApiError("text_too_long", message, param="text")
    return text


def order_for(caller: Caller, text: str, manner: Manner) -> Order:
    """The order of `text` in that manner. Raises what speech_order raises; not_found for a stranger's voice.

    Reads the database where the voice is the caller's own: coroutines use `aorder_for`.
    """
    if is_own(manner.voice_id):
        return _order(caller, text, manner, saved=to_speak(usable_voice(caller, manner.voice_id)))
    model = model_named(manner.model)
    if manner.voice is not None:
        model = model_with_voice(
            model, catalogue().voice(manner.voice, model.id) or catalogue().voice(manner.voice)
        )
    else:
        model = model_with_language(model, manner.language or detect(clean(text)))
    return _order(caller, text, manner, model=model.id, voice=manner.voice)


async def aorder_for(caller: Caller, text: str, manner: Manner) -> Order:
    """As `order_for`, for coroutines."""
    if is_own(manner.voice_id):
        order: Order = await in_thread(order_for, caller, text, manner)
        return order
    return order_for(caller, text, manner)


def _order(caller: Caller, text: str, manner: Manner, **speaker: Any) -> Order:
    return speech_order(
        caller,
        text=text,
        **speaker,
        language=manner.language,
        format="pcm",
        speed=manner.speed,
        speeds=SPEEDS,
        normalize=manner.normalize,
        markup=True,
        options={
            "cfg_scale": manner.cfg_scale,
            "max_new_tokens": manner.max_new_tokens,
            "temperature": manner.temperature,
        },
    )


def _voice_id(value: Any, name: str) -> int:
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) <= 19:
        value = int(value)
    return checks.whole(value, name, 0, 2**63 - 1)


def _language(value: Any, name: str) -> str:
    code = normalise_code(checks.string(value, name, 20))
    if code not in LANGUAGES:
        raise checks.bad(name, f"must be one of {', '.join(sorted(LANGUAGES))}.")
    return code


_READ: Mapping[str, Callable[[Any, str], Any]] = {
    "model_id": checks.string,
    "voice_id": _voice_id,
    "cfg_scale": lambda value, name: checks.number(value, name, *NUMBERS[name]),
    "temperature": lambda value, name: checks.number(value, name, *NUMBERS[name]),
    "max_new_tokens": lambda value, name: checks.whole(value, name, *WHOLES[name]),
    "sample_rate": lambda value, name: checks.one_of(value, name, RATES),
    "output_format": lambda value, name: checks.one_of(value, name, OUTPUT_FORMATS),
    "normalize": checks.flag,
    "language": _language,
    "speed": lambda value, name: checks.number(value, name, *NUMBERS[name]),
    "word_timestamps": checks.flag,
    "flush_timeout_ms": lambda value, name: checks.whole(value, name, *WHOLES[name]),
    "max_buffer_length": lambda value, name: checks.whole(value, name, *WHOLES[name]),
    "chunk_length_schedule": lambda value, name: checks.wholes(value, name, 1, MAX_TEXT, most=20),
}
FIELDS = frozenset(_READ)
"""What of a frame or a body is looked at here."""
_DEFAULTS = asdict(DEFAULT)


def _value(name: str, value: Any) -> Any:
    """A field's value, checked. Raises bad_request."""
    return _DEFAULTS[name] if value is None else _READ[name](value, name)
