"""A live session as the ledger needs it: what was set aside, and how much was spoken when last looked."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


class LiveSession(models.Model):
    """One streamed answer. `seen_at` is renewed while its web process lives, so that a dead one's can be settled."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey("accounts.Account", models.PROTECT, null=True, related_name="live_sessions")
    lane = models.CharField(max_length=80)
    model = models.CharField(max_length=64)
    served_model = models.CharField(max_length=64)
    voice = models.CharField(max_length=200, blank=True)
    characters = models.PositiveIntegerField()
    price = models.PositiveIntegerField()
    # Characters of the pieces whose audio the client has been given.
    spoken = models.PositiveIntegerField(default=0)
    request_id = models.CharField(max_length=64, blank=True)
    opened_at = models.DateTimeField(db_default=Now())
    seen_at = models.DateTimeField(db_default=Now())
    closed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["seen_at"], name="live_open", condition=Q(closed_at=None))]
