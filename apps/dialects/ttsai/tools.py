"""/v1/audio/…/: enhance, separate, remove-echo, analyze, convert. A recording in; a file, or JSON, out.

Each waits for its job and answers with what came of it (working.py has the exceptions); tool_answers.py has the shapes.
"""

from __future__ import annotations

from typing import ClassVar

from django.http import HttpResponseBase
from rest_framework.request import Request
from rest_framework.views import APIView

from apps.accounts.callers import caller_of
from apps.jobs.recordings import Recording, received
from apps.jobs.services import Order
from apps.jobs.tools import (
    MUSIC_BYTES,
    SPEECH_BYTES,
    analyse_order,
    echo_order,
    enhance_order,
    reformat_order,
    separate_order,
)
from ttsplatform.errors import ApiError

from .tool_answers import as_analysis, as_file, as_stems, stem_wanted
from .user_voices import form_of
from .working import Dress, work_answer

_YES, _NO = {"1", "true", "yes", "on"}, {"0", "false", "no", "off"}


class Tool(APIView):
    """POST file[, webhook_url], and what each tool says below."""

    scope = "audio"
    limit_kind = "work"
    max_bytes = MUSIC_BYTES
    dress: ClassVar[Dress] = as_file

    def post(self, request: Request) -> HttpResponseBase:
        fields = form_of(request)
        with received(request.FILES.get("file"), max_bytes=self.max_bytes) as recording:
            order = self.order(recording, fields)
            return work_answer(request, caller_of(request), order, recording, type(self).dress)

    def order(self, recording: Recording, fields: dict[str, str]) -> Order:
        raise NotImplementedError


class Enhance(Tool):
    """[denoise, enhance_clarity, super_resolution, strength, format] → the audio, in the format that came."""

    max_bytes = SPEECH_BYTES

    def order(self, recording: Recording, fields: dict[str, str]) -> Order:
        strength = _whole(fields, "strength")
        return enhance_order(
            recording,
            model=fields.get("model"),
            denoise=_flag(fields, "denoise", otherwise=True),
            clarity=_flag(fields, "enhance_clarity", otherwise=True),
            super_resolution=_flag(fields, "super_resolution", otherwise=False),
            strength=2 if strength is None else strength,
            format=_lower(fields, "format"),
        )


class Separate(Tool):
    """[model, stems, format, stem] → JSON with a link to each stem and to all in a ZIP; or one stem's audio."""

    dress = as_stems

    def post(self, request: Request) -> HttpResponseBase:
        # What can not be answered is told before anything is ordered.
        stem_wanted(request, _whole(form_of(request), "stems") or 2)
        return super().post(request)

    def order(self, recording: Recording, fields: dict[str, str]) -> Order:
        stems = _whole(fields, "stems")
        return separate_order(
            recording,
            model=_lower(fields, "model"),
            stems=2 if stems is None else stems,
            format=_lower(fields, "format"),
        )


class RemoveEcho(Tool):
    """[type, intensity, format] → the audio, in the format that came."""

    max_bytes = SPEECH_BYTES

    def order(self, recording: Recording, fields: dict[str, str]) -> Order:
        intensity = _whole(fields, "intensity")
        return echo_order(
            recording,
            type=_lower(fields, "type"),
            intensity=3 if intensity is None else intensity,
            format=_lower(fields, "format"),
        )


class Analyze(Tool):
    """→ JSON: key, scale, bpm, time_signature, camelot, compatible_keys."""

    dress = as_analysis

    def order(self, recording: Recording, fields: dict[str, str]) -> Order:
        return analyse_order(recording)


class Convert(Tool):
    """format[, bitrate, sample_rate, channels] → the audio."""

    def order(self, recording: Recording, fields: dict[str, str]) -> Order:
        return reformat_order(
            recording,
            format=_lower(fields, "format"),
            bitrate=_whole(fields, "bitrate"),
            sample_rate=_whole(fields, "sample_rate"),
            channels=_lower(fields, "channels"),
        )


def _lower(fields: dict[str, str], name: str) -> str | None:
    return fields.get(name, "").strip().lower() or None


def _flag(fields: dict[str, str], name: str, *, otherwise: bool) -> bool:
    given = fields.get(name, "").strip().lower()
    if given and given not in _YES | _NO:
        raise ApiError("bad_request", f"{name}: must be true or false.", param=name)
    return given in _YES if given else otherwise


def _whole(fields: dict[str, str], name: str) -> int | None:
    given = fields.get(name, "").strip()
    if not given:
        return None
    if not (given.isascii() and given.isdecimal() and len(given) <= 9):
        raise ApiError("bad_request", f"{name}: must be a whole number.", param=name)
    return int(given)
