"""The end of voices: deleted for good, on demand or when their time is over."""

from __future__ import annotations

import contextlib
import datetime as dt
import logging

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from apps.jobs.models import UNFINISHED, Job
from apps.jobs.services import job_cancel, job_purge
from apps.media.store import media_store
from ttsplatform.errors import ApiError

from .changes import AGAIN, alone, unchanging
from .models import Voice, VoiceKind
from .outcome import abandon, take_over

logger = logging.getLogger(__name__)


def longest_job() -> dt.timedelta:
    """As long as a job that speaks with it may wait and run."""
    return dt.timedelta(seconds=settings.JOB_QUEUE_TTL_SECONDS + 2 * settings.JOB_STEP_MAX_SECONDS)


def voice_delete(voice: Voice) -> bool:
    """Delete the voice for good: recordings, what was built of them, the job that did, what jobs knew; then its row.

    From this call on nobody sees it. False where something is left, because the store failed or a request is changing
    the voice right now; the reaper goes on with it.
    """
    Voice.objects.filter(pk=voice.pk).update(deleting_at=timezone.now(), clone_id=None)
    return _go_on_deleting(voice)


def _go_on_deleting(voice: Voice) -> bool:
    try:
        return _delete(voice)
    except Exception:  # whatever the store raises
        logger.exception("a voice could not be deleted yet", extra={"voice": str(voice.pk)})
        Voice.everything.filter(pk=voice.pk).update(deleting_at=timezone.now() + AGAIN)
        return False


def _delete(voice: Voice) -> bool:
    row = Voice.everything.filter(pk=voice.pk).first()
    if row is None:
        return True
    if row.building is not None:
        job_purge(row.building)
    _forget_in_jobs(row)
    media_store().delete_folder(row.folder)
    # Whoever is changing it may store one more file: then the row stays to name it until that is over.
    return bool(Voice.everything.filter(unchanging(), pk=row.pk).delete()[0])


def _forget_in_jobs(voice: Voice) -> None:
    """Jobs that were to speak with it are cancelled and refunded; finished ones keep their audio, not the voice.

    The job of a single call has what it speaks with in its own order, until it has ended.
    """
    if voice.kind == VoiceKind.PASSING:
        return
    # Of strangers too: it may have been published.
    unfinished = Job.objects.filter(voice=voice.public_id, status__in=UNFINISHED)
    for job_id in unfinished.values_list("pk", flat=True):
        job_cancel(job_id)
    jobs = Job.objects.filter(account=voice.account, lane=voice.lane, voice=voice.public_id, purged_at=None)
    for job in jobs.filter(request__options__has_key="voice_data"):
        options = {name: value for name, value in job.request["options"].items() if name != "voice_data"}
        Job.objects.filter(pk=job.pk).update(request={**job.request, "options": options})


def sweep(most: int = 200) -> int:
    """Part of the reaper: go on with what was broken off, and delete what is over; how many voices are gone."""
    now = timezone.now()
    for voice in Voice.objects.filter(unchanging()).exclude(building=None)[:most]:
        # Built or refused, and nobody waits for it any more.
        with contextlib.suppress(ApiError):
            take_over(voice)
    count = 0
    over = Q(expires_at__lt=now) & ~Q(kind=VoiceKind.EMBEDDING) | Q(expires_at__lt=now - longest_job())
    # An embedding that is over is hidden at once, and deleted when what was ordered with it has been spoken.
    for voice in Voice.objects.filter(over).exclude(kind=VoiceKind.SAVED, building__isnull=False)[:most]:
        if not voice_delete(voice):
            return count
        count += 1
    for voice in Voice.everything.filter(unchanging(), deleting_at__lt=now).order_by("deleting_at")[:most]:
        if not _go_on_deleting(voice):
            return count
        count += 1
    untidy = Voice.objects.filter(unchanging(), tidy_at__lt=timezone.now())
    for voice in untidy.order_by("tidy_at")[:most]:
        with contextlib.suppress(ApiError), alone(voice, patience=0):
            abandon(voice)
    return count
