"""Staff's dashboard, draining of workers, and list of models. Django's admin lets nobody else in (admin_view)."""

from __future__ import annotations

from typing import Any, cast

import redis
from django.contrib import admin, messages
from django.contrib.admin.models import ADDITION, CHANGE, DELETION, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.models import User
from apps.catalog.selectors import find_model
from apps.jobs.models import DrainedWorker

from .dashboard import board
from .draining import can_be_drained, worker_drain, worker_resume
from .offering import can_be_pulled, offer
from .pulling import pull_ask


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


@require_safe
def models(request: HttpRequest) -> HttpResponse:
    """GET /admin/models/: the catalogue, and what of it is here."""
    context = {**admin.site.each_context(request), "title": "Models", **_offer(request)}
    return TemplateResponse(request, "operations/models.html", context)


@require_safe
def models_now(request: HttpRequest) -> JsonResponse:
    """GET /admin/models.json: as dashboard_now."""
    html = render_to_string("operations/offer.html", _offer(request), request)
    return JsonResponse({"html": html}, headers={"Cache-Control": "no-store"})


@require_POST
def pull(request: HttpRequest) -> HttpResponse:
    """POST /admin/models/pull/ {model}: fetch its weights, unless somebody does so already."""
    if not _may_pull(request):
        raise PermissionDenied
    model = find_model(request.POST.get("model", ""))
    if model is None or not can_be_pulled(model):
        raise Http404
    try:
        made = pull_ask(model.id, by=str(request.user))
    except redis.RedisError:
        messages.error(request, "Valkey does not answer. Try again when it does.")
        return redirect("operations:models")
    if made:
        _log(request, f"model {model.id}", CHANGE, "Pull ordered.")
        messages.success(request, f"{model.name} is being pulled.")
    else:
        messages.info(request, f"{model.name} is being pulled already.")
    return redirect("operations:models")


def _offer(request: HttpRequest) -> dict[str, Any]:
    return {"offer": offer(), "may_pull": _may_pull(request)}


def _may_pull(request: HttpRequest) -> bool:
    """It fills the disk of all workers: not a matter of rows that a group may change."""
    return isinstance(request.user, User) and request.user.is_active and request.user.is_superuser


def _worker(request: HttpRequest, permission: str) -> str:
    if not request.user.has_perm(permission):
        raise PermissionDenied
    name = request.POST.get("worker", "")
    if not can_be_drained(name):
        raise Http404
    return name


def _log(request: HttpRequest, about: DrainedWorker | str, flag: int, words: str) -> None:
    """An entry of the audit log; of what has no row, `about` is the name."""
    row = None if isinstance(about, str) else about
    LogEntry.objects.create(
        user_id=cast(int, request.user.pk),
        content_type=ContentType.objects.get_for_model(row) if row else None,
        object_id=row.name if row else None,
        object_repr=str(about),
        action_flag=flag,
        change_message=words,
    )
