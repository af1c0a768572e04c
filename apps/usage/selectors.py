"""Reads of the ledger."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal
from uuid import UUID

from django.db.models import BigIntegerField, Count, F, QuerySet, Sum
from django.db.models.functions import Coalesce, TruncDate
from django.utils import timezone

from apps.accounts.models import KEY_START, Account

from .models import LedgerEntry

By = Literal["day", "key", "model", "service"]
GROUPS: tuple[By, ...] = ("day", "key", "model", "service")


def usage_by(account: Account, *, days: int, by: By = "day") -> list[dict[str, Any]]:
    """What the account's finished jobs were charged in the last `days` days, today (UTC) among them.

    Rows of {day | key+name+prefix | model | service, characters, jobs}: days in order, the others from the
    largest. Days without a job are left out; refunded jobs cost nothing and do not show.
    """
    start = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=days - 1)
    commits = LedgerEntry.objects.filter(account=account, kind=LedgerEntry.Kind.COMMIT, created_at__gte=start)
    if by == "day":
        rows = _summed(commits, day=TruncDate("created_at")).order_by("day")
        return [{**row, "day": row["day"].isoformat()} for row in rows]
    if by == "key":
        rows = _summed(commits, "key_id", "key__name", "key__prefix").order_by("-characters", "key_id")
        return [
            {
                "key": str(row["key_id"]) if row["key_id"] else None,
                "name": row["key__name"],
                "prefix": KEY_START + row["key__prefix"] if row["key__prefix"] else None,
                "characters": row["characters"],
                "jobs": row["jobs"],
            }
            for row in rows
        ]
    return list(_summed(commits, by).order_by("-characters", by))


def _summed(commits: QuerySet[LedgerEntry], *fields: str, **expressions: TruncDate) -> Any:
    total = Coalesce(Sum("charged"), 0, output_field=BigIntegerField())
    return commits.order_by().values(*fields, **expressions).annotate(characters=total, jobs=Count("id"))


@dataclass(frozen=True, slots=True)
class Mismatch:
    """An account whose balance is not its ledger's sum."""

    account_id: UUID
    balance: int
    ledger_sum: int


def ledger_check() -> list[Mismatch]:
    """Every account whose cached balance differs from the sum of its entries; empty when all is well."""
    total = Coalesce(Sum("ledger_entries__characters"), 0, output_field=BigIntegerField())
    wrong = Account.objects.order_by().annotate(ledger_sum=total).exclude(balance=F("ledger_sum"))
    return [Mismatch(*row) for row in wrong.values_list("pk", "balance", "ledger_sum")]
