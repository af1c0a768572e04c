"""Batches: a table of texts, ordered and paid for together."""

from __future__ import annotations

import uuid

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from apps.accounts.models import Account
from apps.jobs.batch_ends import batch_state
from apps.jobs.batches import MAX_ITEMS, batch_cancel, batch_of, batch_purge, batch_submit, batches_of
from apps.jobs.links import batch_zip_path, origin_of
from ttsplatform.errors import ApiError
from ttsplatform.keyset import page_of

from ..pages import before_of, caller_of, ordering, page, pager
from ..sheets import orders_of
from ..speaking import choices

PAGE = 25


class SheetForm(forms.Form):
    """A file, and who speaks the rows that name nobody."""

    file = forms.FileField(
        label="CSV file",
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,text/csv"}),
        help_text=f"Up to {MAX_ITEMS} rows. The first one names the columns: text, and voice if you like, "
        "such as kokoro/af_bella.",
    )
    choice = forms.ChoiceField(label="Speaker of rows without a voice")


@page("GET", "HEAD", "POST")
def batches(request: HttpRequest, account: Account) -> HttpResponse:
    """The account's batches. POST orders one: all of its rows, or none."""
    caller = caller_of(request, account)
    form = SheetForm(request.POST or None, request.FILES or None)
    voices = [(voice.value, f"{voice.name} · {voice.language} · {voice.model}") for voice in choices(caller)]
    field = form.fields["choice"]
    assert isinstance(field, forms.ChoiceField)
    field.choices = voices
    if any(value == "kokoro/af_heart" for value, _ in voices):
        field.initial = "kokoro/af_heart"
    if request.method == "POST" and form.is_valid():
        try:
            caller = ordering(request, account)
            orders = orders_of(caller, form.cleaned_data["file"], form.cleaned_data["choice"])
            request_id = getattr(request, "request_id", "")
            made = batch_submit(caller, orders, request_id=request_id, origin=origin_of(request))
            return redirect("console-batch", made.pk)
        except ApiError as error:
            form.add_error("file" if error.param == "file" else None, error.message)
    found, older = page_of(batches_of(account), size=PAGE, before=before_of(request))
    context = {"account": account, "form": form, "batches": found, **pager(request, older)}
    return render(request, "console/batches.html", context)


@page()
def batch(request: HttpRequest, account: Account, batch_id: uuid.UUID) -> HttpResponse:
    """One batch with its rows."""
    found = batch_of(account, batch_id.hex)
    state = batch_state(found)
    sounds = found.finished_at and any(job.result for job in state.jobs)
    context = {
        "account": account,
        "batch": found,
        "state": state,
        "jobs": state.jobs,
        "zip": batch_zip_path(found) if sounds else None,
    }
    return render(request, "console/batch.html", context)


@page("POST")
def cancel(request: HttpRequest, account: Account, batch_id: uuid.UUID) -> HttpResponse:
    ended = batch_cancel(batch_of(account, batch_id.hex))
    messages.success(request, f"{ended} rows were cancelled; their characters are yours again.")
    return redirect("console-batch", batch_id)


@page("POST")
def delete(request: HttpRequest, account: Account, batch_id: uuid.UUID) -> HttpResponse:
    batch_purge(batch_of(account, batch_id.hex))
    messages.success(request, "Its texts and sound have been deleted.")
    return redirect("console-batches")
