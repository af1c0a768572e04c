"""What a browser is told about every page of the console, of signing in, and of the staff's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from asgiref.sync import iscoroutinefunction
from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.decorators import sync_and_async_middleware

PAGES = ("/console/", "/accounts/", "/docs", "/status")
STAFF = "/admin/"


def _audio_hosts() -> str:
    """Where audio is, beside ourselves: links to a store of its own lead there."""
    parts = urlsplit(settings.S3_PUBLIC_ENDPOINT_URL)
    if settings.MEDIA_STORE != "s3":
        return ""
    return f" {parts.scheme}://{parts.netloc}" if parts.netloc else " https://*.amazonaws.com"


def _policy(*, scripts: str = "'self'", styles: str = "'self'", fonts: str = "'none'") -> str:
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src {scripts}",
            f"style-src {styles}",
            f"font-src {fonts}",
            "img-src 'self' data:",
            f"media-src 'self' blob:{_audio_hosts()}",
            "connect-src 'self'",
            "form-action 'self'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
        )
    )


# Nothing from anywhere else, and nothing written into the page itself: what an attacker smuggles in does not run.
POLICY = _policy()
# The staff's skin (django-unfold) writes its colours into the page, and its Alpine reads expressions out of attributes,
# which a browser counts as eval. A script in the page itself still does not run, nor does one of another host.
STAFF_POLICY = _policy(scripts="'self' 'unsafe-eval'", styles="'self' 'unsafe-inline'", fonts="'self'")


def is_page(request: HttpRequest) -> bool:
    """Whether the answer is a page of the console, for a person with a browser."""
    return request.path == "/" or request.path.startswith(PAGES)


@sync_and_async_middleware
def page_headers(get_response: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Any]:
    """The content security policy, and that no cache keeps what only its owner may see."""
    if iscoroutinefunction(get_response):

        async def later(request: HttpRequest) -> HttpResponseBase:
            return _dressed(request, await get_response(request))

        return later

    def now(request: HttpRequest) -> HttpResponseBase:
        return _dressed(request, get_response(request))

    return now


def _dressed(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    if is_page(request):
        response["Content-Security-Policy"] = POLICY
        response["Cache-Control"] = "no-store"
    elif request.path.startswith(STAFF):
        # What is kept how long, Django's admin says itself.
        response["Content-Security-Policy"] = STAFF_POLICY
    return response
