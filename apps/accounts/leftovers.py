"""What signing in leaves behind: sessions that are over, and links to confirm an address that are too old to work."""

from __future__ import annotations

import datetime as dt

from allauth.account import app_settings
from allauth.account.models import EmailConfirmation
from django.contrib.sessions.models import Session
from django.db.models import Q
from django.utils import timezone

MOST = 1000
"""How many rows are deleted at once, so that no other reader waits for it."""


def leftovers() -> tuple[int, int]:
    """How many sessions and how many links are past their time."""
    return Session.objects.filter(_over()).count(), EmailConfirmation.objects.filter(_too_old()).count()


def sweep(most: int = MOST) -> int:
    """Delete the oldest of them; how many those were. Safe to run twice at once."""
    sessions = Session.objects.filter(_over()).order_by("expire_date")
    count, _ = Session.objects.filter(pk__in=list(sessions.values_list("pk", flat=True)[:most])).delete()
    links = EmailConfirmation.objects.filter(_too_old()).order_by("pk")
    more, _ = EmailConfirmation.objects.filter(
        pk__in=list(links.values_list("pk", flat=True)[:most])
    ).delete()
    return count + more


def sweep_all() -> int:
    """Delete all of them, for operators; how many those were."""
    count = 0
    while done := sweep():
        count += done
    return count


def _over() -> Q:
    return Q(expire_date__lt=timezone.now())


def _too_old() -> Q:
    """A link that was never sent was written down for nothing."""
    before = timezone.now() - dt.timedelta(days=app_settings.EMAIL_CONFIRMATION_EXPIRE_DAYS)
    return Q(sent__lt=before) | Q(sent=None, created__lt=before)
