"""What came of building a voice: taken over into its row, or dropped with the recordings that it was for."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from apps.jobs.models import Job, JobStatus
from apps.jobs.services import job_purge
from ttsplatform.errors import ApiError

from .changes import gone, refresh
from .models import Voice, VoiceKind, VoiceReference
from .uploads import stored_copy

STAGED = ("reference_key", "reference_digest", "reference_seconds", "reference_text")
"""The columns that `pending` holds until the voice is built of them."""
BUILT = ("built", "built_model", "similarity", "note")
TAKEN = (*STAGED, "pending", "expires_at", "verified_at", "tidy_at")
NOTE = 1000
"""A note's longest."""
_REFUSED = " The last change was not taken over: "
UNBUILT = dt.timedelta(hours=1)
"""A voice that was never built is deleted so long after it was made, or refused."""


def take_over(voice: Voice) -> None:
    """Take over what the voice's job made, if it has ended; nothing where none is under way.

    Raises as `build` where it could not be made. Whoever comes later finds that in the voice's `note`.
    """
    if voice.building is None:
        return
    job = Job.objects.filter(pk=voice.building).first()
    if job is not None and not job.is_finished:
        return
    problem = _problem(job)
    with transaction.atomic():
        current = Voice.objects.select_for_update().filter(pk=voice.pk).first()
        if current is None:
            raise gone(voice)
        if current.building != voice.building:
            voice.building = current.building
            return  # somebody else was first; the caller sees it by reading the voice anew
        if problem is None:
            assert job is not None
            assert job.result is not None
            _keep(current, job.result)
        else:
            _drop_pending(current)
            current.note = _refusal(current, problem)
        current.building = voice.building = None
        current.save(update_fields=["building", *BUILT, *TAKEN])
    if job is not None:
        job_purge(job.pk)
    if problem is not None:
        raise problem
    refresh(voice)


def _refusal(voice: Voice, problem: ApiError) -> str:
    """What the note says after that: of a voice that speaks on, still what it is."""
    if voice.built is None:
        return problem.message[:NOTE]
    before = voice.note.split(_REFUSED)[0]
    return f"{before}{_REFUSED}{problem.message}"[:NOTE]


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
    take_pending(voice)
    voice.built = built
    voice.built_model = str(result["served_by"])
    voice.similarity = result.get("similarity")
    voice.note = str(result.get("note", ""))[:NOTE]


def abandon(voice: Voice) -> None:
    """Nothing is built of what is `pending` and has no job: drop it, with the recordings that were added for it."""
    with transaction.atomic():
        current = Voice.objects.select_for_update().filter(pk=voice.pk, building=None).first()
        if current is not None and current.pending is not None:
            _drop_pending(current)
            current.save(update_fields=["pending", "expires_at", *STAGED])


def take_pending(voice: Voice) -> None:
    """The voice is built of what was pending. What staff had looked at was made of other recordings."""
    pending = voice.pending or {}
    for name in STAGED:
        setattr(voice, name, pending.get(name, getattr(voice, name)))
    if pending.get("added"):
        voice.verified_at = None
    voice.pending = None
    if voice.kind == VoiceKind.SAVED:
        voice.expires_at = open_until(voice)
    voice.tidy_at = timezone.now()


def _drop_pending(voice: Voice) -> None:
    """What was pending is not built, and the recordings that were added for it go; what spoke before still does."""
    added = (voice.pending or {}).get("added", ())
    VoiceReference.objects.filter(voice=voice, pk__in=added).delete()
    voice.pending, voice.tidy_at = None, timezone.now()
    if voice.built is None and added:
        voice.reference_key, voice.reference_digest = "", ""
        voice.reference_seconds, voice.reference_text = 0.0, ""
        if voice.kind == VoiceKind.SAVED and voice.expires_at is not None:
            voice.expires_at = timezone.now() + UNBUILT


def open_until(voice: Voice) -> dt.datetime | None:
    """When a saved voice goes if nobody uses it again: those of callers without a key do, others never."""
    days = dt.timedelta(days=settings.OPEN_VOICE_DAYS)
    return timezone.now() + days if voice.account_id is None else None


def holds_files(voice: Voice) -> bool:
    """Whether what was built of the recordings speaks from files, and so holds them."""
    return any(isinstance(value, str) and "/" in value for value in (voice.built or {}).values())
