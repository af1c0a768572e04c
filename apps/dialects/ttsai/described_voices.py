"""TTS.ai's cloning and saved voices, for the documentation."""

from __future__ import annotations

from apps.jobs.speech import SPEEDS
from apps.voices.uploads import SAVED_VOICE
from ttsplatform.describing import (
    RECORDING,
    Described,
    Field,
    Operation,
    at,
    flag,
    number,
    shown,
    text,
    upload,
)

from .clone import DEFAULT_MODEL as CLONER
from .clone import LIMITS as CLONED
from .described_shapes import (
    ACCEPTED,
    BOTH,
    IDEMPOTENCY,
    LIKENESS_HEADERS,
    SOUNDS,
    WEBHOOK_URL,
    file_of_job,
    format_field,
)

_VOICE = {
    "public_id": "uv_8c7a6d0e",
    "id": 7,
    "name": "My narrator",
    "model_name": "openvoice",
    "language": "en",
    "reference_audio_url": "https://example.com/media/user-voices/…",
    "storage_status": "active",
    "created_at": "2026-01-15T10:30:00+00:00",
    "duration": 8.2,
    "ready": True,
    "served_model": "voice-match",
    "similarity": 0.72,
    "note": "A stock voice speaks…",
}
_SECONDS = f"{CLONED.min_seconds:g} to {CLONED.max_seconds:g} seconds"
_REFERENCE = f"{_SECONDS} of one speaker, at most {CLONED.max_bytes >> 20} MB"
_CLONING = (
    *("text_too_long", "model_not_found", "insufficient_credits", "not_found", "conflict", "file_too_large"),
    *("idempotency_mismatch", "too_many_concurrent", "model_unavailable", "service_unavailable"),
)
_CLONE = (
    Field("reference_audio", upload(), f"{_REFERENCE}; or `embed_id`."),
    Field("embed_id", text(), "Of a recording that was sent before."),
    Field("text", text(), "What to say."),
    Field("model", text(default=CLONER), "A model that clones."),
    Field("language", text(), "One that the model speaks."),
    Field("speed", number(*SPEEDS, default=1.0), "How fast."),
    format_field("mp3"),
)
_CLONED = {"reference_audio": RECORDING, "text": "Hello in another voice."}
CLONE = Operation(
    "ttsai",
    "Speak in the voice of a recording",
    (file_of_job(*SOUNDS, more=LIKENESS_HEADERS, job={**ACCEPTED, "url": ""}),),
    "`X-Voice-Note` says who really speaks: the stock voice that is most alike, where no model that clones is here.",
    headers=(IDEMPOTENCY,),
    form=_CLONE,
    example=_CLONED,
    errors=_CLONING,
)
CLONE_LATER = Operation(
    "ttsai",
    "Order speech in the voice of a recording",
    (shown({**ACCEPTED, "url": ""}, "The job."),),
    "Without a text a sample sentence is spoken.",
    headers=(IDEMPOTENCY,),
    form=(*_CLONE, WEBHOOK_URL),
    example=_CLONED,
    errors=_CLONING,
)
EMBED = Operation(
    "ttsai",
    "Prepare a recording for cloning",
    (
        shown(
            {
                "embed_id": "emb_8c7a6d0e",
                "model": CLONER,
                "duration_ms": 812,
                "expires_at": "2026-02-14T10:30:00+00:00",
                "served_model": "voice-match",
                "similarity": 0.72,
                "note": "A stock voice speaks…",
            }
        ),
    ),
    "It saves the time of listening.",
    form=(
        Field("file", upload(), f"{_REFERENCE}.", required=True),
        Field("model", text(default=CLONER), "A model that clones."),
        Field("language", text(), "One that the model speaks."),
    ),
    example={"file": RECORDING},
    errors=_CLONING,
)
FORGET = Operation(
    "ttsai",
    "Delete a prepared recording",
    (shown({"success": True, "embed_id": "emb_8c7a6d0e", "storage_status": "deleted"}),),
    query=(Field("embed_id", text(), "Its id.", required=True),),
    errors=("not_found",),
)
_ONE = (Field("public_id", {"type": "string"}, "The voice's `public_id`."),)
VOICE_LIST = Operation(
    "ttsai",
    "List your voices",
    (shown({"voices": [_VOICE], "total": 1, "quota": {"used": 1, "limit": 50, "remaining": 49}}),),
)
VOICE_MAKE = Operation(
    "ttsai",
    "Make a voice",
    (shown(_VOICE, title="TtsaiVoice"),),
    "Name it as `user_voice_id` in `POST /v1/tts/`. `note` says who really speaks.",
    form=(
        Field(
            "file",
            upload(),
            f"{SAVED_VOICE.min_seconds:g} to {SAVED_VOICE.max_seconds:g} seconds of one speaker, at most "
            f"{SAVED_VOICE.max_bytes >> 20} MB.",
            required=True,
        ),
        Field("name", text(longest=100), "What it is called.", required=True),
        Field("consent_confirmed", flag(None), "True: the speaker agrees.", required=True),
        Field("language", text(default="en"), "One that the model speaks."),
        Field("model", text(), "A model that clones. Left out: by language."),
    ),
    example={"file": RECORDING, "name": "My narrator", "language": "en", "consent_confirmed": "true"},
    errors=("model_not_found", "conflict", "file_too_large", "service_unavailable"),
)
VOICE_DELETE = Operation(
    "ttsai",
    "Delete a voice",
    (shown({"success": True, "public_id": "uv_8c7a6d0e", "storage_status": "deleted"}),),
    query=(Field("public_id", text(), "The voice's `public_id`.", required=True),),
    errors=("not_found",),
)
ARCHIVE = Operation(
    "ttsai",
    "Archive a voice",
    (shown(_VOICE, title="TtsaiVoice"),),
    "It is kept, and speaks for nobody.",
    path=_ONE,
    errors=("not_found", "conflict"),
)
REACTIVATE = Operation(
    "ttsai",
    "Take a voice out of the archive",
    (shown(_VOICE, title="TtsaiVoice"),),
    path=_ONE,
    errors=("not_found", "conflict"),
)

CLONING: Described = {
    **at(BOTH, "tts/clone/", POST=CLONE),
    **at(BOTH, "voice-clone/", POST=CLONE_LATER),
    **at(BOTH, "tts/embed/", POST=EMBED, DELETE=FORGET),
    "api/v1/user-voices/": {"GET": VOICE_LIST, "POST": VOICE_MAKE, "DELETE": VOICE_DELETE},
    "api/v1/user-voices/{public_id}/archive/": {"POST": ARCHIVE},
    "api/v1/user-voices/{public_id}/reactivate/": {"POST": REACTIVATE},
}
