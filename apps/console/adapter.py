"""Where allauth meets our accounts."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.db import transaction
from django.http import HttpRequest

from apps.accounts.addresses import client_address
from apps.accounts.models import User
from apps.accounts.services import signed_up


class Adapter(DefaultAccountAdapter):
    def save_user(self, request: HttpRequest, user: User, form: Any, commit: bool = True) -> User:
        """The person and their account: both or neither."""
        with transaction.atomic():
            super().save_user(request, user, form, commit)
            if commit:
                signed_up(user)
        return user

    def get_client_ip(self, request: HttpRequest) -> str:
        """Whose attempts are counted together; the proxies that are believed are ours."""
        return client_address(request) or "unknown"
