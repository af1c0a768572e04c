"""API keys: made and shown once, limited, revoked."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from apps.accounts import services
from apps.accounts.models import SCOPES, Account
from apps.accounts.selectors import key_get, keys_of
from ttsplatform.errors import ApiError

from ..pages import page, person

WHAT_SCOPES_OPEN = {
    "speech": "Speech: text to sound",
    "audio": "Audio: transcription and the audio tools",
    "jobs": "Jobs",
    "voices": "Voices",
    "usage": "Usage and balance",
    "keys": "Keys: make and revoke others",
    "webhooks": "Webhooks",
}


class KeyForm(forms.Form):
    """What a new key is called, may do, and until when."""

    name = forms.CharField(max_length=100, help_text="Where it will be used, so that you know it again.")
    scopes = forms.MultipleChoiceField(
        label="What it may do",
        choices=[(scope, WHAT_SCOPES_OPEN.get(scope, scope)) for scope in SCOPES],
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text="None ticked: everything that your account may.",
    )
    last_day = forms.DateField(
        label="Last day", widget=forms.DateInput(attrs={"type": "date"}), required=False, help_text="In UTC."
    )

    @property
    def expires_at(self) -> dt.datetime | None:
        """The end of the last day, UTC."""
        day = self.cleaned_data["last_day"]
        return dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), dt.UTC) if day else None


@page("GET", "HEAD", "POST")
def keys(request: HttpRequest, account: Account) -> HttpResponse:
    """The account's keys. POST makes one: the answer is the only page that ever shows it."""
    form, made = KeyForm(request.POST or None), None
    if request.method == "POST" and form.is_valid():
        try:
            made = services.key_create(
                account,
                name=form.cleaned_data["name"],
                scopes=form.cleaned_data["scopes"],
                expires_at=form.expires_at,
                created_by=person(request),
            )
        except ApiError as error:
            form.add_error("last_day" if error.param == "expires_at" else None, error.message)
        else:
            form = KeyForm()
    context: dict[str, Any] = {"account": account, "form": form, "keys": keys_of(account), "made": made}
    return render(request, "console/keys.html", context)


@page("POST")
def revoke(request: HttpRequest, account: Account, key_id: uuid.UUID) -> HttpResponse:
    key = key_get(account, key_id)
    services.key_revoke(key)
    messages.success(request, f"The key {key.name} has been revoked: it works no more.")
    return redirect("console-keys")
