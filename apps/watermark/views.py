"""Is a recording made of speech from this platform?"""

from __future__ import annotations

from django.core.files.uploadedfile import UploadedFile
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from ttsplatform.errors import ApiError

from .services import look_for_mark


class Detect(APIView):
    """POST the form field `file` → {watermarked, score, method, duration, truncated}.

    `duration` is the seconds that were examined, at most 600; `truncated` says that the recording is longer.
    """

    scope = "speech"
    limit_kind = "work"
    parser_classes = [MultiPartParser]

    def post(self, request: Request) -> Response:
        upload = request.FILES.get("file")
        if not isinstance(upload, UploadedFile):
            raise ApiError("bad_request", "file: send the recording in this form field.", param="file")
        finding = look_for_mark(upload)
        return Response(
            {
                "watermarked": finding.detection.found,
                "score": round(finding.detection.score, 3),
                "method": finding.detection.method,
                "duration": round(finding.seconds, 3),
                "truncated": finding.more,
            }
        )
