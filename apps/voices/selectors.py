"""Reading voices. Every look-up takes the caller and sees that caller's lane only."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils import timezone

from apps.accounts.callers import Caller
from ttsplatform.errors import ApiError

from .models import Voice, VoiceKind, VoiceReference, VoiceStatus

FIRST_CATALOGUE_NUMBER = 1 << 30
"""Numbers of voices from here on are the catalogue's."""


@dataclass(frozen=True, slots=True)
class Quota:
    """How many voices the caller keeps, archived ones too, and how many the plan allows."""

    used: int
    limit: int

    @property
    def remaining(self) -> int:
        return max(0, self.limit - self.used)


def quota_of(caller: Caller) -> Quota:
    plan = caller.plan.slug if caller.account is not None else "open"
    return Quota(voices_of(caller).count(), settings.MAX_VOICES.get(plan, settings.MAX_VOICES.get("free", 0)))


def voices_of(caller: Caller) -> QuerySet[Voice]:
    """The caller's saved voices, newest first."""
    return Voice.objects.filter(lane=caller.lane, kind=VoiceKind.SAVED)


def published() -> QuerySet[Voice]:
    """Voices that everybody may use: their owners asked for it, and staff agreed."""
    known = Voice.objects.filter(kind=VoiceKind.SAVED, status=VoiceStatus.ACTIVE, built__isnull=False)
    return known.filter(is_public=True, verified_at__isnull=False)


def voice_get(
    caller: Caller,
    *,
    public_id: str | None = None,
    clone_id: str | None = None,
    number: int | None = None,
    id: uuid.UUID | None = None,
    or_published: bool = False,
) -> Voice:
    """The caller's voice under one of its names; not_found for a stranger's as for one that never was.

    `or_published`: to look at and to speak with, a stranger's published voice will do too.
    """
    if public_id is not None:
        named, which = Q(public_id=public_id), public_id
    elif clone_id is not None:
        named, which = Q(clone_id=clone_id) | Q(clone_id=None, public_id=clone_id), clone_id
    elif number is not None:
        named, which = Q(number=number), str(number)
    else:
        named, which = Q(id=id), str(id)
    voice = voices_of(caller).filter(named).first() if storable(which) else None
    if voice is None and or_published and storable(which):
        voice = published().filter(named).first()
    if voice is None:
        raise ApiError("not_found", f"There is no voice {which[:64]!r} among yours.")
    return voice


def embedding_get(caller: Caller, embed_id: str) -> Voice:
    """What an embed_id of the caller's stands for. Raises not_found."""
    known = Voice.objects.filter(lane=caller.lane, kind=VoiceKind.EMBEDDING, expires_at__gt=timezone.now())
    voice = known.filter(public_id=embed_id).first() if storable(embed_id) else None
    if voice is None:
        message = (
            f"There is no embedding {embed_id[:64]!r} among yours (any more). POST /v1/tts/embed/ makes one."
        )
        raise ApiError("not_found", message, param="embed_id")
    return voice


def storable(text: str) -> bool:
    """Whether PostgreSQL can hold the text: no NUL, no half of a surrogate pair. Asking it for others is an error."""
    return "\x00" not in text and not any("\ud800" <= char <= "\udfff" for char in text)


def reference_get(voice: Voice, reference_id: int) -> VoiceReference:
    """One of the voice's recordings. Raises not_found."""
    found = voice.references.filter(pk=reference_id).first()
    if found is None:
        raise ApiError("not_found", f"The voice {voice.number} has no reference {reference_id}.")
    return found


def demand_active(voice: Voice) -> None:
    """Raises conflict where the voice is archived."""
    if voice.status == VoiceStatus.ARCHIVED:
        raise ApiError(
            "conflict", f"The voice {voice.public_id} is archived. Reactivate it to speak with it."
        )
