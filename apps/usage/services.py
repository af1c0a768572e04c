"""Moving characters. Every function needs an open transaction: the job row and its money change together.

reserve → commit or refund, whichever comes first; the other, and every repetition, does nothing.
"""

from __future__ import annotations

import logging
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F

from apps.accounts.models import Account
from apps.accounts.selectors import switched_off
from ttsplatform.errors import ApiError

from .models import LedgerEntry

logger = logging.getLogger(__name__)
Kind = LedgerEntry.Kind


def reserve(
    *,
    account_id: UUID,
    job_id: UUID,
    characters: int,
    key_id: UUID | None = None,
    model: str = "",
    service: str = "tts",
) -> int:
    """Set `characters` (≥ 0) aside for a job; returns the balance that is left.

    Raises ApiError("insufficient_credits") with characters_required and characters_available, and "unauthorized" for
    an account that is switched off; then nothing has changed. A second reservation for one job is a mistake of ours:
    IntegrityError.
    """
    _demand_transaction()
    if characters < 0:
        raise ValueError(f"characters must not be negative: {characters}")
    left = _balance_add(account_id, -characters, spending=True)
    LedgerEntry.objects.create(
        account_id=account_id,
        job_id=job_id,
        kind=Kind.RESERVE,
        characters=-characters,
        key_id=key_id,
        model=model,
        service=service,
    )
    return left


def commit(job_id: UUID, charged: int) -> bool:
    """Charge a finished job `charged` (≥ 0) characters and give back the rest of its reservation.

    False where the job was settled before. A charge above the reservation is cut to it, and logged: nobody
    pays more than they were told. Raises LookupError for a job that reserved nothing.
    """
    return _settle(job_id, Kind.COMMIT, charged=charged)


def refund(job_id: UUID, reason: str = "") -> bool:
    """Give a job's whole reservation back. False where it was settled before; LookupError as in commit."""
    return _settle(job_id, Kind.REFUND, charged=0, reason=reason)


def grant(account_id: UUID, characters: int, reason: str) -> int:
    """Give an account `characters` (> 0); returns the new balance."""
    if characters <= 0:
        raise ValueError(f"a grant must be positive, not {characters}: use adjust to take characters away")
    return _enter(account_id, Kind.GRANT, characters, reason)


def adjust(account_id: UUID, characters: int, reason: str) -> int:
    """Correct an account by `characters`, either way; returns the new balance.

    Raises ApiError("insufficient_credits") where the balance would fall below zero.
    """
    return _enter(account_id, Kind.ADJUST, characters, reason)


def _enter(account_id: UUID, kind: str, characters: int, reason: str) -> int:
    _demand_transaction()
    left = _balance_add(account_id, characters)
    LedgerEntry.objects.create(account_id=account_id, kind=kind, characters=characters, reason=reason[:200])
    return left


def _settle(job_id: UUID, kind: str, *, charged: int, reason: str = "") -> bool:
    _demand_transaction()
    if charged < 0:
        raise ValueError(f"charged must not be negative: {charged}")
    reserved = LedgerEntry.objects.filter(job_id=job_id, kind=Kind.RESERVE).first()
    if reserved is None:
        raise LookupError(f"job {job_id} has reserved nothing")
    # Whoever settles holds the account first: two settlements of one job queue up here instead of racing to
    # the unique index, and jobs of one account can not deadlock.
    Account.objects.select_for_update(no_key=True).values_list("pk").get(pk=reserved.account_id)
    if LedgerEntry.objects.filter(job_id=job_id, kind__in=[Kind.COMMIT, Kind.REFUND]).exists():
        return False
    if charged > -reserved.characters:
        logger.error("job %s was to be charged %d of %d reserved", job_id, charged, -reserved.characters)
        charged = -reserved.characters
    back = -reserved.characters - charged
    LedgerEntry.objects.create(
        account_id=reserved.account_id,
        job_id=job_id,
        kind=kind,
        characters=back,
        charged=charged,
        key_id=reserved.key_id,
        model=reserved.model,
        service=reserved.service,
        reason=reason[:200],
    )
    if back:
        Account.objects.filter(pk=reserved.account_id).update(balance=F("balance") + back)
    return True


def _balance_add(account_id: UUID, change: int, *, spending: bool = False) -> int:
    """One conditional UPDATE: two requests at once can not both spend the last characters, nor does any spend those of
    an account that has just been switched off."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE accounts_account SET balance = balance + %s"
            " WHERE id = %s AND balance + %s >= 0 AND (is_active OR NOT %s) RETURNING balance",
            [change, account_id, change, spending],
        )
        row: tuple[Any, ...] | None = cursor.fetchone()
    if row is not None:
        return int(row[0])
    account = Account.objects.get(pk=account_id)
    raise switched_off() if spending and not account.is_active else too_few(-change, account.balance)


def too_few(needed: int, available: int) -> ApiError:
    """The refusal of a request that needs more characters than there are."""
    return ApiError(
        "insufficient_credits",
        f"You do not have enough characters for this request: it needs {needed}, and {available} are left.",
        characters_required=needed,
        characters_available=available,
    )


def _demand_transaction() -> None:
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("the ledger is written inside a transaction only: use transaction.atomic()")
