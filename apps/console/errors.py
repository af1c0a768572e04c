"""Errors as pages, in the words of the table of errors."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string

from ttsplatform.errors import ApiError

_TITLES = {
    401: "Please sign in",
    403: "Not allowed",
    404: "Not found",
    405: "Not possible here",
    409: "Not possible now",
    413: "Too large",
    429: "Too many requests",
}


def dress(request: HttpRequest, error: ApiError) -> HttpResponse:
    """A page that says what went wrong and what to do next."""
    title = _TITLES.get(error.status, "Something went wrong" if error.status >= 500 else "That did not work")
    context = {"title": title, "message": error.message, "request_id": getattr(request, "request_id", "")}
    if error.status >= 500:
        # Without the request: who is signed in may be the very thing that can not be found out.
        return HttpResponse(render_to_string("console/error.html", context), status=error.status)
    return render(request, "console/error.html", context, status=error.status)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Django's CSRF_FAILURE_VIEW: the form was old, or cookies are switched off."""
    message = (
        "This form is too old, or your browser sends no cookies. Go back, load the page again, and send it."
    )
    return dress(request, ApiError("forbidden", message))
