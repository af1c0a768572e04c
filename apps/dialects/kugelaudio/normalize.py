"""POST /v1/normalize: what the platform would say for a text, in words."""

from __future__ import annotations

import time

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from ttsplatform.errors import ApiError
from ttsplatform.parsing import SafeJSONParser
from workers.text.clean import clean, problem
from workers.text.language import detect
from workers.text.saying import say

from .fields import manner, text_of


class Normalize(APIView):
    """POST {text[, language]}: {text, language, time_ms}. Costs nothing but a request."""

    scope = "speech"
    limit_kind = "work"
    parser_classes = (SafeJSONParser,)

    def post(self, request: Request) -> Response:
        if not isinstance(request.data, dict):
            raise ApiError("bad_request", "The body must be a JSON object.")
        began = time.perf_counter()
        text = text_of(request.data)
        if reason := problem(text):
            raise ApiError("bad_request", f"text: {reason}", param="text")
        language = manner({"language": request.data.get("language")}).language
        text = clean(text)
        language = language or detect(text)
        return Response(
            {
                # As an engine would be told: tags are put into effect, or gone.
                "text": say(text, language, markup=True, normalize=True).text,
                "language": language,
                "time_ms": round((time.perf_counter() - began) * 1000, 2),
            }
        )
