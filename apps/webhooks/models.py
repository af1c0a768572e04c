"""Where customers want to be told, what they are to be told, and every try to do so."""

from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from .signing import new_secret

# What may be told. An endpoint that names none gets all of them (the test comes to whoever asks for it).
EVENTS = ("task.completed", "task.failed", "task.canceled")
TEST_EVENT = "webhook.test"


class Signer(models.Model):
    """A secret, and the one before it for as long as that still counts."""

    secret = models.CharField(max_length=80, default=new_secret, editable=False)
    old_secret = models.CharField(max_length=80, blank=True, editable=False)
    old_until = models.DateTimeField(null=True, editable=False)

    class Meta:
        abstract = True

    def valid_secrets(self) -> list[str]:
        """What a message is signed with now, the newest first."""
        both = self.old_until is not None and self.old_until > timezone.now()
        return [self.secret, self.old_secret] if both else [self.secret]


class AccountSecret(Signer):
    """Signs what goes to the `webhook_url` of a single order."""

    account = models.OneToOneField("accounts.Account", models.CASCADE, primary_key=True, related_name="+")


class Endpoint(Signer):
    """A receiver that an account has registered."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey("accounts.Account", models.CASCADE, related_name="webhooks")
    url = models.CharField(max_length=2000)
    description = models.CharField(max_length=200, blank=True)
    events = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    enabled = models.BooleanField(default=True)
    # Why and when we switched it off: the notice its owner finds.
    disabled_reason = models.TextField(blank=True)
    disabled_at = models.DateTimeField(null=True, blank=True)
    # Since when every delivery has failed.
    failing_since = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["created_at", "id"]

    def __str__(self) -> str:
        return self.url


class DeliveryStatus(models.TextChoices):
    PENDING = "pending"  # will be sent when next_at has come
    DELIVERED = "delivered"  # answered with 2xx
    FAILED = "failed"  # given up
    CANCELED = "canceled"  # its endpoint was switched off


class Delivery(models.Model):
    """One message to one receiver, written in the transaction it tells of. Its id is the message's id for ever."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey("accounts.Account", models.CASCADE, related_name="+")
    endpoint = models.ForeignKey(Endpoint, models.CASCADE, null=True, related_name="deliveries")
    # The webhook_url of an order; empty where the endpoint says where to.
    url = models.CharField(max_length=2000, blank=True)
    event = models.CharField(max_length=40)
    # The job or batch it tells of; none for a test.
    task_id = models.UUIDField(null=True)
    payload = models.JSONField()
    # Links in it are made when it is sent, because they expire. This is the host they lead to.
    origin = models.CharField(max_length=255, blank=True)
    status = models.CharField(max_length=10, choices=DeliveryStatus.choices, default=DeliveryStatus.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    # When it may be sent (next). While it is being sent: when the sender is taken for dead.
    next_at = models.DateTimeField(db_default=Now(), null=True)
    # The sender's token; whoever no longer holds it records nothing.
    lease = models.UUIDField(null=True)
    created_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "deliveries"
        indexes = [
            models.Index(fields=["account", "next_at"], name="delivery_due", condition=Q(status="pending")),
            models.Index(
                fields=["account"],
                name="delivery_in_hand",
                condition=Q(status="pending", lease__isnull=False),
            ),
            models.Index(fields=["account", "-created_at"], name="delivery_newest"),
            models.Index(fields=["created_at"], name="delivery_age"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["task_id", "endpoint", "event"],
                condition=Q(task_id__isnull=False),
                nulls_distinct=False,
                name="delivery_once",
            )
        ]

    def __str__(self) -> str:
        return self.message_id

    @property
    def message_id(self) -> str:
        """The `webhook-id` header, the same in every try."""
        return f"msg_{self.id.hex}"


class Attempt(models.Model):
    """One try: the answer's status, or what went wrong. Answers' bodies are never kept."""

    delivery = models.ForeignKey(Delivery, models.CASCADE, related_name="tries")
    at = models.DateTimeField(db_default=Now())
    status_code = models.PositiveSmallIntegerField(null=True)
    error = models.CharField(max_length=20, blank=True)
    ms = models.PositiveIntegerField()

    class Meta:
        ordering = ["id"]
