"""The account's own voices."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from apps.accounts.models import Account
from apps.voices import services
from apps.voices.models import VoiceStatus
from apps.voices.removing import voice_delete
from apps.voices.selectors import quota_of, voice_get, voices_of

from ..pages import caller_of, page


@page()
def voices(request: HttpRequest, account: Account) -> HttpResponse:
    """The saved voices, archived ones too, and how many more the plan allows."""
    caller = caller_of(request, account)
    context = {
        "account": account,
        "voices": voices_of(caller).order_by("-created_at", "-number"),
        "quota": quota_of(caller),
        "archived": VoiceStatus.ARCHIVED,
    }
    return render(request, "console/voices.html", context)


@page("POST")
def archive(request: HttpRequest, account: Account, voice_id: uuid.UUID) -> HttpResponse:
    voice = voice_get(caller_of(request, account), id=voice_id)
    services.voice_archive(voice)
    messages.success(request, f"{voice.name} is archived: kept, but it does not speak.")
    return redirect("console-voices")


@page("POST")
def reactivate(request: HttpRequest, account: Account, voice_id: uuid.UUID) -> HttpResponse:
    voice = voice_get(caller_of(request, account), id=voice_id)
    services.voice_reactivate(voice)
    messages.success(request, f"{voice.name} may speak again.")
    return redirect("console-voices")


@page("POST")
def delete(request: HttpRequest, account: Account, voice_id: uuid.UUID) -> HttpResponse:
    voice = voice_get(caller_of(request, account), id=voice_id)
    voice_delete(voice)
    messages.success(request, f"{voice.name} is deleted, with its recordings and what was made of them.")
    return redirect("console-voices")
