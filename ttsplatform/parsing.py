"""How bodies are read: strict JSON, bounded depth, and no content negotiation."""

from __future__ import annotations

import io
from typing import Any

from django.http import HttpRequest
from rest_framework.exceptions import ParseError
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import JSONParser


class SafeJSONParser(JSONParser):
    """JSON that turns a body nested beyond the interpreter's depth into a 400 instead of a 500."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        try:
            return super().parse(stream, media_type, parser_context)
        except RecursionError:
            raise ParseError("JSON is nested too deeply.") from None


def json_object(request: HttpRequest) -> dict[str, Any]:
    """For plain views: the body as a JSON object, whatever its Content-Type says; {} where it is empty.

    Raises ParseError.
    """
    if not request.body.strip():
        return {}
    parsed = SafeJSONParser().parse(io.BytesIO(request.body))
    if not isinstance(parsed, dict):
        raise ParseError("It must be a JSON object.")
    return parsed


class IgnoreAccept(BaseContentNegotiation):
    """Always the first parser that fits and the first renderer, whatever Accept says."""

    def select_parser(self, request: Any, parsers: Any) -> Any:
        content_type = (request.content_type or "").split(";")[0].strip().lower()
        for parser in parsers:
            if parser.media_type == content_type:
                return parser
        # curl -d without a header says it is a form; a body that names no known type is tried as JSON.
        return parsers[0] if content_type in {"", "text/plain", "application/octet-stream"} else None

    def select_renderer(self, request: Any, renderers: Any, format_suffix: str | None = None) -> Any:
        return renderers[0], renderers[0].media_type
