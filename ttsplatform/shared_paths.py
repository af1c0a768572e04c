"""Paths that two public APIs have in common. Which of them is asked is told from the request, never from its body."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.csrf import csrf_exempt

View = Callable[..., HttpResponseBase]


def told_apart(asks: Callable[[HttpRequest], bool], one: View, other: View) -> View:
    """A view that is `one` for requests that `asks` says yes to, and `other` for the rest."""

    @csrf_exempt
    def chosen(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return (one if asks(request) else other)(request, *args, **kwargs)

    return chosen
