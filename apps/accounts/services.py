"""Writes: accounts and API keys."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from apps.usage import services as usage
from ttsplatform.errors import ApiError

from .keys import key_digest, key_generate
from .models import SCOPES, Account, ApiKey, Membership, Plan, User
from .selectors import keys_of, plan_get

MAX_KEYS = 100
_TOUCH_EVERY = timedelta(minutes=1)


def account_create(
    *, email: str, name: str = "", plan: str = "free", password: str | None = None, bonus: int | None = None
) -> Account:
    """A user, an account of which they are the owner, and the sign-up bonus in its ledger; all or nothing.

    `bonus` in characters; None means settings.SIGNUP_BONUS_CHARACTERS. Raises bad_request for a bad
    e-mail, plan or password, conflict where the e-mail is taken.
    """
    email = email.strip().lower()
    _validate(validate_email, email, param="email")
    if password is not None:
        _validate(validate_password, password, param="password")
    characters = settings.SIGNUP_BONUS_CHARACTERS if bonus is None else bonus
    with transaction.atomic():
        chosen = plan_get(plan)
        try:
            with transaction.atomic():
                user = User.objects.create_user(email, password, name=name)
        except IntegrityError:
            raise ApiError("conflict", f"There is an account for {email} already.", param="email") from None
        return account_for(user, chosen, characters)


def account_for(user: User, plan: Plan, characters: int) -> Account:
    """An account of which `user` is the owner, with the sign-up bonus in its ledger. Needs an open transaction."""
    account = Account.objects.create(name=user.name or user.email.split("@")[0], plan=plan)
    Membership.objects.create(user=user, account=account, role=Membership.Role.OWNER)
    if characters:
        account.balance = usage.grant(account.pk, characters, "sign-up bonus")
    return account


def signed_up(user: User) -> Account:
    """What a person who has just signed up is given: an account on the free plan, with the sign-up bonus."""
    with transaction.atomic():
        return account_for(user, plan_get("free"), settings.SIGNUP_BONUS_CHARACTERS)


def _validate(validator: Any, value: str, *, param: str) -> None:
    try:
        validator(value)
    except ValidationError as problem:
        raise ApiError("bad_request", " ".join(problem.messages), param=param) from None


def key_create(
    account: Account,
    *,
    name: str,
    scopes: Iterable[str] = (),
    expires_at: datetime | None = None,
    created_by: User | None = None,
    granted_by: ApiKey | None = None,
) -> tuple[ApiKey, str]:
    """A new key: the row, and the key itself, which exists nowhere else and can not be shown again.

    `granted_by` is the key that asked for it, which can not give away more than it may do itself (forbidden).
    """
    wanted = _scopes_checked(scopes, granted_by)
    _expiry_checked(expires_at)
    if keys_of(account).count() >= MAX_KEYS:
        raise ApiError("conflict", f"This account has {MAX_KEYS} API keys already. Delete one first.")
    raw, prefix = key_generate()
    key = ApiKey.objects.create(
        account=account,
        name=name,
        prefix=prefix,
        digest=key_digest(raw),
        scopes=wanted,
        expires_at=expires_at,
        created_by=created_by,
    )
    return key, raw


def key_update(key: ApiKey, *, granted_by: ApiKey | None = None, **changes: Any) -> ApiKey:
    """Change `name`, `scopes` or `expires_at` of a key, under the same rules as key_create."""
    if "scopes" in changes:
        changes["scopes"] = _scopes_checked(changes["scopes"], granted_by)
    if "expires_at" in changes:
        _expiry_checked(changes["expires_at"])
    for field in changes:
        if field not in {"name", "scopes", "expires_at"}:
            raise ValueError(f"{field} of an API key can not be changed")
        setattr(key, field, changes[field])
    if changes:
        key.save(update_fields=list(changes))
    return key


def key_revoke(key: ApiKey) -> None:
    """The key stops working with the next request. Its row stays, for the ledger."""
    ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=timezone.now())
    key.refresh_from_db(fields=["revoked_at"])


def key_touch(key: ApiKey) -> None:
    """Note that the key was used, at most once a minute; a conditional UPDATE, so that races write once."""
    now = timezone.now()
    if key.last_used_at is not None and key.last_used_at > now - _TOUCH_EVERY:
        return
    stale = Q(last_used_at=None) | Q(last_used_at__lte=now - _TOUCH_EVERY)
    ApiKey.objects.filter(stale, pk=key.pk).update(last_used_at=now)
    key.last_used_at = now


def _scopes_checked(scopes: Iterable[str], granted_by: ApiKey | None) -> list[str]:
    wanted = sorted(set(scopes))
    unknown = [scope for scope in wanted if scope not in SCOPES]
    if unknown:
        raise ApiError(
            "bad_request", f"Unknown scope: {unknown[0]}. Scopes are: {', '.join(SCOPES)}.", param="scopes"
        )
    if granted_by is not None and granted_by.scopes:
        # An empty list would mean everything, which is more than this key may do.
        missing = [scope for scope in wanted or SCOPES if not granted_by.allows(scope)]
        if missing:
            raise ApiError(
                "forbidden",
                f"This API key can not give the scope {missing[0]!r}, which it does not have itself. "
                f"Name scopes out of: {', '.join(granted_by.scopes)}.",
                param="scopes",
            )
    return wanted


def _expiry_checked(expires_at: datetime | None) -> None:
    if expires_at is not None and expires_at <= timezone.now():
        raise ApiError("bad_request", "expires_at must lie in the future.", param="expires_at")
