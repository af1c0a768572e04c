"""The ledger of characters: every grant, reservation and settlement, never changed afterwards."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone


class LedgerEntry(models.Model):
    """One movement of characters. An account's balance is the sum of `characters` over its entries, always.

    A trigger in the database refuses UPDATE and DELETE (migration 0002 names the two exceptions).
    """

    class Kind(models.TextChoices):
        GRANT = "grant", "grant: given by us, +n"
        RESERVE = "reserve", "reserve: set aside for a job, -n"
        COMMIT = "commit", "commit: the job is done; what was not needed comes back, +(n - charged)"
        REFUND = "refund", "refund: the job came to nothing; all comes back, +n"
        ADJUST = "adjust", "adjust: a correction by staff, either way"

    account = models.ForeignKey("accounts.Account", on_delete=models.PROTECT, related_name="ledger_entries")
    job_id = models.UUIDField(null=True, blank=True, db_index=True)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    characters = models.BigIntegerField(help_text="What the balance changed by.")
    charged = models.BigIntegerField(default=0, help_text="On commits: what the job really cost.")
    key = models.ForeignKey(
        "accounts.ApiKey", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    model = models.CharField(max_length=100, blank=True)
    service = models.CharField(max_length=50, blank=True)
    reason = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = "ledger entries"
        indexes = [models.Index(fields=["account", "created_at"])]
        constraints = [
            models.UniqueConstraint(fields=["job_id"], condition=Q(kind="reserve"), name="one_reserve_a_job"),
            models.UniqueConstraint(
                fields=["job_id"], condition=Q(kind__in=["commit", "refund"]), name="one_settlement_a_job"
            ),
            models.CheckConstraint(
                condition=Q(kind="grant", characters__gt=0)
                | Q(kind="adjust")
                | Q(kind="reserve", characters__lte=0, job_id__isnull=False)
                | Q(kind__in=["commit", "refund"], characters__gte=0, job_id__isnull=False),
                name="ledger_sign_fits_kind",
            ),
            models.CheckConstraint(
                condition=Q(charged=0) | Q(kind="commit", charged__gt=0),
                name="ledger_charged_on_commits_only",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.characters:+d}"
