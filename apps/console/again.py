"""Ordering the same once more: what can be, how, and why the rest can not."""

from __future__ import annotations

from typing import Any

from apps.accounts.callers import Caller
from apps.jobs import services
from apps.jobs.models import Job
from apps.jobs.services import Submission, submit
from apps.jobs.speech import speech_order
from apps.voices.models import Voice, VoiceStatus
from apps.voices.selectors import voice_get
from apps.voices.speaking import to_speak
from ttsplatform.errors import ApiError

TOOL_OF_KIND = {
    "transcript": "transcribe",
    "enhance": "enhance",
    "echo": "remove-echo",
    "separate": "separate",
    "convert": "change-voice",
    "translate": "translate",
    "analyse": "analyse",
    "reformat": "convert",
}
"""Which tool of the console (apps.console.tools) orders jobs of a kind."""


def own_voice(caller: Caller, job: Job) -> Voice | None:
    """The caller's own voice that spoke the job; None where a stock voice did, or where it is gone."""
    if job.likeness is None or not job.voice:
        return None
    try:
        return voice_get(caller, public_id=job.voice, or_published=True)
    except ApiError:
        return None


def why_not(job: Job, voice: Voice | None) -> str:
    """Why an ended job can not be ordered again, as a sentence; "" where it can. `voice`: own_voice of it."""
    if services.can_be_repeated(job):
        return ""
    if job.purged_at is not None:
        return "It can not be ordered again: its text and sound have been deleted."
    if job.kind in TOOL_OF_KIND:
        return "It can not be ordered again: the recording was deleted when the job ended. Send it once more."
    if job.kind != "speech":
        return "It can not be ordered again: it was part of something else."
    if voice is None:
        return "It can not be ordered again: the voice that spoke it is gone."
    if voice.status == VoiceStatus.ARCHIVED or voice.built is None:
        return f"It can not be ordered again now: the voice {voice.name} does not speak."
    return ""


def repeat(caller: Caller, job: Job, *, request_id: str) -> Submission:
    """Order once more what an ended job was ordered as. A voice of one's own speaks as it is now, at today's price.

    Raises conflict where that is not possible, and what `submit` raises.
    """
    voice = own_voice(caller, job)
    if job.is_finished and (reason := why_not(job, voice)):
        raise ApiError("conflict", reason)
    if voice is None or not job.is_finished:
        return services.job_repeat(caller, job, request_id=request_id)
    asked: dict[str, Any] = job.request
    order = speech_order(
        caller,
        text=asked["text"],
        language=asked["language"],
        format=asked["format"],
        speed=asked["speed"],
        speeds=(0.0, 10.0),
        normalize=asked["normalize"],
        markup=asked["markup"],
        options=asked["options"],
        saved=to_speak(voice),
        service=job.service,
    )
    return submit(caller, order, request_id=request_id)
