"""What is kept no longer: results past their plan's time, and files that no job knows.

The reaper deletes what is due as it goes (reaper.purge_old_jobs); this is the same at once and to the end, for
operators. Files go before rows: whatever breaks off in between is found again, by its row.
"""

from __future__ import annotations

import datetime as dt
import logging
import uuid
from collections.abc import Iterator

from django.db.models import Count
from django.utils import timezone

from apps.media.store import media_store

from .models import Job
from .reaper import purge_old_jobs

logger = logging.getLogger(__name__)

# A file without a job may belong to an order that is being taken at this moment.
ORPHAN_AGE = dt.timedelta(days=1)


def due() -> dict[str, int]:
    """How many jobs' results are past their time, by plan."""
    jobs = Job.objects.filter(purged_at=None, purge_at__lt=timezone.now())
    rows = jobs.values_list("account__plan__slug").annotate(number=Count("pk")).order_by()
    return {plan or "without a key": number for plan, number in rows}


def purge_all() -> int:
    """Delete everything that is due, a few hundred jobs at a time; how many those were.

    Ends early where the store refuses whole rounds: those are tried again by the reaper.
    """
    count = 0
    while done := purge_old_jobs():
        count += done
    return count


def orphans() -> Iterator[uuid.UUID]:
    """Folders of jobs that have no row, or one whose results were deleted: left by a process that was killed."""
    before = timezone.now() - ORPHAN_AGE
    for name, changed in media_store().folders("jobs"):
        try:
            job_id = uuid.UUID(hex=name)
        except ValueError:
            continue  # not ours
        if changed < before and not Job.objects.filter(pk=job_id, purged_at=None).exists():
            yield job_id


def orphans_delete() -> int:
    """Delete what `orphans` finds; how many folders those were. What the store refuses stays for the next time."""
    count = 0
    for job_id in list(orphans()):
        try:
            media_store().delete_folder(f"jobs/{job_id.hex}")
            count += 1
        except Exception:  # whatever the store raises
            logger.exception("an orphan could not be deleted", extra={"job": job_id.hex})
    return count
