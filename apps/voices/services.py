"""What customers do with voices: make, rename, change, archive. How they end is in removing."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from apps.accounts.callers import Caller
from ttsplatform.errors import ApiError

from .changes import alone, new_lease, refresh, save
from .families import language_code
from .models import Voice, VoiceKind, VoiceStatus
from .outcome import UNBUILT
from .references import Recording, keep_reference, note_consent, rebuild
from .removing import longest_job, voice_delete
from .selectors import quota_of

CLONE_ID = re.compile(r"[A-Za-z0-9_-]{1,100}")
MOST_EMBEDDINGS = 1000


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
    (clone_id taken), forbidden (the plan's voices are used up), what building raises, and not_found where somebody
    deletes it while it is built.
    """
    voice = _insert(caller, wish, with_recordings=bool(recordings))
    try:
        with alone(voice, voice.changing_until):
            added = [keep_reference(voice, recording) for recording in recordings]
            if added:
                rebuild(caller, voice, request_id, added=added)
    except BaseException:
        voice_delete(voice)
        raise
    return voice


def _insert(caller: Caller, wish: Wish, *, with_recordings: bool) -> Voice:
    """The row first: a file that no row names would never be found again."""
    if wish.clone_id is not None:
        demand_free_for_clones(wish.clone_id, param="cloneId")
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
        life = timedelta(days=settings.EMBEDDING_DAYS)
        voice.expires_at = now + (life if wish.kind == VoiceKind.EMBEDDING else longest_job())
    elif with_recordings:
        voice.expires_at = now + UNBUILT  # until it is built
    voice.changing_until, voice.tidy_at = new_lease(), now
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
    refresh(voice)
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


def demand_free_for_clones(clone_id: str, *, param: str) -> None:
    """Raises bad_request for what can not be a clone's name: odd characters, and names that have a meaning already."""
    if not CLONE_ID.fullmatch(clone_id):
        message = f"{param}: must be 1 to 100 letters, digits, underscores and hyphens."
        raise ApiError("bad_request", message, param=param)
    if is_reserved(clone_id):
        message = (
            f"{param}: {clone_id} has a meaning of its own here. Choose another name, such as my_{clone_id}."
        )
        raise ApiError("bad_request", message[:300], param=param)


def is_reserved(clone_id: str) -> bool:
    """Whether that name would be hidden by a path (`import`), or hide another voice's public id (`uv_…`)."""
    return clone_id.lower() == "import" or clone_id.lower().startswith("uv_")


def voice_rename(voice: Voice, clone_id: str) -> None:
    """Another name on Pocket TTS. Raises bad_request, conflict, not_found."""
    demand_free_for_clones(clone_id, param="newCloneId")
    voice.clone_id = clone_id
    try:
        with transaction.atomic():
            save(voice, "clone_id")
    except IntegrityError:
        message = f"There is a voice clone {clone_id!r} already. Delete it, or choose another name."
        raise ApiError("conflict", message, param="newCloneId") from None


def voice_update(caller: Caller, voice: Voice, columns: Mapping[str, Any], *, request_id: str) -> None:
    """Change columns of a voice. Another sex or language is another match: then it is built anew of its recordings.

    Raises what building raises; then nothing has changed.
    """
    before = {name: getattr(voice, name) for name in columns}
    for name, value in columns.items():
        setattr(voice, name, value)
    save(voice, *columns)
    heard = [name for name in ("sex", "language") if before.get(name) != columns.get(name)]
    if not heard or not voice.reference_key:
        return
    try:
        with alone(voice):
            rebuild(caller, voice, request_id)
    except BaseException:
        Voice.objects.filter(pk=voice.pk).update(**before)
        raise


def voice_archive(voice: Voice) -> None:
    """Kept and listed, but it may not speak."""
    voice.status, voice.archived_at = VoiceStatus.ARCHIVED, timezone.now()
    save(voice, "status", "archived_at")


def voice_reactivate(voice: Voice) -> None:
    voice.status, voice.archived_at = VoiceStatus.ACTIVE, None
    save(voice, "status", "archived_at")


def voice_publish(voice: Voice) -> None:
    """Ask that everybody may use it. Nobody else does before staff have looked at it (apps.voices.admin)."""
    voice.is_public = True
    save(voice, "is_public")
