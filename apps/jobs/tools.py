"""Ordering what tools do to recordings, whichever public API it came through. Fields are checked here."""

from __future__ import annotations

import base64
from collections.abc import Collection
from typing import Any

from apps.catalog.selectors import find_model
from ttsplatform.errors import ApiError
from workers.engines.catalogue import Model

from .audio import audio_order, model_for
from .recordings import Recording
from .services import Order

SPEECH_BYTES = 50 << 20
"""The largest recording of speech: enhance, remove-echo."""
MUSIC_BYTES = 100 << 20
"""The largest of anything else."""
FORMATS = ("mp3", "wav", "flac", "ogg", "m4a", "aac", "opus")
STEM_FORMATS = ("wav", "mp3", "flac")
BITRATES = (64, 128, 192, 256, 320)
RATES = (22_050, 44_100, 48_000)
CHANNELS = {"mono": 1, "stereo": 2}
ECHO_TYPES = ("echo", "reverb", "both")
STRENGTHS, INTENSITIES = (1, 3), (1, 5)
DENOISER = "deepfilternet"
# Which model of the catalogue makes so many stems of each family.
SEPARATORS = {
    "demucs": {2: "demucs", 4: "demucs", 6: "demucs-6stems"},
    "spleeter": {2: "spleeter", 4: "spleeter-4stems", 5: "spleeter-5stems"},
}
STEMS = {
    2: ("vocals", "accompaniment"),
    4: ("vocals", "drums", "bass", "other"),
    5: ("vocals", "drums", "bass", "other", "piano"),
    6: ("vocals", "drums", "bass", "other", "guitar", "piano"),
}
"""What the stems of each number are called."""
_TWO_STEMS_ANYWAY = "spleeter"


def enhance_order(
    recording: Recording,
    *,
    model: str | None = None,
    denoise: bool = True,
    clarity: bool = True,
    super_resolution: bool = False,
    strength: int = 2,
    format: str | None = None,
    sample_rate: int | None = None,
    channels: int | None = None,
    speaker: bytes = b"",
) -> Order:
    """Make a recording of speech better. `speaker`: a sample of the one voice to keep (mono s16le at 16 kHz).

    Without a `format` the answer is of the recording's own. Raises bad_request, model_not_found, model_unavailable.
    """
    if not (denoise or clarity or super_resolution or speaker):
        message = "denoise: nothing is to be done. Switch on denoise, enhance_clarity or super_resolution."
        raise ApiError("bad_request", message, param="denoise")
    asked, served = model_for(model, DENOISER, "enhance")
    request: dict[str, Any] = {
        "model": served.id,
        "denoise": denoise,
        "clarity": clarity,
        "super_resolution": super_resolution,
        "strength": _within(strength, "strength", *STRENGTHS),
        "format": _one_of(format, "format", FORMATS) if format else None,
        "sample_rate": sample_rate,
        "channels": channels,
    }
    if speaker:
        request["speaker"] = base64.b64encode(speaker).decode()
    return audio_order(
        recording, kind="enhance", service="enhance", model=asked.id, served_model=served.id, request=request
    )


def separate_order(
    recording: Recording, *, model: str | None = None, stems: int = 2, format: str | None = None
) -> Order:
    """Take music apart. Raises bad_request, model_not_found, model_unavailable with the command that installs it."""
    asked, served = _separator(model or "demucs", stems)
    request = {
        "model": served.id,
        "stems": stems,
        "format": _one_of(format or "wav", "format", STEM_FORMATS),
    }
    service = "separate_vocals" if stems == 2 else "separate_stems"
    return audio_order(
        recording, kind="separate", service=service, model=asked.id, served_model=served.id, request=request
    )


def echo_order(
    recording: Recording, *, type: str | None = None, intensity: int = 3, format: str | None = None
) -> Order:
    """Take echo and reverberation off, at the price of enhancement. Raises bad_request."""
    wanted = _one_of(type or "both", "type", ECHO_TYPES)
    request = {
        "echo": wanted in {"echo", "both"},
        "reverb": wanted in {"reverb", "both"},
        "intensity": _within(intensity, "intensity", *INTENSITIES),
        "format": _one_of(format, "format", FORMATS) if format else None,
    }
    return audio_order(recording, kind="echo", service="enhance", model="dereverb", request=request)


def analyse_order(recording: Recording) -> Order:
    """Find key, tempo and metre."""
    return audio_order(recording, kind="analyse", service="key_bpm", model="key-bpm", request={})


def reformat_order(
    recording: Recording,
    *,
    format: str | None,
    bitrate: int | None = None,
    sample_rate: int | None = None,
    channels: str | None = None,
) -> Order:
    """The same in another format; what is None stays as it is. Raises bad_request."""
    if not format:
        raise ApiError("bad_request", f"format: is required, one of {', '.join(FORMATS)}.", param="format")
    request = {
        "format": _one_of(format, "format", FORMATS),
        "bitrate": _one_of(bitrate, "bitrate", BITRATES) if bitrate is not None else None,
        "sample_rate": _one_of(sample_rate, "sample_rate", RATES) if sample_rate is not None else None,
        "channels": CHANNELS[_one_of(channels, "channels", CHANNELS)] if channels else None,
    }
    return audio_order(recording, kind="reformat", service="convert", model="converter", request=request)


def _separator(given: str, stems: int) -> tuple[Model, Model]:
    """(the model that was asked for, the one that works). For two stems Spleeter stands in where Demucs is missing."""
    model = find_model(given)
    if model is None or model.type != "separate":
        message = f"Unknown model: {given[:64]}. Models that separate: {', '.join(SEPARATORS)}."
        raise ApiError("model_not_found", message, param="model")
    made = SEPARATORS[model.family]
    if stems not in made:
        counts = "; ".join(f"{family} makes {', '.join(map(str, of))}" for family, of in SEPARATORS.items())
        raise ApiError(
            "bad_request", f"stems: {stems} can not be made with {model.family}. {counts}.", param="stems"
        )
    return model_for(made[stems], "", "separate", stand_in=_TWO_STEMS_ANYWAY if stems == 2 else None)


def _one_of(value: Any, name: str, allowed: Collection[Any]) -> Any:
    if value not in allowed:
        message = f"{name}: must be one of {', '.join(map(str, allowed))}."
        raise ApiError("bad_request", message, param=name)
    return value


def _within(value: int, name: str, low: int, high: int) -> int:
    if not low <= value <= high:
        raise ApiError("bad_request", f"{name}: must be from {low} to {high}.", param=name)
    return value
