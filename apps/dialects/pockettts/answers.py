"""What answers share."""

from __future__ import annotations

from django.http.response import HttpResponseBase


def attachment(response: HttpResponseBase, filename: str) -> HttpResponseBase:
    response["Content-Disposition"] = f'attachment; filename="{filename}"'
    return response
