"""What a client may say of a voice of its own. Unknown fields are ignored; what is there must be right."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from rest_framework.request import Request

from apps.voices.families import language_code
from apps.voices.selectors import storable
from ttsplatform.errors import ApiError

from . import checks

CATEGORIES = (
    *("premade", "cloned", "designed", "conversational", "narrative", "narrative_story", "characters"),
    *("characters_animation", "social_media", "entertainment_tv", "advertisement", "informative_educational"),
)
SEXES = ("male", "female", "neutral")
AGES = ("young", "middle_age", "middle_aged", "old")
QUALITIES = ("low", "mid", "high")
MOST_LANGUAGES = 40


def voice_columns(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of Voice that these fields set. Raises bad_request."""
    columns: dict[str, Any] = {}
    if "name" in fields:
        columns["name"] = _line(fields["name"], "name", 100)
        if not columns["name"].strip():
            raise checks.bad("name", "must be a string of 1 to 100 characters.")
    for name, longest in (("description", 1000), ("sample_text", 500)):
        if name in fields:
            columns[name] = _line(fields[name], name, longest)
    for name, allowed in (("category", CATEGORIES), ("sex", SEXES), ("age", AGES), ("quality", QUALITIES)):
        if fields.get(name) is not None:
            columns[name] = checks.one_of(fields[name], name, allowed)
    if fields.get("is_public") is not None:
        columns["is_public"] = checks.flag(fields["is_public"], "is_public")
    if fields.get("supported_languages") is not None:
        columns["languages"] = _languages(fields["supported_languages"])
        columns["language"] = columns["languages"][0]
    return columns


def metadata_of(request: Request) -> Mapping[str, Any]:
    """The JSON in the form's part `metadata`, or a JSON body. Raises bad_request."""
    data = request.data
    if not isinstance(data, Mapping):
        raise checks.bad("metadata", "must be a JSON object.")
    found: Any = data
    if "metadata" in data or request.FILES:
        try:
            part = request.FILES.get("metadata") or data.get("metadata") or "{}"
            found = json.loads(part if isinstance(part, str) else part.read(1 << 16))
        except (ValueError, RecursionError):
            raise checks.bad("metadata", "is not valid JSON.") from None
    if not isinstance(found, Mapping):
        raise checks.bad("metadata", "must be a JSON object.")
    return found


def demand_consent(value: Any) -> None:
    """Raises bad_request with KugelAudio's own code unless the speaker's consent is confirmed."""
    if value is not True and value != "true":
        message = "speaker_consent: send true to confirm that you are the speaker, or may use the voice."
        raise ApiError("bad_request", message, param="speaker_consent", error_code="SPEAKER_CONSENT_REQUIRED")


def _line(value: Any, name: str, longest: int) -> str:
    if not isinstance(value, str) or len(value) > longest or not storable(value):
        raise checks.bad(name, f"must be a string of at most {longest} characters.")
    return value


def _languages(value: Any) -> list[str]:
    if not isinstance(value, list) or not 0 < len(value) <= MOST_LANGUAGES:
        raise checks.bad("supported_languages", f"must be a list of 1 to {MOST_LANGUAGES} language codes.")
    if not all(isinstance(each, str) and each for each in value):
        raise checks.bad("supported_languages", "must hold language codes such as en.")
    return [language_code(each) for each in value]
