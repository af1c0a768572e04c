"""POST /v1/sdk-diagnostics: the SDK's reports about itself, sent where its user switched them on.

They would tell us nothing that our own logs do not, so they are accepted and dropped, unread.
"""

from __future__ import annotations

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from ttsplatform.errors import ApiError

MAX_BYTES = 256 * 1024


class SdkDiagnostics(APIView):
    """POST: 204."""

    open_to_anonymous = True
    limit_kind = "read"

    def post(self, request: Request) -> Response:
        if len(request._request.body) > MAX_BYTES:
            raise ApiError("file_too_large", f"The report is too large: at most {MAX_BYTES} bytes here.")
        return Response(status=204)
