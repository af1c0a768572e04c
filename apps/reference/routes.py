"""The paths of the public API, read off the urlconf."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

# Pages for people, and what only the operator reads.
NOT_PUBLIC = ("admin/", "accounts/", "console/", "docs", "status", "metrics")
_GROUP = re.compile(r"\(\?P<(\w+)>[^)]*\)|<(?:\w+:)?(\w+)>")
_LITTER = re.compile(r"[\^$]|/\?")


@dataclass(frozen=True)
class Route:
    """`path` as OpenAPI writes it, without a slash in front: v1/jobs/{job_id}."""

    path: str
    callback: Callable[..., Any]


def public_routes() -> list[Route]:
    """Every route that is described, in the order of the urlconf."""
    return [route for route in _walk(get_resolver().url_patterns, "") if is_public(route.path)]


def is_public(path: str) -> bool:
    return bool(path) and not path.startswith(NOT_PUBLIC)


def _walk(entries: list[URLPattern | URLResolver], before: str) -> Iterator[Route]:
    for entry in entries:
        route = before + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from _walk(entry.url_patterns, route)
        else:
            named = _GROUP.sub(lambda found: f"{{{found[1] or found[2]}}}", route)
            yield Route(_LITTER.sub("", named), entry.callback)
