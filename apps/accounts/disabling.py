"""Staff switch an account off, and on again. Nothing is deleted: what was made stays for the day it is switched on.

From the commit on: its keys are refused, nothing can be ordered (the ledger refuses, which settles every race), nobody
signs in who belongs to no other account, streams end within seconds (apps.live.metering), webhooks are not sent. What
waits or runs is cancelled and refunded; should that break off, the reaper goes on.
"""

from __future__ import annotations

import functools
import uuid

from django.db import transaction

from apps.jobs.switched_off import cancel_work
from ttsplatform.errors import ApiError

from .models import Account, Membership


def account_disable(account_id: uuid.UUID) -> bool:
    """Switch the account off. False where it was off already."""
    with transaction.atomic():
        # Whoever is ordering holds the row until their order stands; it is then cancelled with the others.
        changed = Account.objects.filter(pk=account_id, is_active=True).update(is_active=False)
        if changed:
            transaction.on_commit(functools.partial(cancel_work, account_id), robust=True)
    return bool(changed)


def account_enable(account_id: uuid.UUID) -> bool:
    """Switch it on: keys work again, messages go out again. False where it was on already.

    Raises conflict for an account whose owner deleted it: nobody belongs to it any more.
    """
    if not Membership.objects.filter(account=account_id).exists():
        raise ApiError("conflict", "Nobody belongs to this account any more: whoever owned it has left.")
    return bool(Account.objects.filter(pk=account_id, is_active=False).update(is_active=True))
