"""POST /v1/tts/generate: raw samples while they are spoken."""

from __future__ import annotations

from collections.abc import AsyncIterator

from asgiref.sync import async_to_sync
from django.http import HttpResponseBase
from rest_framework.request import Request
from rest_framework.views import APIView

from apps.accounts.callers import caller_of
from apps.live.answers import Dress, live_answer, plain
from apps.live.speech import Sound, Totals
from ttsplatform.errors import ApiError
from ttsplatform.parsing import SafeJSONParser
from workers.audio import g711

from .fields import manner, order_for, text_of

CONTENT_TYPES = {"pcm_s16le": "audio/pcm", "mulaw": "audio/basic", "alaw": "audio/x-alaw-basic"}


class Generate(APIView):
    """POST: speak the text into the answer, mono, without a header."""

    scope = "speech"
    limit_kind = "work"
    parser_classes = (SafeJSONParser,)

    def post(self, request: Request) -> HttpResponseBase:
        if not isinstance(request.data, dict):
            raise ApiError("bad_request", "The body must be a JSON object.")
        text, wanted = text_of(request.data), manner(request.data)
        caller = caller_of(request)
        response = async_to_sync(live_answer)(
            request._request,
            caller,
            order_for(caller, text, wanted),
            audio="pcm",
            content_type=CONTENT_TYPES[wanted.encoding],
            sample_rate=wanted.sample_rate,
            dress=plain if wanted.encoding == "pcm_s16le" else companded(wanted.encoding),
        )
        response["X-Sample-Rate"] = str(wanted.sample_rate)
        response["X-Audio-Format"] = wanted.encoding
        response["X-KugelAudio-AI-Generated"] = "true"
        return response


def companded(law: str) -> Dress:
    """The samples at one byte each, as telephones take them."""

    async def dress(totals: Totals, sounds: AsyncIterator[Sound]) -> AsyncIterator[bytes]:
        async for sound in sounds:
            yield g711.encode(sound.data, law)

    return dress
