"""A worker makes a voice of its reference: ordered as a job of no price, waited for, and taken over when it is done.

A request that waits too long leaves the job to go on; whoever needs the voice next, or the reaper, takes over what it
made. What a voice was built of before speaks until then.
"""

from __future__ import annotations

import contextlib
import logging
import time

from django.conf import settings
from django.db import transaction

from apps.accounts.callers import Caller
from apps.jobs.models import Job
from apps.jobs.services import Order, job_purge, submit
from apps.jobs.waiting import wait_for
from apps.limits import gate
from ttsplatform.errors import ApiError
from workers.engines.catalogue import catalogue
from workers.engines.registry import can_clone, remedy
from workers.engines.store import install_command

from .changes import refresh, save
from .models import Voice
from .outcome import BUILT, TAKEN, take_over, take_pending

logger = logging.getLogger(__name__)

QUEUE = "speech-cpu"


def build(caller: Caller, voice: Voice, request_id: str, *, wait: bool = True) -> None:
    """Have the voice built of what is `pending`, and wait, at most settings.VOICE_BUILD_SECONDS.

    The voice knows what came of it. Raises bad_request where nothing can be made of the recording, model_unavailable,
    too_many_concurrent, and not_found where the voice was deleted meanwhile.
    """
    _demand_builder(voice.model)
    if not wait:
        _begin(caller, voice, request_id)
        return
    assert voice.pending is not None
    wanted, seconds = voice.pending["reference_digest"], settings.VOICE_BUILD_SECONDS
    slot = f"voice:{voice.id.hex}"
    gate.hold(caller, slot, seconds + 10)
    try:
        job = _begin(caller, voice, request_id)
        if not wait_for(job.pk, seconds).is_finished:
            logger.warning("a voice is not built yet", extra={"voice": str(voice.pk), "job": str(job.pk)})
            return
    finally:
        gate.leave(caller, slot)
    take_over(voice)
    refresh(voice)
    if voice.building is None and voice.reference_digest != wanted:
        # Another request took the refusal over.
        raise ApiError("bad_request", voice.note, param="file", reason="unusable")


def _begin(caller: Caller, voice: Voice, request_id: str) -> Job:
    """Job and voice know each other from the first moment, or there is no job."""
    with transaction.atomic():
        job = submit(caller, _order(voice), request_id=request_id).job
        voice.building = job.pk
        save(voice, "building")
    return job


def stop(voice: Voice) -> None:
    """End the building that is under way, if any: another one is to follow."""
    if voice.building is not None:
        job_purge(voice.building)
        voice.building = None
        save(voice, "building")


def built_before(voice: Voice) -> bool:
    """Take over what the same customer's same recording was matched with, instead of matching it again.

    Only where a substitute speaks: then the family that was asked for does not matter, and no file belongs to it.
    """
    asked = catalogue().model(voice.model)
    if asked is None or can_clone(asked.id):
        return False
    assert voice.pending is not None
    same = Voice.objects.filter(
        lane=voice.lane,
        reference_digest=voice.pending["reference_digest"],
        language=voice.language,
        sex=voice.sex,
        building=None,
        pending__isnull=True,
    )
    twin = same.exclude(pk=voice.pk).filter(built__kind="voice-match").first()
    if twin is None:
        return False
    for name in BUILT:
        setattr(voice, name, getattr(twin, name))
    take_pending(voice)
    save(voice, *BUILT, *TAKEN)
    return True


def _demand_builder(model_id: str) -> None:
    """Raises model_unavailable where the family is not installed and the operator wants no substitutes for it."""
    asked = catalogue().model(model_id)
    named = settings.MODEL_SUBSTITUTES.get(model_id) or settings.MODEL_SUBSTITUTES.get("*")
    if asked is None or can_clone(asked.id) or named:
        return
    command = remedy(model_id, cloning=True) or install_command(model_id)
    message = f"The model {model_id} is not installed on this server. Install it: {command}"
    raise ApiError("model_unavailable", message, param="model")


def _order(voice: Voice) -> Order:
    assert voice.pending is not None
    request = {
        "model": voice.model,
        "language": voice.language,
        "reference_key": voice.pending["reference_key"],
        "reference_text": voice.pending["reference_text"],
        "sex": voice.sex,
    }
    return Order(
        kind="voice",
        step="voice",
        service="voice_build",
        queue=QUEUE,
        model=voice.model,
        served_model=voice.model,
        voice=voice.public_id,
        language=voice.language,
        characters=0,
        price=0,
        request=request,
        # The upload waits for it, and is answered: nobody ordered it as a task.
        first=True,
        announced=False,
    )


def ready(voice: Voice, seconds: float = 10.0) -> None:
    """Make sure that the voice can speak, taking over what was built, or waiting a little for its first building.

    One that speaks already does so as before until something new is built. Raises conflict where it takes longer, where
    there is nothing to build from or nothing could be built, and what `take_over` raises.
    """
    deadline = time.monotonic() + seconds
    while voice.building is not None:
        if voice.built is not None:
            with contextlib.suppress(ApiError):
                take_over(voice)
            refresh(voice)
            return
        left = deadline - time.monotonic()
        if left <= 0:
            message = f"The voice {voice.public_id} is still being built. Try again in a few seconds."
            raise ApiError("conflict", message, retry_after=3)
        if Job.objects.filter(pk=voice.building).exists():
            wait_for(voice.building, left)
        take_over(voice)
        refresh(voice)
    if voice.built is None:
        why = voice.note or "It has no recording to speak after. Upload a reference first."
        raise ApiError("conflict", f"The voice {voice.public_id} can not speak: {why}")
