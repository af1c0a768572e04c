"""How values are written on pages."""

from __future__ import annotations

from typing import Any

from django import template
from django.conf.locale import LANG_INFO

register = template.Library()

# Kinds of jobs that are called otherwise among the tools.
_KINDS = {"echo": "Remove echo", "convert": "Change voice", "reformat": "Convert"}


@register.filter
def grouped(number: Any) -> str:
    """12345 → 12 345, with thin spaces that do not break."""
    return f"{int(number or 0):,}".replace(",", "\u202f")


@register.filter
def clock(seconds: Any) -> str:
    """Seconds of sound as m:ss; nothing where there are none."""
    if seconds in (None, ""):
        return ""
    whole = round(float(seconds))
    return f"{whole // 60}:{whole % 60:02d}"


@register.filter
def percent(fraction: Any) -> int:
    """0.5 → 50."""
    return round(100 * float(fraction or 0))


@register.filter
def kind_name(kind: str) -> str:
    """What a kind of job is called where it is ordered."""
    return _KINDS.get(kind) or kind.capitalize()


@register.filter
def language_name(code: str) -> str:
    """de → German (de); the code alone where it has no name here."""
    name = LANG_INFO.get(code.lower(), {}).get("name") or LANG_INFO.get(code.lower().split("-")[0], {}).get(
        "name"
    )
    return f"{name} ({code})" if name else code
