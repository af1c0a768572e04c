"""Conversations with a language model by voice: what was said, for as long as it is remembered."""

from __future__ import annotations

import secrets
import uuid

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


def new_public_id() -> str:
    return f"conv_{secrets.token_hex(12)}"


class Conversation(models.Model):
    """An account's conversation. Forgotten at `expires_at`, which every exchange moves on."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    public_id = models.CharField(max_length=40, unique=True, default=new_public_id, editable=False)
    account = models.ForeignKey("accounts.Account", models.PROTECT, related_name="conversations")
    system_prompt = models.TextField(blank=True)
    created_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["account", "-created_at"], name="conversation_newest"),
            models.Index(fields=["expires_at"], name="conversation_expires"),
        ]

    def __str__(self) -> str:
        return self.public_id


class Exchange(models.Model):
    """What the customer said and what was answered. Of one that a job made, the job's result has the words."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="exchanges")
    job = models.OneToOneField("jobs.Job", models.SET_NULL, null=True, related_name="+")
    user_text = models.TextField(blank=True)
    ai_text = models.TextField(blank=True)
    created_at = models.DateTimeField(db_default=Now())
    # A live one ends when its last word is out, or its listener is gone; until then its price is set aside.
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["created_at", "id"]
        indexes = [
            models.Index(fields=["created_at"], name="exchange_open", condition=Q(ended_at=None, job=None))
        ]
