"""Where allauth meets our accounts."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from apps.accounts.addresses import client_address
from apps.accounts.models import User
from apps.accounts.selectors import shut_out
from apps.accounts.services import signed_up


class Adapter(DefaultAccountAdapter):
    def save_user(self, request: HttpRequest, user: User, form: Any, commit: bool = True) -> User:
        """The person and their account: both or neither."""
        with transaction.atomic():
            super().save_user(request, user, form, commit)
            if commit:
                signed_up(user)
        return user

    def pre_login(self, request: HttpRequest, user: User, **about: Any) -> HttpResponse | None:
        """Staff are made by the operator (createsuperuser), who vouches for their address: no mail has to come.

        Whoever belongs to nothing but accounts that are switched off does not get in.
        """
        answer: HttpResponse | None = super().pre_login(request, user, **about)
        if answer is None and not user.is_staff and shut_out(user):
            return redirect("account_inactive")
        if answer is None and user.is_staff and not EmailAddress.objects.filter(user=user).exists():
            EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
        return answer

    def get_client_ip(self, request: HttpRequest) -> str:
        """Whose attempts are counted together; the proxies that are believed are ours."""
        return client_address(request) or "unknown"
