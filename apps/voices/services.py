"""What customers do with voices: make, rename, archive, delete; and what is cleared away after them."""

from __future__ import annotations

import contextlib
import datetime as dt
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from apps.accounts.callers import Caller
from apps.jobs.models import UNFINISHED, Job
from apps.jobs.services import job_cancel, job_purge
from apps.media.store import media_store
from ttsplatform.errors import ApiError
from workers.text.language import normalise_code

from . import building
from .models import Voice, VoiceKind, VoiceStatus
from .references import Recording, keep_reference, note_consent, rebuild
from .selectors import quota_of

CLONE_ID = re.compile(r"[A-Za-z0-9_-]{1,100}")
MOST_EMBEDDINGS = 1000
_ABANDONED = dt.timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Wish:
    """What a new voice is to be. `details` are further columns of Voice; `consent`: the speaker agreed."""

    name: str
    model: str
    language: str = "en"
    clone_id: str | None = None
    kind: VoiceKind = VoiceKind.SAVED
    consent: bool = False
    details: tuple[tuple[str, Any], ...] = ()


def voice_create(caller: Caller, recordings: Sequence[Recording], wish: Wish, *, request_id: str) -> Voice:
    """Store the recordings and build the voice. All or nothing: what can not be built leaves nothing behind.

    Without recordings (KugelAudio allows that) the voice is there, and can not speak yet. Raises bad_request, conflict
    (clone_id taken), forbidden (the plan's voices are used up), and what building raises.
    """
    voice = _insert(caller, wish)
    try:
        for recording in recordings:
            keep_reference(voice, recording)
        if recordings:
            rebuild(caller, voice, request_id)
            if voice.built is None and voice.building is None:
                raise ApiError("service_unavailable", "The voice could not be built. Please try again.")
    except BaseException:
        voice_delete(voice)
        raise
    return voice


def _insert(caller: Caller, wish: Wish) -> Voice:
    """The row first: a file that no row names would never be found again."""
    if wish.clone_id is not None and not CLONE_ID.fullmatch(wish.clone_id):
        message = "cloneId: must be 1 to 100 letters, digits, underscores and hyphens."
        raise ApiError("bad_request", message, param="cloneId")
    now = timezone.now()
    voice = Voice(
        account=caller.account,
        lane=caller.lane,
        kind=wish.kind,
        name=wish.name,
        model=wish.model,
        language=language_code(wish.language),
        clone_id=wish.clone_id,
        **dict(wish.details),
    )
    if wish.kind != VoiceKind.SAVED:
        voice.public_id = f"emb_{secrets.token_hex(12)}"
        life = dt.timedelta(days=settings.EMBEDDING_DAYS)
        voice.expires_at = now + (life if wish.kind == VoiceKind.EMBEDDING else _passing_life())
    if wish.consent:
        note_consent(voice, caller)
    try:
        with transaction.atomic():
            _one_at_a_time(caller)
            _demand_room(caller, wish.kind)
            voice.save()
    except IntegrityError:
        message = f"There is a voice clone {wish.clone_id!r} already. Delete it, or choose another name."
        raise ApiError("conflict", message, param="cloneId") from None
    voice.refresh_from_db()
    return voice


def _one_at_a_time(caller: Caller) -> None:
    """Two uploads at once must not both take the plan's last place."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"voices:{caller.lane}"])


def _demand_room(caller: Caller, kind: VoiceKind) -> None:
    if kind == VoiceKind.SAVED:
        quota = quota_of(caller)
        if quota.remaining == 0:
            allowed = f"the {caller.plan.name} plan allows {quota.limit}"
            message = f"You keep {quota.used} voices, and {allowed}. Delete one first."
            raise ApiError("forbidden", message, reason="voice_quota")
    elif Voice.objects.filter(lane=caller.lane).exclude(kind=VoiceKind.SAVED).count() >= MOST_EMBEDDINGS:
        message = (
            f"{MOST_EMBEDDINGS} embeddings are kept already. Save voices instead: POST /api/v1/user-voices/."
        )
        raise ApiError("forbidden", message, reason="voice_quota")


def _passing_life() -> dt.timedelta:
    """As long as a job that speaks with it may wait and run."""
    return dt.timedelta(seconds=settings.JOB_QUEUE_TTL_SECONDS + 2 * settings.JOB_STEP_MAX_SECONDS)


def language_code(given: str) -> str:
    """A language's code. Raises bad_request."""
    code = normalise_code(given) if given else "en"
    if code is None:
        raise ApiError(
            "bad_request", f"language: {given[:20]!r} is not a language code such as en.", param="language"
        )
    return code


def voice_rename(voice: Voice, clone_id: str) -> None:
    """Another name on Pocket TTS. Raises bad_request, conflict."""
    if not CLONE_ID.fullmatch(clone_id):
        message = "newCloneId: must be 1 to 100 letters, digits, underscores and hyphens."
        raise ApiError("bad_request", message, param="newCloneId")
    voice.clone_id = clone_id
    try:
        with transaction.atomic():
            voice.save(update_fields=["clone_id"])
    except IntegrityError:
        message = f"There is a voice clone {clone_id!r} already. Delete it, or choose another name."
        raise ApiError("conflict", message, param="newCloneId") from None


def voice_archive(voice: Voice) -> None:
    """Kept and listed, but it may not speak."""
    voice.status, voice.archived_at = VoiceStatus.ARCHIVED, timezone.now()
    voice.save(update_fields=["status", "archived_at"])


def voice_reactivate(voice: Voice) -> None:
    voice.status, voice.archived_at = VoiceStatus.ACTIVE, None
    voice.save(update_fields=["status", "archived_at"])


def voice_delete(voice: Voice) -> None:
    """Delete the voice for good: its row, its recordings, what was built of them, and the job that did."""
    if voice.building is not None:
        job_purge(voice.building)
    if voice.kind == VoiceKind.SAVED:
        _forget_in_jobs(voice)
    Voice.objects.filter(pk=voice.pk).delete()
    media_store().delete_folder(voice.folder)


def _forget_in_jobs(voice: Voice) -> None:
    """Jobs that were to speak with it are cancelled and refunded; finished ones keep their audio, not the voice."""
    jobs = Job.objects.filter(account=voice.account, lane=voice.lane, voice=voice.public_id, purged_at=None)
    for job_id in jobs.filter(status__in=UNFINISHED).values_list("pk", flat=True):
        job_cancel(job_id)
    for job in jobs.filter(request__options__has_key="voice_data"):
        options = {name: value for name, value in job.request["options"].items() if name != "voice_data"}
        Job.objects.filter(pk=job.pk).update(request={**job.request, "options": options})


def sweep(most: int = 200) -> int:
    """Delete voices whose time is over, and those whose making was broken off; returns how many."""
    now = timezone.now()
    over = list(Voice.objects.filter(expires_at__lt=now)[:most])
    unbuilt = Voice.objects.filter(built__isnull=True, created_at__lt=now - _ABANDONED)
    for voice in unbuilt.exclude(building=None)[:most]:
        # Its request waited too long, and nobody has asked for it since.
        with contextlib.suppress(ApiError):
            building.take_over(voice)
    # A voice of KugelAudio without any reference is waiting for one, and is not lost.
    over += list(unbuilt.filter(building=None).exclude(reference_key="")[:most])
    for voice in over:
        voice_delete(voice)
    return len(over)
