"""A sentence in a voice of one's own, spoken as an ordinary job and kept with the voice."""

from __future__ import annotations

import uuid
from dataclasses import replace

from django.conf import settings

from apps.accounts.callers import Caller
from apps.jobs.models import JobStatus
from apps.jobs.services import submit
from apps.jobs.speech import speech_order
from apps.jobs.waiting import wait_for
from apps.limits import gate
from ttsplatform.errors import ApiError

from .changes import alone, save
from .models import Voice
from .speaking import to_speak
from .uploads import stored_copy


def sample_make(caller: Caller, voice: Voice, text: str, *, request_id: str) -> None:
    """Speak `text` in the voice and keep it as the voice's sample (mp3); an earlier one is deleted.

    It is no task that webhooks are told of. Raises conflict (the voice can not speak), what speech_order raises,
    service_unavailable where it takes too long.
    """
    order = speech_order(caller, text=text, language=voice.language, saved=to_speak(voice))
    order = replace(order, announced=False)
    gate.hold(caller, request_id, settings.JOB_MAX_WAIT_SECONDS + 10)
    try:
        job = submit(caller, order, request_id=request_id).job
        job = wait_for(job.pk, settings.JOB_MAX_WAIT_SECONDS)
    finally:
        gate.leave(caller, request_id)
    if job.status != JobStatus.COMPLETED or not job.result:
        code = "bad_request" if job.error_code == "cannot_speak" else "service_unavailable"
        raise ApiError(code, job.error_message or "The sample takes too long. Try again later.")
    with alone(voice):
        voice.sample_key = f"{voice.folder}/{uuid.uuid4().hex}/sample.mp3"
        stored_copy(job.result["key"], voice.sample_key)
        save(voice, "sample_key")
