"""Changing a voice: one request at a time, never one that is gone, and no file is left that no row names.

Files and rows can not be written together. So whoever changes what a voice is made of says so first (`tidy_at`), and
afterwards everything in the voice's folder is deleted that no row names. Where the process dies in between, or the
store fails, the reaper does that (apps.voices.removing.sweep).
"""

from __future__ import annotations

import datetime as dt
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from apps.media.store import media_store
from ttsplatform.errors import ApiError

from .models import Voice

logger = logging.getLogger(__name__)

AGAIN = dt.timedelta(minutes=1)
"""What the store refused to delete is tried again after so long."""
_LOOK_SECONDS = 0.1


@contextmanager
def alone(voice: Voice, lease: dt.datetime | None = None, *, patience: float | None = None) -> Iterator[None]:
    """The voice for this request alone, read anew; `lease`: it was taken when the voice was made.

    Another request is waited for, `patience` seconds at most (else as long as building takes).

    A lease in the row and no lock, because building outlasts what a connection should be held for, and the lease of a
    killed process ends by itself. Raises conflict where another request keeps it too long, not_found.
    """
    if lease is None:
        lease = _taken(voice, settings.VOICE_BUILD_SECONDS if patience is None else patience)
    try:
        refresh(voice)
        yield
    finally:
        mine = Voice.everything.filter(pk=voice.pk, changing_until=lease)
        if mine.exists():
            tidy(voice)
        mine.update(changing_until=None)


def new_lease() -> dt.datetime:
    """When the lease of a request that begins now ends: later than any of them takes."""
    return timezone.now() + dt.timedelta(seconds=settings.VOICE_BUILD_SECONDS + 60)


def unchanging() -> Q:
    """Voices that no request is changing."""
    return Q(changing_until=None) | Q(changing_until__lt=timezone.now())


def _taken(voice: Voice, patience: float) -> dt.datetime:
    deadline = time.monotonic() + patience
    while True:
        lease = new_lease()
        free = Voice.objects.filter(unchanging(), pk=voice.pk)
        if free.update(changing_until=lease, tidy_at=timezone.now()):
            return lease
        if not Voice.objects.filter(pk=voice.pk).exists():
            raise gone(voice)
        if time.monotonic() >= deadline:
            message = f"The voice {voice.public_id} is being changed by another request. Try again shortly."
            raise ApiError("conflict", message, retry_after=5)
        time.sleep(_LOOK_SECONDS)


def refresh(voice: Voice) -> None:
    """Read it anew. Raises not_found where it was deleted meanwhile."""
    try:
        voice.refresh_from_db(from_queryset=Voice.objects.all())
    except Voice.DoesNotExist:
        raise gone(voice) from None


def save(voice: Voice, *names: str) -> None:
    """Write these columns. Raises not_found where it was deleted meanwhile; Django's save would bring it back."""
    if not Voice.objects.filter(pk=voice.pk).update(**{name: getattr(voice, name) for name in names}):
        raise gone(voice)


def gone(voice: Voice) -> ApiError:
    return ApiError("not_found", f"The voice {voice.public_id} was deleted meanwhile.")


def tidy(voice: Voice) -> bool:
    """Delete the files in its folder that no row names. Only for whoever has the voice alone.

    False where the store failed; then it is tried again later.
    """
    try:
        # Under the row's lock, because whoever takes over what was built stores files too.
        with transaction.atomic():
            row = Voice.everything.select_for_update().filter(pk=voice.pk).first()
            if row is not None:
                media_store().delete_folder(row.folder, keep=_named(row))
    except Exception:  # whatever the store raises
        logger.exception("files of a voice could not be deleted yet", extra={"voice": str(voice.pk)})
        Voice.everything.filter(pk=voice.pk).update(tidy_at=timezone.now() + AGAIN)
        return False
    Voice.everything.filter(pk=voice.pk).update(tidy_at=None)
    return True


def _named(voice: Voice) -> set[str]:
    """The subfolders of the voice's folder that hold something which a row names."""
    keys = {voice.reference_key, voice.sample_key, (voice.pending or {}).get("reference_key", "")}
    keys |= {value for value in (voice.built or {}).values() if isinstance(value, str)}
    keys |= set(voice.references.values_list("key", flat=True))
    start = f"{voice.folder}/"
    return {key.removeprefix(start).split("/")[0] for key in keys if key.startswith(start)}
