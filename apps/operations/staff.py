"""Staff's dashboard. Django's admin lets nobody else in (admin_view)."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.models import ADDITION, DELETION, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.views.decorators.http import require_POST, require_safe

from apps.jobs.models import DrainedWorker

from .dashboard import board
from .draining import can_be_drained, worker_drain, worker_resume


@require_safe
def dashboard(request: HttpRequest) -> HttpResponse:
    """GET /admin/dashboard/: the last hour and this moment."""
    context = {**admin.site.each_context(request), "title": "Dashboard", **_board(request)}
    return TemplateResponse(request, "operations/dashboard.html", context)


@require_safe
def dashboard_now(request: HttpRequest) -> JsonResponse:
    """GET /admin/dashboard.json: {html} with what the page shows now; its module puts it in place."""
    html = render_to_string("operations/board.html", _board(request), request)
    return JsonResponse({"html": html}, headers={"Cache-Control": "no-store"})


def _board(request: HttpRequest) -> dict[str, Any]:
    sees_accounts = request.user.has_perm("accounts.view_account")
    return {"board": board(with_accounts=sees_accounts)}


@require_POST
def drain(request: HttpRequest) -> HttpResponse:
    """POST /admin/workers/drain/ {worker}: it takes nothing new."""
    name = _worker(request, "jobs.add_drainedworker")
    with transaction.atomic():
        row = worker_drain(name, by=str(request.user))
        if row is not None:
            _log(request, row, ADDITION, "Drained.")
    messages.success(request, f"{name} takes nothing new, and finishes what it has.")
    return redirect("operations:dashboard")


@require_POST
def resume(request: HttpRequest) -> HttpResponse:
    """POST /admin/workers/resume/ {worker}: it works again."""
    name = _worker(request, "jobs.delete_drainedworker")
    with transaction.atomic():
        row = worker_resume(name)
        if row is not None:
            _log(request, row, DELETION, "Resumed.")
    messages.success(request, f"{name} works again.")
    return redirect("operations:dashboard")


def _worker(request: HttpRequest, permission: str) -> str:
    if not request.user.has_perm(permission):
        raise PermissionDenied
    name = request.POST.get("worker", "")
    if not can_be_drained(name):
        raise Http404
    return name


def _log(request: HttpRequest, row: DrainedWorker, flag: int, words: str) -> None:
    LogEntry.objects.create(
        user=request.user,
        content_type=ContentType.objects.get_for_model(row),
        object_id=row.name,
        object_repr=row.name,
        action_flag=flag,
        change_message=words,
    )
