"""The work of accounts that staff have switched off: cancelled and refunded."""

from __future__ import annotations

import uuid

from .models import UNFINISHED, Job
from .services import job_cancel

MOST = 500
"""How many jobs are cancelled at once; the reaper comes again for the others."""


def cancel_work(account_id: uuid.UUID | None = None) -> int:
    """Cancel what waits or runs for that account, or for any that is switched off; how many jobs that were.

    An account that has been switched on again meanwhile is left alone.
    """
    jobs = Job.objects.filter(status__in=UNFINISHED, account__is_active=False)
    if account_id is not None:
        jobs = jobs.filter(account=account_id)
    return sum(job_cancel(job_id) for job_id in list(jobs.values_list("pk", flat=True)[:MOST]))
