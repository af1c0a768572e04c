"""A Job is what a customer ordered; a Step is what one worker does of it.

A short text is one step. A long one forks: its first step plans, then many segment steps run side by side, and
a last one joins them. Only steps are claimed, leased and retried; only jobs are paid for and shown.
"""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


class JobStatus(models.TextChoices):
    QUEUED = "queued"  # paid for, waiting for a worker
    RUNNING = "running"  # a worker has begun; parts may wait in between
    COMPLETED = "completed"  # the result is stored and the characters are charged
    FAILED = "failed"  # given up; refunded
    CANCELED = "canceled"  # by the customer; refunded
    EXPIRED = "expired"  # waited too long for a worker; refunded


FINISHED = (JobStatus.COMPLETED, JobStatus.FAILED, JobStatus.CANCELED, JobStatus.EXPIRED)
UNFINISHED = (JobStatus.QUEUED, JobStatus.RUNNING)


class StepStatus(models.TextChoices):
    QUEUED = "queued"  # may be claimed once available_at has come
    RUNNING = "running"  # leased to a worker until lease_until
    DONE = "done"
    CANCELED = "canceled"  # the job ended without it


class Batch(models.Model):
    """Jobs that were ordered and paid for together. It has ended when all of them have."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey("accounts.Account", models.PROTECT, related_name="batches")
    total = models.PositiveIntegerField()
    # How many of its jobs have ended, however they did. The row's lock decides which one is the last.
    ended = models.PositiveIntegerField(default=0)
    webhook_url = models.CharField(max_length=2000, blank=True)
    origin = models.CharField(max_length=255, blank=True)
    request_id = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True)


class Job(models.Model):
    """What a customer ordered, and what became of it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey("accounts.Account", models.PROTECT, null=True, related_name="jobs")
    key = models.ForeignKey("accounts.ApiKey", models.SET_NULL, null=True, related_name="+")
    # Whose turn it takes and whose limits it uses: an account, or an anonymous caller's network.
    lane = models.CharField(max_length=80)
    kind = models.CharField(max_length=32)
    service = models.CharField(max_length=32)
    model = models.CharField(max_length=64)
    served_model = models.CharField(max_length=64)
    voice = models.CharField(max_length=200, blank=True)
    language = models.CharField(max_length=16, blank=True)
    request = models.JSONField()
    characters = models.PositiveIntegerField()
    price = models.PositiveIntegerField()
    status = models.CharField(max_length=10, choices=JobStatus.choices, default=JobStatus.QUEUED)
    parts_total = models.PositiveIntegerField(default=0)
    parts_done = models.PositiveIntegerField(default=0)
    # The step that follows once all parts are done; empty where the job never forked.
    after_parts = models.CharField(max_length=32, blank=True)
    result = models.JSONField(null=True)
    error_code = models.CharField(max_length=40, blank=True)
    error_message = models.TextField(blank=True)
    request_id = models.CharField(max_length=64, blank=True)
    # Where its trace goes on (W3C Trace Context), where there are traces.
    traceparent = models.CharField(max_length=55, blank=True, default="", db_default="")
    # How like its speaker the customer's own voice is that speaks: {"similarity", "note"}; None for stock voices.
    likeness = models.JSONField(null=True)
    # Whether webhooks are told of its end: not where a request waits for it as part of something else.
    announced = models.BooleanField(default=True)
    # Where to tell of its end, and the host (https://api.example.com) to which links for this customer lead.
    webhook_url = models.CharField(max_length=2000, blank=True)
    origin = models.CharField(max_length=255, blank=True)
    batch = models.ForeignKey(Batch, models.PROTECT, null=True, related_name="jobs")
    batch_index = models.PositiveIntegerField(null=True)
    created_at = models.DateTimeField(db_default=Now())
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    # A job still queued by then expires.
    expires_at = models.DateTimeField()
    # Its files and its text are deleted then; set when it finishes.
    purge_at = models.DateTimeField(null=True)
    purged_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["account", "-created_at"], name="job_account_newest"),
            models.Index(fields=["expires_at"], name="job_waiting", condition=Q(status="queued")),
            models.Index(
                fields=["lane"], name="job_unfinished", condition=Q(status__in=["queued", "running"])
            ),
            models.Index(
                fields=["purge_at"], name="job_purge", condition=Q(purged_at=None, purge_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def is_finished(self) -> bool:
        return self.status in FINISHED


class Step(models.Model):
    """A piece of a job that one worker does under a lease."""

    job = models.ForeignKey(Job, models.CASCADE, related_name="steps")
    name = models.CharField(max_length=32)
    index = models.PositiveIntegerField(default=0)
    payload = models.JSONField(default=dict)
    queue = models.CharField(max_length=32)
    lane = models.CharField(max_length=80)
    # How many steps of this lane may run at once (the plan's concurrency when the job was ordered).
    lane_limit = models.PositiveSmallIntegerField()
    status = models.CharField(max_length=10, choices=StepStatus.choices, default=StepStatus.QUEUED)
    # The order within a lane: when the job was ordered, so that a job's parts go before later jobs.
    ordered_at = models.DateTimeField(db_default=Now())
    available_at = models.DateTimeField(db_default=Now())
    hinted_at = models.DateTimeField(db_default=Now())
    attempt = models.PositiveSmallIntegerField(default=0)
    # The fencing token: every write by a worker names the lease it holds.
    lease = models.UUIDField(null=True)
    lease_until = models.DateTimeField(null=True)
    claimed_at = models.DateTimeField(null=True)
    worker = models.CharField(max_length=120, blank=True)
    progress = models.FloatField(default=0.0)
    result = models.JSONField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["job", "name", "index"], name="step_once")]
        indexes = [
            models.Index(
                fields=["queue", "lane", "ordered_at", "id"], name="step_queued", condition=Q(status="queued")
            ),
            models.Index(fields=["lease_until"], name="step_leased", condition=Q(status="running")),
            models.Index(
                fields=["lane", "-claimed_at"], name="step_last_turn", condition=Q(claimed_at__isnull=False)
            ),
        ]


class PausedQueue(models.Model):
    """A queue in which no worker begins anything while this row is there (apps.jobs.pausing)."""

    queue = models.CharField(max_length=32, primary_key=True)
    by = models.CharField(max_length=254, blank=True, editable=False)
    reason = models.CharField(max_length=200, blank=True)
    since = models.DateTimeField(db_default=Now(), editable=False)

    def __str__(self) -> str:
        return self.queue


class DrainedWorker(models.Model):
    """A worker that begins nothing while this row is there (apps.operations.draining)."""

    name = models.CharField(max_length=80, primary_key=True)
    by = models.CharField(max_length=254, blank=True, editable=False)
    since = models.DateTimeField(db_default=Now(), editable=False)

    def __str__(self) -> str:
        return self.name


class IdempotencyKey(models.Model):
    """A customer's Idempotency-Key and the job it made. Kept for a day."""

    lane = models.CharField(max_length=80)
    key = models.CharField(max_length=255)
    # SHA-256 of the parsed body, so that the same key with another body is refused.
    fingerprint = models.CharField(max_length=64)
    job = models.ForeignKey(Job, models.CASCADE, related_name="+")
    credits_remaining = models.IntegerField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["lane", "key"], name="idempotency_key_once")]
        indexes = [models.Index(fields=["created_at"], name="idempotency_age")]
