"""Shapes of keys and accounts on the wire."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from .models import SCOPES, Account, ApiKey


class KeyInput(serializers.Serializer[Any]):
    """Body of POST and PATCH /v1/keys/."""

    name = serializers.CharField(max_length=100)
    scopes = serializers.ListField(child=serializers.ChoiceField(choices=SCOPES), required=False)
    expires_at = serializers.DateTimeField(required=False, allow_null=True)


def key_shown(key: ApiKey) -> dict[str, Any]:
    """A key as its owner sees it. The key itself is shown once, by the answer that made it."""
    return {
        "id": str(key.pk),
        "name": key.name,
        "prefix": key.shown_prefix,
        "scopes": key.scopes,
        "created_at": key.created_at,
        "expires_at": key.expires_at,
        "last_used_at": key.last_used_at,
    }


def account_shown(account: Account) -> dict[str, Any]:
    """An account as its keys see it; `balance` in characters."""
    plan = account.plan
    return {
        "id": str(account.pk),
        "name": account.name,
        "plan": {"slug": plan.slug, "name": plan.name},
        "balance": account.balance,
        "limits": {
            "requests_per_minute": plan.requests_per_minute,
            "concurrency": plan.concurrency,
            "max_text_chars": plan.max_text_chars,
            "max_queued_jobs": plan.max_queued_jobs,
            "retention_days": plan.retention_days,
        },
    }
