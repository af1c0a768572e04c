"""What every template may use."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

LOOKS = ("auto", "light", "dark")
COOKIE = "look"


def look(request: HttpRequest) -> dict[str, Any]:
    """`look`: auto (as the system has it), light or dark; `section`: the part of the console, for the navigation."""
    chosen = request.COOKIES.get(COOKIE, "auto")
    return {
        "look": chosen if chosen in LOOKS else "auto",
        "looks": LOOKS,
        "section": _section(request.path),
    }


def _section(path: str) -> str:
    if path.startswith("/console/"):
        return path.removeprefix("/console/").partition("/")[0] or "overview"
    # Passwords, addresses and second factors are reached from the settings.
    return "settings" if path.startswith("/accounts/") else ""
