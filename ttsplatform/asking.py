"""Pages of the staff that ask for a reason before something is done. The reason goes to the audit log."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Model
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.urls import reverse
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminTextInputWidget


class ReasonForm(forms.Form):
    reason = forms.CharField(
        max_length=150, widget=UnfoldAdminTextInputWidget(), help_text="Kept in the audit log."
    )


def ask(
    admin: ModelAdmin, request: HttpRequest, row: Model, form: forms.Form, **shown: Any
) -> TemplateResponse:
    """The page with `form` about `row`. `shown`: title, words (what will happen), button, and variant ("danger")."""
    context = {
        **admin.admin_site.each_context(request),
        "opts": admin.opts,
        "original": row,
        "form": form,
        "back": page_of(row),
        **shown,
    }
    return TemplateResponse(request, "admin/ask.html", context)


def page_of(row: Model) -> str:
    """Where the staff's page of a row is."""
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])
