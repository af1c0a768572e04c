"""How values are written on pages."""

from __future__ import annotations

from typing import Any

from django import template

register = template.Library()


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
