"""KugelAudio's voices, for the documentation."""

from __future__ import annotations

from dataclasses import replace

from ttsplatform.describing import (
    RECORDING,
    Described,
    Field,
    Operation,
    flag,
    many,
    nothing,
    one_of,
    shown,
    text,
    upload,
    whole,
)

from .voice_fields import AGES, CATEGORIES, MOST_LANGUAGES, QUALITIES, SEXES
from .voice_recordings import MAX_REFERENCE_TEXT
from .voice_views import DEFAULT_LIMIT, LIMITS, MAX_LIMIT, MOST_FILES

_ONE = (Field("number", {"type": "string"}, "The voice's number."),)
_LENGTH = f"{LIMITS.min_seconds:g} to {LIMITS.max_seconds:g} seconds, at most {LIMITS.max_bytes >> 20} MB"
_COLUMNS = (
    Field("name", text(longest=100), "What it is called.", required=True),
    Field("description", text(longest=1000), "For those who choose."),
    Field("sex", one_of(SEXES), "Decides, with the language, which stock voices are compared."),
    Field("category", one_of(CATEGORIES), "What it is for."),
    Field("age", one_of(AGES), "Of the speaker."),
    Field("quality", one_of(QUALITIES), "Of the recordings."),
    Field("supported_languages", many(text(), least=1, most=MOST_LANGUAGES), "Codes; the first is its own."),
    Field("is_public", flag(), "Asks that everybody may use it."),
    Field("sample_text", text(longest=500), "What its sample says."),
)
_CONSENT = Field(
    "speaker_consent", flag(None), "True: you are the speaker, or may use the voice.", required=True
)
OWN = {
    "id": 7,
    "voice_id": 7,
    "handle": "uv_8c7a6d0e",
    "public_id": "uv_8c7a6d0e",
    "name": "My narrator",
    "description": "",
    "generative_voice_description": "",
    "category": "cloned",
    "sex": "female",
    "age": None,
    "quality": "mid",
    "supported_languages": ["en"],
    "sample_text": "Hello, my name is…",
    "sample_url": None,
    "avatar_url": None,
    "is_public": False,
    "verified": False,
    "pending_verification": False,
    "model": "openvoice",
    "status": "active",
    "ready": True,
    "served_model": "voice-match",
    "similarity": 0.72,
    "note": "A stock voice speaks…",
}
_REFERENCE = {
    "id": 12,
    "voice_id": 7,
    "name": "recording.wav",
    "reference_text": "",
    "s3_path": "voices/…/reference-12.wav",
    "audio_url": "https://example.com/media/user-voices/…",
    "is_generated": False,
    "duration": 8.2,
}
_REFUSED = ("not_found", "conflict")

VOICES: Described = {
    "v1/voices": {
        "GET": Operation(
            "kugelaudio",
            "List voices",
            (shown({"voices": [OWN], "total": 1, "limit": DEFAULT_LIMIT, "offset": 0}),),
            "Your own come first. The platform's have numbers from 2³⁰ on, the same on every server.",
            query=(
                Field("limit", whole(1, MAX_LIMIT, default=DEFAULT_LIMIT), "How many at once."),
                Field("offset", whole(0, default=0), "How many to skip."),
                Field("language", text(), "Only those that speak it."),
                Field("include_public", flag(True), "False: your own only."),
            ),
        ),
        "POST": Operation(
            "kugelaudio",
            "Make a voice",
            (shown(OWN, title="KugelAudioVoice"),),
            "A form whose part `metadata` is JSON, or that JSON alone. Recordings may follow later.",
            json=(*_COLUMNS, _CONSENT),
            form=(
                Field("metadata", text(), "The fields of the JSON body, as JSON.", required=True),
                Field(
                    "files", many(upload(), most=MOST_FILES), f"Recordings of one speaker, {_LENGTH} each."
                ),
            ),
            example={"name": "My narrator", "sex": "female", "speaker_consent": True},
            errors=("conflict", "file_too_large"),
            key="needed",
            scope="voices",
        ),
    },
    "v1/voices/{number}": {
        "GET": Operation(
            "kugelaudio",
            "Show a voice",
            (shown(OWN, title="KugelAudioVoice"),),
            path=_ONE,
            errors=("not_found",),
        ),
        "PATCH": Operation(
            "kugelaudio",
            "Change a voice",
            (shown(OWN, title="KugelAudioVoice"),),
            "What is left out stays. Another `sex` or first language: it is matched anew.",
            path=_ONE,
            json=tuple(replace(each, required=False) for each in _COLUMNS),
            example={"description": "Warm and slow"},
            errors=_REFUSED,
            key="needed",
            scope="voices",
        ),
        "DELETE": Operation(
            "kugelaudio",
            "Delete a voice",
            (nothing("Gone for good."),),
            path=_ONE,
            errors=_REFUSED,
            key="needed",
            scope="voices",
        ),
    },
    "v1/voices/{number}/references": {
        "GET": Operation(
            "kugelaudio", "List a voice's recordings", (shown([_REFERENCE]),), path=_ONE, errors=_REFUSED
        ),
        "POST": Operation(
            "kugelaudio",
            "Add a recording",
            (shown(_REFERENCE, "The recording; the voice is built anew of all of them."),),
            path=_ONE,
            form=(
                Field("file", upload(), f"{_LENGTH}.", required=True),
                _CONSENT,
                Field("reference_text", text(longest=MAX_REFERENCE_TEXT), "What is said in it."),
            ),
            example={"file": RECORDING, "speaker_consent": "true"},
            errors=(*_REFUSED, "file_too_large"),
        ),
    },
    "v1/voices/{number}/references/{reference}": {
        "DELETE": Operation(
            "kugelaudio",
            "Delete a recording",
            (nothing("Gone; the voice is built anew of the rest."),),
            path=(*_ONE, Field("reference", {"type": "string"}, "The recording's `id`.")),
            errors=_REFUSED,
        )
    },
    "v1/voices/{number}/publish": {
        "POST": Operation(
            "kugelaudio",
            "Offer a voice to everybody",
            (shown(OWN, title="KugelAudioVoice"),),
            "Nobody else sees it before staff have listened to it.",
            path=_ONE,
            errors=_REFUSED,
        )
    },
    "v1/voices/{number}/generate-sample": {
        "POST": Operation(
            "kugelaudio",
            "Speak a voice's sample",
            (shown({"sample_s3_path": "voices/…/sample.mp3", "sample_url": "https://example.com/media/…"}),),
            "Speaks its `sample_text`, at the price of speech.",
            path=_ONE,
            errors=(*_REFUSED, "insufficient_credits", "service_unavailable"),
        )
    },
}
