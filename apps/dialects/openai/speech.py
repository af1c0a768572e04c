"""POST /v1/audio/speech: the audio while it is spoken, as plain chunks or as Server-Sent Events."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator
from typing import Any

from asgiref.sync import async_to_sync
from django.http import HttpResponseBase
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.views import APIView

from apps.accounts.callers import caller_of
from apps.jobs.speech import speech_order
from apps.live.answers import live_answer, plain
from apps.live.speech import Sound, Totals
from ttsplatform.errors import ApiError, as_api_error, error_fields
from workers.audio.formats import AUDIO_FORMATS

from .names import MODELS, VOICES

SLOWEST, FASTEST = 0.25, 4.0
FORMATS = ("mp3", "opus", "aac", "flac", "wav", "pcm", "ogg")


class SpeechBody(serializers.Serializer[Any]):
    model = serializers.CharField(max_length=100)
    input = serializers.CharField(trim_whitespace=False, max_length=200_000)
    # A name, or {"id": name}.
    voice = serializers.JSONField(required=False)
    instructions = serializers.CharField(required=False, allow_blank=True, allow_null=True, max_length=4096)
    response_format = serializers.ChoiceField(choices=FORMATS, default="mp3")
    speed = serializers.FloatField(min_value=SLOWEST, max_value=FASTEST, default=1.0)
    stream_format = serializers.ChoiceField(choices=("audio", "sse"), default="audio")
    language = serializers.CharField(required=False, allow_blank=True, allow_null=True, max_length=20)


class Speech(APIView):
    """POST: speak the input into the answer."""

    scope = "speech"
    open_to_anonymous = True
    limit_kind = "work"

    def post(self, request: Request) -> HttpResponseBase:
        body = SpeechBody(data=request.data)
        body.is_valid(raise_exception=True)
        wanted = body.validated_data
        model, voice = wanted["model"], wanted.get("voice") or ""
        if isinstance(voice, dict):
            voice = voice.get("id", "")
        if not isinstance(voice, str):
            raise ApiError("bad_request", "voice: must be a name.", param="voice")
        caller = caller_of(request)
        order = speech_order(
            caller,
            text=wanted["input"],
            model=MODELS.get(model, model),
            voice=VOICES.get(voice, voice) or None,
            language=wanted.get("language"),
            speed=wanted["speed"],
            speeds=(SLOWEST, FASTEST),
        )
        name = wanted["response_format"]
        sse = wanted["stream_format"] == "sse"
        return async_to_sync(live_answer)(
            request._request,
            caller,
            order,
            audio=name,
            content_type="text/event-stream" if sse else AUDIO_FORMATS[name].content_type,
            dress=events if sse else plain,
        )


async def events(totals: Totals, sounds: AsyncIterator[Sound]) -> AsyncIterator[bytes]:
    """`speech.audio.delta` for each stretch of audio, then `speech.audio.done`; `error` where it breaks off."""
    try:
        async for sound in sounds:
            yield _event({"type": "speech.audio.delta", "audio": base64.b64encode(sound.data).decode()})
    except Exception as exc:
        # The status has long been sent: this is the only way to say it. OpenAI's clients raise what is in `error`.
        yield b"event: error\n" + _event({"type": "error", "error": error_fields(as_api_error(exc))})
        return
    usage = {"input_tokens": totals.characters, "output_tokens": 0, "total_tokens": totals.characters}
    yield _event({"type": "speech.audio.done", "usage": usage})


def _event(data: dict[str, Any]) -> bytes:
    return f"data: {json.dumps(data)}\n\n".encode()
