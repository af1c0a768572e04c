"""Reads of accounts, plans and keys. Each that hands out a tenant's rows takes the tenant."""

from __future__ import annotations

import copy
import hmac
import time
import uuid
from functools import lru_cache

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from ttsplatform.errors import ApiError

from .keys import key_digest, key_prefix
from .models import Account, ApiKey, Plan, User

_NO_DIGEST = "0" * 64
_FREE_PLAN_SECONDS = 30


def key_find(raw: str) -> ApiKey:
    """The usable key behind `raw`, with its account and plan loaded (one query).

    Raises ApiError("unauthorized") with what to do about it. Only the holder of the true key learns whether
    it was revoked or has expired, and an unknown prefix takes as long as a wrong secret.
    """
    prefix = key_prefix(raw)
    if prefix is None:
        raise ApiError(
            "unauthorized", "That is not an API key of this server: they look like sk-tts-… (47 characters)."
        )
    key = ApiKey.objects.select_related("account__plan").filter(prefix=prefix).first()
    matches = hmac.compare_digest(key_digest(raw), key.digest if key else _NO_DIGEST)
    if key is None or not matches:
        raise ApiError(
            "unauthorized", "This API key is unknown. Check for missing characters, or make a new key."
        )
    _demand_usable(key)
    return key


def key_check(key: ApiKey) -> None:
    """Raises ApiError("unauthorized") where a key that worked a while ago has been revoked or has ended since."""
    fresh = ApiKey.objects.select_related("account").filter(pk=key.pk).first()
    if fresh is None:
        raise ApiError("unauthorized", "This API key was deleted. Make a new key.")
    _demand_usable(fresh)


def _demand_usable(key: ApiKey) -> None:
    if key.revoked_at is not None:
        raise ApiError("unauthorized", "This API key was revoked. Make a new key.")
    if key.expires_at is not None and key.expires_at <= timezone.now():
        raise ApiError(
            "unauthorized", f"This API key expired at {key.expires_at:%Y-%m-%d %H:%M} UTC. Make a new key."
        )
    if not key.account.is_active:
        raise switched_off()


def switched_off() -> ApiError:
    """What everybody is told who asks for something in the name of an account that staff have switched off."""
    return ApiError("unauthorized", "This account is switched off. Ask the operator of this server.")


def account_check(account: Account) -> None:
    """Raises ApiError("unauthorized") where the account has been switched off since it was read."""
    if not Account.objects.filter(pk=account.pk, is_active=True).exists():
        raise switched_off()


def keys_of(account: Account) -> QuerySet[ApiKey]:
    """The account's keys that are not revoked, newest first."""
    return ApiKey.objects.filter(account=account, revoked_at=None)


def key_get(account: Account, key_id: uuid.UUID) -> ApiKey:
    """One of the account's keys; not_found for a stranger's and for a revoked one alike."""
    key = keys_of(account).filter(pk=key_id).first()
    if key is None:
        raise ApiError("not_found", "There is no such API key in this account.")
    return key


def account_of_user(user: User) -> Account:
    """The account that a signed-in person works in: the oldest of theirs that is not switched off, with its plan.

    Being staff opens nobody else's. Raises forbidden where there is none.
    """
    mine = Account.objects.filter(memberships__user=user, is_active=True).select_related("plan")
    account = mine.order_by("created_at").first()
    if account is None and shut_out(user):
        raise ApiError("forbidden", "This account is switched off. Ask the operator of this server.")
    if account is None:
        raise ApiError("forbidden", f"{user.email} belongs to no account. Ask the operator of this server.")
    return account


def shut_out(user: User) -> bool:
    """Whether all accounts that this person belongs to are switched off (and there is one at least)."""
    mine = Account.objects.filter(memberships__user=user)
    return mine.exists() and not mine.filter(is_active=True).exists()


def membership_of(user: User, account_id: uuid.UUID) -> Account | None:
    """The account `account_id` with its plan, where this active person belongs to it and it is switched on."""
    mine = Account.objects.filter(pk=account_id, is_active=True, memberships__user=user)
    return mine.select_related("plan").first() if user.is_active else None


def account_by_email(email: str) -> Account | None:
    """The oldest account of the user with this address."""
    mine = Account.objects.filter(memberships__user__email=email.strip().lower())
    return mine.select_related("plan").order_by("created_at").first()


def plan_get(slug: str) -> Plan:
    """The plan called `slug`, or bad_request naming those that exist."""
    plan = Plan.objects.filter(slug=slug).first()
    if plan is None:
        known = ", ".join(Plan.objects.values_list("slug", flat=True))
        raise ApiError("bad_request", f"Unknown plan: {slug}. Plans are: {known}.", param="plan")
    return plan


@lru_cache(maxsize=1)
def _free_plan(window: int) -> Plan:
    return Plan.objects.get(slug="free")


def free_plan() -> Plan:
    """The plan of new accounts, read at most twice a minute in each process."""
    return _free_plan(int(time.monotonic() // _FREE_PLAN_SECONDS))


def anonymous_plan() -> Plan:
    """The plan of callers without a key: the free one, but for settings.ANONYMOUS_REQUESTS_PER_MINUTE."""
    plan = free_plan()
    if settings.ANONYMOUS_REQUESTS_PER_MINUTE:
        plan = copy.copy(plan)
        plan.requests_per_minute = settings.ANONYMOUS_REQUESTS_PER_MINUTE
    return plan


def free_plan_forget() -> None:
    """Read the free plan anew at the next call (after an edit, and between tests)."""
    _free_plan.cache_clear()
