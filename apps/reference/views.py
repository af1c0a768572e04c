"""Pages for whoever writes programs against this server; nobody needs to sign in."""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.decorators.http import require_safe

from apps.accounts.models import SCOPES
from apps.jobs.links import origin_of
from apps.webhooks.described import MESSAGE
from apps.webhooks.models import TEST_EVENT
from ttsplatform.errors import ApiError, error_response

from . import pages
from .document import document
from .sections import sections_at
from .state import SAID, state_now
from .wrongs import error_example

TONES = {"working": "success", "degraded": "warning", "down": "error"}


@require_safe
def openapi(request: HttpRequest) -> HttpResponse:
    """GET /docs/openapi.json, which pages of any origin may read."""
    headers = {"Access-Control-Allow-Origin": "*"}
    return JsonResponse(document(request), json_dumps_params={"ensure_ascii": False}, headers=headers)


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """GET /docs/: how to begin, and every call."""
    origin = origin_of(request)
    index = [
        {
            "method": each.method,
            "path": each.path,
            "summary": each.summary,
            "found_by": f"{each.found_by} {page.name.lower()}",
            "address": f"{page.path}#{each.anchor}",
            "dialect": page.name,
        }
        for page in pages.PAGES
        for each in sections_at(origin, page.slug)
    ]
    more = {
        "dialects": pages.PAGES,
        "index": index,
        "origin": origin,
        "hello": pages.HELLO.replace("%URL%", origin),
        "scopes": ", ".join(SCOPES),
        "anonymous": settings.ANONYMOUS_DAILY_CHARACTERS,
    }
    return _page(request, "home", "Documentation", more)


@require_safe
def dialect(request: HttpRequest, slug: str) -> HttpResponse:
    """GET /docs/<slug>: one public API."""
    page = next((each for each in pages.PAGES if each.slug == slug), None)
    if page is None:
        return error_response(request, ApiError("not_found", "There is no such page of the documentation."))
    origin = origin_of(request)
    more = {
        "introduction": page.introduction,
        "base": origin + page.base,
        "start": pages.start_of(page, origin),
        "sections": sections_at(origin, page.slug),
        "wrong": json.dumps(error_example(page.slug, "rate_limited"), indent=1),
    }
    return _page(request, "dialect", page.name, more)


@require_safe
def sockets(request: HttpRequest) -> HttpResponse:
    """GET /docs/sockets."""
    origin = origin_of(request)
    shown = [pages.socket_shown(each, origin) for each in pages.SOCKETS]
    return _page(request, "sockets", "Sockets", {"sockets": shown, "ws": pages.websocket_origin(origin)})


@require_safe
def webhooks(request: HttpRequest) -> HttpResponse:
    """GET /docs/webhooks."""
    more = {
        "message": json.dumps(MESSAGE, indent=1, ensure_ascii=False),
        "checked": pages.CHECKED,
        "by_hand": pages.BY_HAND,
        "test_event": TEST_EVENT,
        "days": settings.WEBHOOK_DISABLE_DAYS,
        "platform": pages.PLATFORM.path,
    }
    return _page(request, "webhooks", "Webhooks", more)


@require_safe
def status(request: HttpRequest) -> HttpResponse:
    """GET /status: what works. Made without the request, so that it comes even where nobody's session can be read."""
    state = state_now()
    more = {"state": state, "words": SAID[state.status], "tone": TONES[state.status]}
    return HttpResponse(render_to_string("reference/status.html", _context(request, "Status", more)))


@require_safe
def status_json(request: HttpRequest) -> HttpResponse:
    """GET /status.json: the same for programs."""
    return JsonResponse(state_now().as_json(), headers={"Access-Control-Allow-Origin": "*"})


def _page(request: HttpRequest, template: str, title: str, more: dict[str, Any]) -> HttpResponse:
    return render(request, f"reference/{template}.html", _context(request, title, more))


def _context(request: HttpRequest, title: str, more: dict[str, Any]) -> dict[str, Any]:
    # `section` belongs to the console's navigation, where none of these pages is.
    return {"title": title, "tabs": pages.TABS, "here": request.path, "section": "docs", **more}
