"""Where the characters went: as a plot, a table and CSV."""

from __future__ import annotations

import csv
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from apps.accounts.models import Account
from apps.usage.selectors import GROUPS, usage_by
from ttsplatform.errors import ApiError

from ..pages import page
from ..plots import columns

PERIODS = (7, 30, 90, 366)
# What a spreadsheet would take for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class UsageForm(forms.Form):
    """The query string of both pages here."""

    days = forms.TypedChoiceField(
        label="Period", coerce=int, choices=[(days, f"{days} days") for days in PERIODS]
    )
    by = forms.ChoiceField(label="By", choices=[(by, by.capitalize()) for by in GROUPS])


def asked(request: HttpRequest) -> UsageForm:
    """The form, filled in and found good. Raises bad_request."""
    form = UsageForm({"days": request.GET.get("days", "30"), "by": request.GET.get("by", "day")})
    if not form.is_valid():
        raise ApiError("bad_request", f"days is one of {PERIODS}, by one of {GROUPS}.")
    return form


def named(row: dict[str, Any], by: str) -> str:
    """What a row is called."""
    if by == "key":
        return f"{row['name']} ({row['prefix']}…)" if row["prefix"] else "Console, or a deleted key"
    return str(row[by] or "–")


@page()
def usage(request: HttpRequest, account: Account) -> HttpResponse:
    form = asked(request)
    days, by = form.cleaned_data["days"], form.cleaned_data["by"]
    found = usage_by(account, days=days, by=by)
    top = max((row["characters"] for row in found), default=0) or 1
    rows = [{**row, "called": named(row, by), "share": 100 * row["characters"] / top} for row in found]
    context = {
        "account": account,
        "form": form,
        "days": days,
        "by": by,
        "rows": rows,
        "total": sum(row["characters"] for row in found),
        "jobs": sum(row["jobs"] for row in found),
        "plot": columns(found, days=days) if by == "day" else None,
    }
    return render(request, "console/usage.html", context)


@page()
def usage_csv(request: HttpRequest, account: Account) -> HttpResponse:
    """The same rows as a file."""
    form = asked(request)
    days, by = form.cleaned_data["days"], form.cleaned_data["by"]
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="usage-{days}-days-by-{by}.csv"'
    writer = csv.writer(response)
    writer.writerow([by, "characters", "jobs"])
    for row in usage_by(account, days=days, by=by):
        name = named(row, by)
        writer.writerow(["'" + name if name.startswith(_FORMULA) else name, row["characters"], row["jobs"]])
    return response
