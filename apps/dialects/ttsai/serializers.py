"""The fields of TTS.ai's requests, as its document and SDKs send them. Unknown fields are ignored, as there."""

from __future__ import annotations

import math
from typing import Any

from rest_framework import serializers


class Text(serializers.CharField):
    """A string as it came: not trimmed, and no number taken for one."""

    def __init__(self, **options: Any) -> None:
        super().__init__(trim_whitespace=False, **options)
        # What is wrong with a text (NUL, surrogates, blank) is said in words by the speech service.
        self.validators = []

    def run_validation(self, data: Any = serializers.empty) -> Any:
        if isinstance(data, str):
            return data
        return super().run_validation(data)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            raise serializers.ValidationError("must be a string.")
        return data


class Speed(serializers.FloatField):
    def to_internal_value(self, data: Any) -> float:
        if isinstance(data, bool):
            raise serializers.ValidationError("must be a number.")
        value: float = super().to_internal_value(data)
        if not math.isfinite(value):
            raise serializers.ValidationError("must be a number.")
        return value


class SpeakRequest(serializers.Serializer[Any]):
    """POST /v1/tts/."""

    text = Text()
    model = serializers.CharField(required=False, allow_null=True, allow_blank=True, max_length=100)
    voice = serializers.CharField(required=False, allow_null=True, allow_blank=True, max_length=200)
    format = serializers.CharField(required=False, default="mp3", max_length=20)
    speed = Speed(required=False, default=1.0)
    # One of the caller's saved voices; model and voice are not looked at then.
    user_voice_id = serializers.CharField(required=False, allow_null=True, allow_blank=True, max_length=100)
    language = serializers.CharField(required=False, allow_null=True, allow_blank=True, max_length=20)
    stream = serializers.BooleanField(required=False, default=False)
    instructions = serializers.CharField(required=False, allow_null=True, allow_blank=True, max_length=4000)
    # Its length and form are judged where it is used.
    webhook_url = serializers.CharField(required=False, allow_null=True, allow_blank=True)
