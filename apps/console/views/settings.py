"""The person: how pages look, the way out."""

from __future__ import annotations

from allauth.core import ratelimit
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django import forms
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from apps.accounts.leaving import user_delete
from apps.accounts.models import Account
from ttsplatform.errors import ApiError

from ..context import COOKIE, LOOKS
from ..pages import page, person

YEAR = 365 * 24 * 3600


class DeleteForm(forms.Form):
    """Deleting asks for the password again, in case somebody else sits at the keyboard."""

    password = forms.CharField(
        label="Your password", widget=forms.PasswordInput(attrs={"autocomplete": "current-password"})
    )


@require_POST
def look(request: HttpRequest) -> HttpResponse:
    """Remember in a cookie how pages are to look, and go back; works before signing in too."""
    back = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}):
        back = "/console/"
    response = HttpResponseRedirect(back)
    chosen = request.POST.get("look")
    if chosen in LOOKS:
        response.set_cookie(COOKIE, chosen, max_age=YEAR, httponly=True, samesite="Lax")
    return response


@page()
def settings(request: HttpRequest, account: Account) -> HttpResponse:
    second_factor = is_mfa_enabled(person(request), [Authenticator.Type.TOTP])
    return render(request, "console/settings.html", {"account": account, "second_factor": second_factor})


@page("GET", "HEAD", "POST")
def delete(request: HttpRequest, account: Account) -> HttpResponse:
    """Delete the person and what only they had, after their password."""
    form = DeleteForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        user = person(request)
        if not ratelimit.consume(request, action="reauthenticate", user=user):
            raise ApiError("rate_limited", "Too many tries. Wait a minute, then try again.")
        if user.check_password(form.cleaned_data["password"]):
            user_delete(user)
            logout(request)
            messages.success(request, "Your account has been deleted. Good-bye.")
            return redirect("account_login")
        form.add_error("password", "That is not your password.")
    return render(request, "console/delete.html", {"account": account, "form": form})
