"""TTS.ai's chat by voice, for the documentation."""

from __future__ import annotations

from apps.chat.services import DEFAULT_MODEL as CHAT_MODEL
from apps.chat.services import DEFAULT_VOICE, MAX_PROMPT, MAX_TEXT
from ttsplatform.describing import (
    Answer,
    Described,
    Field,
    Operation,
    at,
    events,
    flag,
    shape,
    shown,
    text,
    upload,
)

from .chat import MAX_BYTES as MAX_SAID
from .described_shapes import (
    ACCEPTED,
    BOTH,
    HEADERS,
    QUERY,
    RESULT,
    SENT_HEADERS,
    WEBHOOK_URL,
    WORKING,
    format_field,
)

_EXCHANGE = {
    "conversation_id": "conv_8c7a6d0e",
    "user_text": "What is a vowel?",
    "ai_text": "A sound made with an open mouth.",
    "audio_url": "https://example.com/static/downloads/…",
    "duration": 2.4,
    "credits_used": 3_000,
    "model": "kokoro",
    "served_model": "kokoro",
    "uuid": RESULT["uuid"],
}
_CHAT = (
    Field("text", text(longest=MAX_TEXT), "What you say; or `audio`."),
    Field("voice", text(default=DEFAULT_VOICE), "Who answers."),
    Field("tts_model", text(default=CHAT_MODEL), "With which model."),
    Field("system_prompt", text(longest=MAX_PROMPT), "How it is to answer."),
    Field("conversation_id", text(), "The conversation that goes on. Left out: a new one."),
    format_field("mp3"),
    Field("stream", flag(), "Server-Sent Events while the answer is written."),
    WEBHOOK_URL,
)
_CONVERSATION = (Field("conversation_id", text(), "Which conversation.", required=True),)
CHAT = Operation(
    "ttsai",
    "Talk with a language model",
    (
        Answer(
            "The answer; or the job, for whoever does not wait.",
            {
                "application/json": (
                    {**shape({**RESULT, **ACCEPTED, **_EXCHANGE}), "title": "TtsaiExchange"},
                    _EXCHANGE,
                ),
                **events('event: text\ndata: {"delta": "A sound…"}\n\n', "").content,
            },
            headers=HEADERS,
        ),
    ),
    "With `stream` the events are `start`, `text` and `audio` as they come, `done`; `error` where it breaks off.",
    query=QUERY,
    headers=SENT_HEADERS,
    json=_CHAT,
    form=(Field("audio", upload(), f"What you say, at most {MAX_SAID >> 20} MB."), *_CHAT),
    example={"text": "What is a vowel?"},
    errors=WORKING,
)
CHAT_SHOW = Operation(
    "ttsai",
    "Show a conversation",
    (
        shown(
            {
                "conversation_id": "conv_8c7a6d0e",
                "expires_at": "2026-01-16T10:30:00+00:00",
                "exchanges": [
                    {"user_text": "What is a vowel?", "ai_text": "A sound made with an open mouth."}
                ],
            }
        ),
    ),
    query=_CONVERSATION,
    errors=("not_found",),
)
CHAT_FORGET = Operation(
    "ttsai",
    "Forget a conversation",
    (shown({"conversation_id": "conv_8c7a6d0e", "deleted": True}, "Gone, and its audio with it."),),
    query=_CONVERSATION,
    errors=("not_found",),
)

CHAT_PATHS: Described = {
    **at(BOTH, "voice-chat/", POST=CHAT, GET=CHAT_SHOW, DELETE=CHAT_FORGET),
}
