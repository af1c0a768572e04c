"""How the staff's pages look: django-unfold's setting. Colours are those of the console; nothing is another host's.

The sidebar is groups of `page(...)`; whoever adds a page of their own adds a line to a group. A line is shown to those
who may open its page.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse_lazy


def page(title: str, icon: str, name: str, permission: str) -> dict[str, Any]:
    """A line of the sidebar: `icon` out of Material Symbols (served by ourselves), `name` of a URL, who may see it."""
    return {"title": title, "icon": icon, "link": reverse_lazy(name), "permission": _may(permission)}


def rows(title: str, icon: str, model: str) -> dict[str, Any]:
    """A line that leads to the list of a model, "app.model"."""
    app, _, name = model.partition(".")
    return page(title, icon, f"admin:{app}_{name}_changelist", f"{app}.view_{name}")


def _may(permission: str) -> Callable[[HttpRequest], bool]:
    def allowed(request: HttpRequest) -> bool:
        return bool(request.user.has_perm(permission))

    return allowed


def for_all(title: str, icon: str, name: str) -> dict[str, Any]:
    """A line that every one of the staff may follow."""
    return {"title": title, "icon": icon, "link": reverse_lazy(name), "permission": _is_staff}


def _is_staff(request: HttpRequest) -> bool:
    return bool(request.user.is_staff)


def _mark(_request: HttpRequest) -> str:
    return static("console/mark.svg")


def _sheet(_request: HttpRequest) -> str:
    return static("console/staff.css")


def first_page(_request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """The first page lists what the sidebar does, in its groups; what is in none of them comes last."""
    models = {model["admin_url"]: model for app in context["app_list"] for model in app["models"]}
    groups = []
    for group in context["sidebar_navigation"]:
        lines = [item for item in group["items"] if item["has_permission"]]
        shown = [
            {**models.pop(str(item["link"]), {}), "name": item["title"], "admin_url": str(item["link"])}
            for item in lines
        ]
        groups.append({"name": group["title"], "models": shown})
    groups.append({"name": "Others", "models": list(models.values())})
    here = {"app_url": reverse_lazy("admin:index")}
    return context | {"title": "For staff", "app_list": [group | here for group in groups if group["models"]]}


UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "Voice platform",
    "SITE_HEADER": "Voice platform",
    "SITE_SUBHEADER": "For staff",
    "SITE_URL": "/console/",
    "SITE_ICON": _mark,
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": _mark}],
    "SHOW_VIEW_ON_SITE": False,
    "STYLES": [_sheet],
    "DASHBOARD_CALLBACK": "ttsplatform.staff.first_page",
    "BORDER_RADIUS": "8px",
    "COLORS": {
        "primary": {
            "50": "#eef0ff",
            "100": "#e0e4ff",
            "200": "#c7cffe",
            "300": "#a5b4fc",
            "400": "#a5b4fc",
            # Words in the dark look have this colour, so it is lighter than its number says.
            "500": "#8b93f9",
            "600": "#4338ca",
            "700": "#3730a3",
            "800": "#312e81",
            "900": "#272b4a",
            "950": "#1e1b4b",
        },
        "font": {"subtle-light": "var(--color-base-600)", "subtle-dark": "var(--color-base-300)"},
    },
    "SIDEBAR": {
        "show_search": False,
        "navigation": [
            {
                "title": "Now",
                "items": [
                    for_all("Dashboard", "monitoring", "operations:dashboard"),
                    for_all("Models", "deployed_code", "operations:models"),
                ],
            },
            {
                "title": "Customers",
                "items": [
                    rows("Accounts", "apartment", "accounts.account"),
                    rows("People", "person", "accounts.user"),
                    rows("Keys", "key", "accounts.apikey"),
                    rows("Plans", "sell", "accounts.plan"),
                    rows("Voices", "record_voice_over", "voices.voice"),
                    rows("Second factors", "lock", "mfa.authenticator"),
                    rows("Addresses", "mail", "account.emailaddress"),
                ],
            },
            {
                "title": "Work",
                "items": [
                    rows("Jobs", "work", "jobs.job"),
                    rows("Paused queues", "pause_circle", "jobs.pausedqueue"),
                    rows("Webhooks", "webhook", "webhooks.endpoint"),
                    rows("Deliveries", "outbox", "webhooks.delivery"),
                ],
            },
            {"title": "Money", "items": [rows("Ledger", "receipt_long", "usage.ledgerentry")]},
            {"title": "Platform", "items": [rows("Groups of staff", "groups", "auth.group")]},
            {"title": "Audit", "items": [rows("What staff did", "history", "admin.logentry")]},
        ],
    },
}
