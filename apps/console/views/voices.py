"""The account's own voices: made of a recording, kept, deleted."""

from __future__ import annotations

import uuid

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from apps.accounts.models import Account
from apps.usage.pricing import characters_for
from apps.voices import services
from apps.voices.families import demand_spoken, family, language_code
from apps.voices.links import REFERENCE, SAMPLE, path_of
from apps.voices.models import Voice, VoiceStatus
from apps.voices.references import Recording
from apps.voices.removing import voice_delete
from apps.voices.sampling import sample_make
from apps.voices.selectors import quota_of, voice_get, voices_of
from apps.voices.services import Wish
from apps.voices.speaking import SAMPLE as SENTENCE
from apps.voices.speaking import speaker_of
from apps.voices.uploads import SAVED_VOICE, checked_upload
from ttsplatform.errors import ApiError

from ..pages import caller_of, ordering, page
from ..tools import language_choices


class VoiceForm(forms.Form):
    """A recording of somebody who agreed."""

    name = forms.CharField(max_length=100)
    language = forms.ChoiceField(help_text="What it is to speak.")
    file = forms.FileField(
        label="Recording",
        widget=forms.ClearableFileInput(attrs={"accept": "audio/*,video/*"}),
        help_text=f"{SAVED_VOICE.min_seconds:g} to {SAVED_VOICE.max_seconds:g} seconds of one person, without music.",
    )
    consent = forms.BooleanField(label="The speaker agrees to this, and I may say so for them.")


@page("GET", "HEAD", "POST")
def voices(request: HttpRequest, account: Account) -> HttpResponse:
    """The saved voices, archived ones too, and how many more the plan allows. POST makes one of a recording."""
    caller = caller_of(request, account)
    form = VoiceForm(request.POST or None, request.FILES or None, initial={"language": "en"})
    field = form.fields["language"]
    assert isinstance(field, forms.ChoiceField)
    field.choices = language_choices()
    if request.method == "POST" and form.is_valid():
        try:
            voice = _made(request, account, form)
        except ApiError as error:
            form.add_error(error.param if error.param in form.fields else None, error.message)
        else:
            messages.success(request, f"{voice.name} is made. {voice.note}".strip())
            return redirect("console-voices")
    context = {
        "account": account,
        "form": form,
        "voices": voices_of(caller).order_by("-created_at", "-number"),
        "quota": quota_of(caller),
        "archived": VoiceStatus.ARCHIVED,
    }
    return render(request, "console/voices.html", context)


def _made(request: HttpRequest, account: Account, form: VoiceForm) -> Voice:
    """The voice that the form asks for, built, or still being built where that takes long."""
    caller, wanted = ordering(request, account), form.cleaned_data
    language = language_code(wanted["language"])
    model = family(None, language)
    demand_spoken(model, [language])
    upload = wanted["file"]
    recording = Recording(checked_upload(upload, SAVED_VOICE, param="file"), (upload.name or "")[:200])
    wish = Wish(wanted["name"], model, language, consent=True)
    return services.voice_create(caller, [recording], wish, request_id=getattr(request, "request_id", ""))


@page()
def voice(request: HttpRequest, account: Account, voice_id: uuid.UUID) -> HttpResponse:
    """One voice: the recording it was made of, beside a sentence that it speaks."""
    found = voice_get(caller_of(request, account), id=voice_id)
    return _voice(request, account, found)


def _voice(request: HttpRequest, account: Account, found: Voice, problem: str = "") -> HttpResponse:
    speaks = found.status == VoiceStatus.ACTIVE and found.built is not None
    sentence = found.sample_text or SENTENCE
    context = {
        "account": account,
        "voice": found,
        "problem": problem,
        "archived": VoiceStatus.ARCHIVED,
        "speaks": speaks,
        "before": path_of(found, REFERENCE),
        "after": path_of(found, SAMPLE),
        "sentence": sentence,
        "price": characters_for(len(sentence), speaker_of(found).tier) if speaks else 0,
    }
    return render(request, "console/voice.html", context, status=400 if problem else 200)


@page("POST")
def sample(request: HttpRequest, account: Account, voice_id: uuid.UUID) -> HttpResponse:
    """Have the voice speak its sentence, as speech that is charged, and keep it with the voice."""
    found = voice_get(caller_of(request, account), id=voice_id)
    try:
        caller = ordering(request, account)
        text = found.sample_text or SENTENCE
        sample_make(caller, found, text, request_id=getattr(request, "request_id", ""))
    except ApiError as error:
        return _voice(request, account, found, error.message)
    return redirect("console-voice", voice_id)


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
