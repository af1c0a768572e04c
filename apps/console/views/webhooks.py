"""Webhooks: where they go, what signs them, the log of what was sent."""

from __future__ import annotations

import json
import uuid

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from apps.accounts.models import Account
from apps.webhooks import selectors, services
from apps.webhooks.models import EVENTS, DeliveryStatus
from ttsplatform.errors import ApiError

from ..pages import before_of, page, pager

PAGE = 25


class WebhookForm(forms.Form):
    """A new receiver."""

    url = forms.CharField(
        label="Address", max_length=2000, widget=forms.URLInput(attrs={"placeholder": "https://"})
    )
    description = forms.CharField(max_length=200, required=False)
    events = forms.MultipleChoiceField(
        choices=[(event, event) for event in EVENTS],
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text="None ticked: all of them.",
    )


class LogFilter(forms.Form):
    """The query string of the log."""

    status = forms.ChoiceField(
        label="State",
        choices=[("", "Any"), *((value, value.capitalize()) for value in DeliveryStatus.values)],
        required=False,
    )


@page("GET", "HEAD", "POST")
def webhooks(request: HttpRequest, account: Account) -> HttpResponse:
    """The account's receivers. POST registers one: the answer shows its secret, this once."""
    form, secret = WebhookForm(request.POST or None), ""
    if request.method == "POST" and form.is_valid():
        try:
            secret = services.endpoint_create(account, **form.cleaned_data).secret
        except ApiError as error:
            form.add_error("url" if error.param == "url" else None, error.message)
        else:
            form = WebhookForm()
    return _list(request, account, form, secret)


def _list(request: HttpRequest, account: Account, form: WebhookForm, secret: str = "") -> HttpResponse:
    context = {
        "account": account,
        "form": form,
        "secret": secret,
        "endpoints": selectors.endpoints_of(account),
        "default": services.secret_of(account),
        "overlap": int(services.OVERLAP_HOURS),
    }
    return render(request, "console/webhooks.html", context)


@page("POST")
def test(request: HttpRequest, account: Account, endpoint_id: uuid.UUID) -> HttpResponse:
    sent = services.endpoint_test(selectors.endpoint_of(account, endpoint_id))
    messages.success(request, "A test message is on its way. This page shows what becomes of it.")
    return redirect("console-delivery", sent.pk)


@page("POST")
def rotate(request: HttpRequest, account: Account, endpoint_id: uuid.UUID) -> HttpResponse:
    endpoint = selectors.endpoint_of(account, endpoint_id)
    services.secret_rotate(endpoint)
    return _list(request, account, WebhookForm(), endpoint.secret)


@page("POST")
def rotate_default(request: HttpRequest, account: Account) -> HttpResponse:
    services.secret_rotate(services.secret_of(account))
    messages.success(request, "There is a new secret for the webhook_url of single orders.")
    return redirect("console-webhooks")


@page("POST")
def switch(request: HttpRequest, account: Account, endpoint_id: uuid.UUID) -> HttpResponse:
    endpoint = selectors.endpoint_of(account, endpoint_id)
    on = request.POST.get("on") == "yes"
    services.endpoint_update(endpoint, enabled=on)
    messages.success(request, f"{endpoint.url} is switched {'on' if on else 'off'}.")
    return redirect("console-webhooks")


@page("POST")
def delete(request: HttpRequest, account: Account, endpoint_id: uuid.UUID) -> HttpResponse:
    endpoint = selectors.endpoint_of(account, endpoint_id)
    services.endpoint_delete(endpoint)
    messages.success(request, f"{endpoint.url} is deleted, and its log with it.")
    return redirect("console-webhooks")


@page()
def log(request: HttpRequest, account: Account) -> HttpResponse:
    """What was sent, newest first."""
    form = LogFilter(request.GET)
    status = form.cleaned_data["status"] if form.is_valid() else ""
    found, older = selectors.deliveries_page(account, size=PAGE, before=before_of(request), status=status)
    context = {"account": account, "form": form, "deliveries": found, **pager(request, older)}
    return render(request, "console/deliveries.html", context)


@page()
def delivery(request: HttpRequest, account: Account, delivery_id: uuid.UUID) -> HttpResponse:
    """One message: what was sent, and every try."""
    found = selectors.delivery_of(account, delivery_id)
    payload = json.dumps(found.payload, indent=2, ensure_ascii=False)
    return render(
        request, "console/delivery.html", {"account": account, "delivery": found, "payload": payload}
    )


@page("POST")
def replay(request: HttpRequest, account: Account, delivery_id: uuid.UUID) -> HttpResponse:
    services.delivery_replay(selectors.delivery_of(account, delivery_id))
    messages.success(request, "It is sent again now, under the same webhook-id.")
    return redirect("console-delivery", delivery_id)
