"""Characters a day for callers without a key, counted by network. They have no account, so no ledger."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from django.conf import settings

from apps.accounts.callers import Caller
from ttsplatform.errors import ApiError

from .scripts import ANONYMOUS_REFUND, ANONYMOUS_RESERVE
from .store import StoreDown, store

# Two days: a job reserved just before midnight can still give back to its own day.
_LIFE_MS = 48 * 3600 * 1000


def anonymous_reserve(caller: Caller, job_id: UUID | str, characters: int) -> int:
    """Take `characters` from today's (UTC) allowance of the caller's network; returns what is left of it.

    Once a job: a repetition takes nothing. Raises insufficient_credits with characters_required and
    characters_available, or service_unavailable when Redis is down.
    """
    if characters < 0:
        raise ValueError(f"characters must not be negative: {characters}")
    day = f"anonymous:{{{caller.network}}}:{datetime.now(UTC):%Y-%m-%d}"
    allowance = settings.ANONYMOUS_DAILY_CHARACTERS
    try:
        taken, left = store().run(
            ANONYMOUS_RESERVE, [day, _marker(caller.network, job_id)], [characters, allowance, _LIFE_MS]
        )
    except StoreDown:
        message = "Calls without an API key are briefly unavailable."
        raise ApiError("service_unavailable", message, retry_after=5) from None
    if not taken:
        raise ApiError(
            "insufficient_credits",
            f"Without an API key {allowance} characters a day are free. This request needs {characters}, "
            f"and {left} are left today. Sign up for a free account and send its API key.",
            characters_required=characters,
            characters_available=left,
        )
    return int(left)


def anonymous_refund(network: str, job_id: UUID | str, characters: int) -> None:
    """Give back up to `characters` of what a job reserved, once; later calls do nothing. Redis down: lost."""
    try:
        store().run(ANONYMOUS_REFUND, [_marker(network, job_id)], [characters])
    except StoreDown:
        pass


def _marker(network: str, job_id: UUID | str) -> str:
    return f"anonymous:{{{network}}}:job:{job_id}"
