"""KittenTTS's paths, for the documentation."""

from __future__ import annotations

from ttsplatform.describing import (
    Described,
    Field,
    Operation,
    Start,
    flag,
    number,
    one_of,
    shown,
    text,
)
from workers.engines.kitten_names import DEFAULT_MODEL, FASTEST, SLOWEST, kitten_voices

from .fields import MAX_TEXT
from .names import DEFAULT_VOICE, MODEL_IDS, MODELS

INTRODUCTION = (
    "The paths of KittenTTS's web server, without a slash at the end, under this server's address. Where the operator "
    "has opened this API they work without a key, within the allowance for each address; with a key they are metered "
    "as usual. Pages of any origin may call them. There is no package to install: a program sends plain requests."
)
START = Start(
    "Speak a sentence",
    "python",
    """import base64
import os

import requests

answer = requests.post(
    "%URL%/api/generate",
    headers={"X-API-Key": os.environ["API_KEY"]},
    json={"text": "Hello from KittenTTS.", "model": "kitten-tts-nano", "voice": "Bella", "speed": 1.0},
    timeout=60,
)
answer.raise_for_status()
with open("kitten.wav", "wb") as file:
    file.write(base64.b64decode(answer.json()["audio_base64"]))""",
)

_TEXT = Field("text", text(longest=MAX_TEXT), "What to say.", required=True)
_MANNER = (
    Field("model", one_of(MODEL_IDS, default=DEFAULT_MODEL), "Short names (`nano`) work too."),
    Field("voice", one_of([each.id for each in kitten_voices()], default=DEFAULT_VOICE), "Who speaks."),
    Field("speed", number(SLOWEST, FASTEST, default=1.0), "1 is as the voice speaks by itself."),
)
_SESSION = "session-8c7a6d0e"

DESCRIBED: Described = {
    "api/health": {
        "GET": Operation(
            "kittentts",
            "Is it there?",
            (
                shown(
                    {
                        "status": "healthy",
                        "loaded_models": ["kitten-tts-nano"],
                        "cache_dir": "models",
                        "cache_size_mb": 57.3,
                    }
                ),
            ),
            key="optional",
        )
    },
    "api/models": {
        "GET": Operation(
            "kittentts",
            "List models",
            (
                shown(
                    {
                        "models": [
                            {**MODELS[0], "installed": True, "served_by": "kitten-tts-nano"},
                        ]
                    },
                    "`served_by` says which model really speaks: a substitute where its own weights are not here.",
                ),
            ),
            key="optional",
        )
    },
    "api/voices": {
        "GET": Operation(
            "kittentts",
            "List voices",
            (
                shown(
                    {"voices": [{"id": "Bella", "name": "Bella", "gender": "female", "description": "Soft"}]}
                ),
            ),
            key="optional",
        )
    },
    "api/stats": {
        "GET": Operation(
            "kittentts",
            "Statistics",
            (
                shown(
                    {
                        "generation_stats": {},
                        "system": {
                            "cache_directory": "models",
                            "cache_size_mb": 57.3,
                            "loaded_models": ["kitten-tts-nano"],
                            "model_load_times": {},
                            "python_version": "3.11.2",
                            "memory_usage_mb": 612.5,
                        },
                        "available_models": list(MODEL_IDS),
                        "available_voices": [each.id for each in kitten_voices()],
                    },
                    "How fast speech was made lately, and what is loaded.",
                ),
            ),
            key="optional",
        )
    },
    "api/generate": {
        "POST": Operation(
            "kittentts",
            "Speak a text",
            (
                shown(
                    {
                        "audio_base64": "UklGR…",
                        "sample_rate": 24_000,
                        "duration": 1.25,
                        "served_model": "kitten-tts-nano",
                        "debug_info": {
                            "model_load_time": 0.0,
                            "generation_time": 0.4,
                            "total_time": 0.5,
                            "real_time_factor": 3.1,
                            "audio_samples": 30_000,
                            "sample_rate": 24_000,
                        },
                    },
                    "A whole WAV in base64.",
                ),
            ),
            json=(_TEXT, *_MANNER),
            example={"text": "Hello from KittenTTS.", "voice": "Bella"},
            errors=("text_too_long", "insufficient_credits", "too_many_concurrent", "model_unavailable"),
            key="optional",
            scope="speech",
        )
    },
    "api/stream/start": {
        "POST": Operation(
            "kittentts",
            "Begin a text in pieces",
            (
                shown(
                    {"session_id": _SESSION, "status": "created", "served_model": "kitten-tts-nano"},
                    "Name `session_id` in what follows.",
                ),
            ),
            query=_MANNER,
            errors=("model_unavailable",),
            key="optional",
            scope="speech",
        )
    },
    "api/stream/chunk": {
        "POST": Operation(
            "kittentts",
            "Send a piece of text",
            (
                shown(
                    {
                        "audio_chunks": ["UklGR…"],
                        "sample_rate": 24_000,
                        "buffered_text": "",
                        "status": "flushed",
                        "served_model": "kitten-tts-nano",
                    },
                    "One WAV in base64 for each sentence that is complete by now; the rest is kept.",
                ),
            ),
            "A piece that is answered with an error has changed nothing and may be sent again.",
            query=(Field("session_id", text(), "From the call that began it.", required=True),),
            json=(
                Field("text", text(longest=MAX_TEXT, default=""), "A few words, or many."),
                Field("flush", flag(), "True speaks what is kept, complete or not."),
            ),
            example={"text": "Hello there.", "flush": True},
            errors=("text_too_long", "not_found", "insufficient_credits", "too_many_concurrent"),
            key="optional",
            scope="speech",
        )
    },
    "api/stream/end/{session_id}": {
        "DELETE": Operation(
            "kittentts",
            "End a text in pieces",
            (shown({"status": "ended", "session_id": _SESSION}),),
            path=(Field("session_id", {"type": "string"}, "From the call that began it."),),
            errors=("not_found",),
            key="optional",
            scope="speech",
        )
    },
}
