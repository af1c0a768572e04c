"""Pocket TTS's paths, for the documentation."""

from __future__ import annotations

from ttsplatform.describing import (
    RECORDING,
    Answer,
    Described,
    Field,
    Operation,
    Start,
    one_of,
    shape,
    shown,
    sound,
    text,
    upload,
)

from .clones import LIMITS
from .fields import FORMATS, MAX_TEXT
from .names import DEFAULT_VOICE, voices

INTRODUCTION = (
    "The paths of Sogni's Pocket TTS server, under this server's address. Where the operator has opened this API they "
    "work without a key, within the allowance for each address. A field that is not listed is refused. Pages of any "
    "origin may call it. There is no package to install: a program sends plain requests."
)
START = Start(
    "Speak a sentence",
    "python",
    """import os

import requests

answer = requests.post(
    "%URL%/pocket-tts",
    headers={"X-API-Key": os.environ["API_KEY"]},
    json={"text": "Hello, world!", "voice": "alba"},
    timeout=60,
)
answer.raise_for_status()
with open("pocket.wav", "wb") as file:
    file.write(answer.content)""",
)

_FORMAT = Field(
    "format", one_of(FORMATS, default="wav"), "`opus` is sent while it is spoken; `buffer` is JSON."
)
_TEXT = Field("text", text(longest=MAX_TEXT), "What to say.", required=True)
_OVERRIDES = Field("format", one_of(FORMATS), "Overrides the body's `format`.")
_CLONE = (Field("clone_id", {"type": "string"}, "The clone's `cloneId`."),)
_NEW = Field(
    "cloneId", text(longest=100), "1 to 100 letters, digits, `_` and `-`. One is made up where none is named."
)
_TOLD = {"served_model": "voice-match", "similarity": 0.72, "note": "A stock voice speaks…"}
_BUFFER = {
    "success": True,
    "audio": "UklGR…",
    "voice": "alba",
    "format": "wav",
    "duration": 1.1,
    "served_model": "pocket-tts",
}
_BINARY = {"type": "string", "format": "binary"}


def _audio(example: dict[str, object]) -> Answer:
    return Answer(
        "The audio: a complete WAV, Opus in Ogg, or with `buffer` a WAV in base64 inside JSON.",
        {
            "audio/wav": (_BINARY, None),
            "audio/opus": (_BINARY, None),
            "application/json": (shape(example), example),
        },
        headers={"X-Served-Model": "Which model spoke."},
    )


def _made(message: str) -> Answer:
    return shown({"success": True, "cloneId": "narrator", "message": message, **_TOLD})


_SPEAKING = ("text_too_long", "insufficient_credits", "not_found", "too_many_concurrent", "model_unavailable")
_UPLOADING = ("conflict", "file_too_large")
_LENGTH = f"{LIMITS.min_seconds:g} to {LIMITS.max_seconds:g} seconds, at most {LIMITS.max_bytes >> 20} MB"

DESCRIBED: Described = {
    "pocket-tts": {
        "POST": Operation(
            "pockettts",
            "Speak a text",
            (_audio(_BUFFER),),
            query=(_OVERRIDES,),
            json=(
                _TEXT,
                Field("voice", one_of([each.id for each in voices()], default=DEFAULT_VOICE), "Who speaks."),
                _FORMAT,
            ),
            example={"text": "Hello, world!", "voice": "alba"},
            errors=_SPEAKING,
            key="optional",
            scope="speech",
        )
    },
    "pocket-tts/voices": {
        "GET": Operation(
            "pockettts",
            "List voices",
            (
                shown(
                    {
                        "voices": [each.id for each in voices()],
                        "clones": ["narrator"],
                        "default": DEFAULT_VOICE,
                    }
                ),
            ),
            key="optional",
        )
    },
    "pocket-tts/voices/clone": {
        "POST": Operation(
            "pockettts",
            "Make a clone",
            (_made("Voice clone created successfully"),),
            "`note` and `similarity` say how like the speaker it is.",
            form=(Field("audio", upload(), f"One speaker, {_LENGTH}.", required=True), _NEW),
            example={"audio": RECORDING, "cloneId": "narrator"},
            errors=_UPLOADING,
            key="optional",
            scope="voices",
        )
    },
    "pocket-tts/voices/clone/import": {
        "POST": Operation(
            "pockettts",
            "Import a clone",
            (_made("Voice clone imported successfully"),),
            "The ZIP of a download, or one with a `reference.wav` in it.",
            form=(Field("file", upload(), "The ZIP.", required=True), _NEW),
            example={"file": "clone.zip", "cloneId": "narrator-2"},
            errors=_UPLOADING,
            key="optional",
            scope="voices",
        )
    },
    "pocket-tts/voices/clone/{clone_id}": {
        "PATCH": Operation(
            "pockettts",
            "Rename a clone",
            (
                shown(
                    {
                        "success": True,
                        "oldCloneId": "narrator",
                        "newCloneId": "reader",
                        "message": "Voice clone renamed successfully",
                    }
                ),
            ),
            path=_CLONE,
            json=(Field("newCloneId", text(longest=100), "Its new name.", required=True),),
            example={"newCloneId": "reader"},
            errors=("not_found", "conflict"),
            key="optional",
            scope="voices",
        ),
        "DELETE": Operation(
            "pockettts",
            "Delete a clone",
            (
                shown(
                    {
                        "success": True,
                        "cloneId": "narrator",
                        "message": "Voice clone deleted successfully",
                    }
                ),
            ),
            path=_CLONE,
            errors=("not_found",),
            key="optional",
            scope="voices",
        ),
    },
    "pocket-tts/voices/clone/{clone_id}/generate": {
        "POST": Operation(
            "pockettts",
            "Speak with a clone",
            (
                _audio(
                    {
                        "success": True,
                        "audio": "UklGR…",
                        "cloneId": "narrator",
                        "format": "wav",
                        "duration": 1.1,
                        **_TOLD,
                    }
                ),
            ),
            path=_CLONE,
            query=(_OVERRIDES,),
            json=(_TEXT, _FORMAT),
            example={"text": "Hello, world!"},
            errors=_SPEAKING,
            key="optional",
            scope="speech",
        )
    },
    "pocket-tts/voices/clone/{clone_id}/download": {
        "GET": Operation(
            "pockettts",
            "Download a clone",
            (sound("application/zip", "A ZIP with `reference.wav` and `metadata.json`."),),
            path=_CLONE,
            errors=("not_found",),
            key="optional",
            scope="voices",
        )
    },
}
