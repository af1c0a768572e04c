"""The first page: what there is, what it costs, what is going on."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from apps.accounts.models import Account
from apps.accounts.selectors import keys_of
from apps.jobs.selectors import jobs_of, unfinished_of
from apps.limits.gate import peek
from apps.usage.selectors import usage_by

from ..pages import caller_of, page
from ..plots import columns

DAYS = 30


@page()
def overview(request: HttpRequest, account: Account) -> HttpResponse:
    """Balance, plan, limits and how much of them is in use, the last days' use, the last jobs."""
    rows = usage_by(account, days=DAYS)
    context = {
        "account": account,
        "plan": account.plan,
        "waiting": unfinished_of(account),
        "rate": peek(caller_of(request, account)),
        "keys": keys_of(account).count(),
        "days": DAYS,
        "spent": sum(row["characters"] for row in rows),
        "plot": columns(rows, days=DAYS),
        "jobs": jobs_of(account)[:5],
    }
    return render(request, "console/overview.html", context)
