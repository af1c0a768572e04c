"""Which views a key opens."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ImproperlyConfigured
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from ttsplatform.errors import ApiError

from .callers import caller_of


class ScopePermission(BasePermission):
    """Reads two attributes of the view.

    `scope`: the scope that a key needs; None: any key will do. It must be stated, unless the view is open.
    `open_to_anonymous` (False): callers without a key may come in too.
    """

    def has_permission(self, request: Request, view: Any) -> bool:
        caller = caller_of(request)
        is_open = getattr(view, "open_to_anonymous", False)
        if not is_open and not hasattr(view, "scope"):
            raise ImproperlyConfigured(f"{type(view).__name__} must state its scope or be open_to_anonymous")
        if not caller.is_authenticated:
            if is_open:
                return True
            raise ApiError("unauthorized", "This call needs an API key: send Authorization: Bearer sk-tts-…")
        scope: str | None = getattr(view, "scope", None)
        if scope is not None:
            caller.require(scope)
        return True
