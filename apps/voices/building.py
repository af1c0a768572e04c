"""A worker makes a voice of its reference: ordered as a job of no price, waited for, and taken over when it is done.

A request that waits too long leaves the job to go on; whoever needs the voice next takes over what it made.
"""

from __future__ import annotations

import logging
import time
import uuid
from typing import Any

from django.conf import settings
from django.db import transaction

from apps.accounts.callers import Caller
from apps.jobs.models import Job, JobStatus
from apps.jobs.services import Order, job_purge, submit
from apps.jobs.waiting import wait_for
from apps.limits import gate
from ttsplatform.errors import ApiError
from workers.engines.catalogue import catalogue
from workers.engines.registry import can_clone, remedy
from workers.engines.store import install_command

from .models import Voice
from .uploads import stored_copy

logger = logging.getLogger(__name__)

QUEUE = "speech-cpu"


def build(caller: Caller, voice: Voice, request_id: str) -> None:
    """Have the voice built and wait for it, at most settings.VOICE_BUILD_SECONDS; the voice knows what came of it.

    Raises bad_request where nothing can be made of the recording, model_unavailable, too_many_concurrent.
    """
    _demand_builder(voice.model)
    seconds = settings.VOICE_BUILD_SECONDS
    slot = f"voice:{voice.id.hex}"
    gate.hold(caller, slot, seconds + 10)
    try:
        job = submit(caller, _order(voice), request_id=request_id).job
        Voice.objects.filter(pk=voice.pk).update(building=job.pk)
        voice.building = job.pk
        if not wait_for(job.pk, seconds).is_finished:
            logger.warning("a voice is not built yet", extra={"voice": str(voice.pk), "job": str(job.pk)})
            return
    finally:
        gate.leave(caller, slot)
    take_over(voice)
    voice.refresh_from_db()


def built_before(voice: Voice) -> bool:
    """Take over what the same customer's same recording was matched with, instead of matching it again.

    Only where a substitute speaks: then the family that was asked for does not matter, and no file belongs to it.
    """
    asked = catalogue().model(voice.model)
    if asked is None or can_clone(asked.id):
        return False
    same = Voice.objects.filter(
        lane=voice.lane, reference_digest=voice.reference_digest, language=voice.language, building=None
    )
    twin = same.exclude(pk=voice.pk).filter(built__kind="voice-match").first()
    if twin is None:
        return False
    for name in ("built", "built_model", "similarity", "note"):
        setattr(voice, name, getattr(twin, name))
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
    request = {
        "model": voice.model,
        "language": voice.language,
        "reference_key": voice.reference_key,
        "reference_text": voice.reference_text,
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
    )


def take_over(voice: Voice) -> None:
    """Take over what the voice's job made, if it has ended; nothing where none is under way. Raises as `build`."""
    if voice.building is None:
        return
    job = Job.objects.filter(pk=voice.building).first()
    if job is not None and not job.is_finished:
        return
    with transaction.atomic():
        current = Voice.objects.select_for_update().filter(pk=voice.pk).first()
        if current is None or current.building != voice.building:
            return  # somebody else was first; the caller sees it by reading the voice anew
        problem = _problem(job)
        if problem is None:
            assert job is not None
            assert job.result is not None
            _keep(current, job.result)
        current.building = voice.building = None
        current.save()
    if job is not None:
        job_purge(job.pk)
    if problem is not None:
        raise problem
    voice.refresh_from_db()


def _problem(job: Job | None) -> ApiError | None:
    """Why the job made nothing; None where it did."""
    if job is not None and job.status == JobStatus.COMPLETED and job.result:
        return None
    if job is not None and job.error_code == "cannot_speak":
        return ApiError("bad_request", job.error_message, param="file", reason="unusable")
    if job is not None and job.error_code == "model_unavailable":
        return ApiError("model_unavailable", job.error_message)
    return ApiError("service_unavailable", "The voice could not be built. Please try again.", retry_after=5)


def _keep(voice: Voice, result: dict[str, Any]) -> None:
    """What the engine made becomes the voice's own: its files move out of the job's folder into the voice's."""
    built = dict(result["built"])
    for name, value in built.items():
        if isinstance(value, str) and value.startswith("jobs/"):
            key = f"{voice.folder}/{uuid.uuid4().hex}/{value.rsplit('/', 1)[-1]}"
            stored_copy(value, key)
            built[name] = key
    voice.built = built
    voice.built_model = str(result["served_by"])
    voice.similarity = result.get("similarity")
    voice.note = str(result.get("note", ""))[:500]


def ready(voice: Voice, seconds: float = 10.0) -> None:
    """Make sure that the voice can speak, taking over what was built, or waiting a little for it.

    Raises conflict where it takes longer, or where there is nothing to build from, and what `take_over` raises.
    """
    deadline = time.monotonic() + seconds
    while voice.building is not None:
        left = deadline - time.monotonic()
        if left <= 0:
            message = f"The voice {voice.public_id} is still being built. Try again in a few seconds."
            raise ApiError("conflict", message, retry_after=3)
        if Job.objects.filter(pk=voice.building).exists():
            wait_for(voice.building, left)
        take_over(voice)
        voice.refresh_from_db()
    if voice.built is None:
        message = f"The voice {voice.public_id} has no recording to speak after. Upload a reference first."
        raise ApiError("conflict", message)


def family(model: str | None, language: str, otherwise: str | None = None) -> str:
    """The id of the cloning model that was asked for, or else the one that suits the language.

    Raises model_not_found, and bad_request for a model that clones no voices.
    """
    if not model:
        model = otherwise or ("cosyvoice2" if language.split("-")[0] in {"zh", "ja", "ko"} else "openvoice")
    found = catalogue().model(model)
    if found is None:
        raise ApiError(
            "model_not_found",
            f"Unknown model: {model[:64]}. GET /v1/models/ lists the models.",
            param="model",
        )
    if "cloning" not in found.abilities:
        able = ", ".join(each.id for each in catalogue().models.values() if "cloning" in each.abilities)
        raise ApiError(
            "bad_request", f"model: {found.id} does not clone voices. These do: {able}.", param="model"
        )
    return found.id
