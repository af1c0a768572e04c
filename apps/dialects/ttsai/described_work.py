"""TTS.ai's paths that take recordings, for the documentation."""

from __future__ import annotations

from apps.chat.services import DEFAULT_MODEL as CHAT_MODEL
from apps.chat.services import DEFAULT_VOICE, MAX_PROMPT, MAX_TEXT
from apps.jobs.revoicing import EMOTIONS, RESYNTHESIS
from apps.jobs.speech import SPEEDS
from apps.jobs.tools import (
    BITRATES,
    CHANNELS,
    ECHO_TYPES,
    INTENSITIES,
    MUSIC_BYTES,
    RATES,
    SEPARATORS,
    SPEECH_BYTES,
    STEM_FORMATS,
    STEMS,
    STRENGTHS,
)
from apps.jobs.tools import FORMATS as TOOL_FORMATS
from apps.jobs.transcription import DEFAULT_MODEL as LISTENER
from apps.jobs.transcription import MAX_BYTES as MAX_TRANSCRIBED
from apps.voices.uploads import SAVED_VOICE
from ttsplatform.describing import (
    RECORDING,
    Answer,
    Described,
    Field,
    Operation,
    at,
    events,
    flag,
    number,
    one_of,
    shape,
    shown,
    text,
    upload,
    whole,
)
from workers.audio.formats import AUDIO_FORMATS

from .chat import MAX_BYTES as MAX_SAID
from .clone import DEFAULT_MODEL as CLONER
from .clone import LIMITS as CLONED
from .described_shapes import (
    ACCEPTED,
    BOTH,
    HEADERS,
    IDEMPOTENCY,
    LIKENESS_HEADERS,
    PREFER,
    RESULT,
    WAIT,
    WEBHOOK_URL,
    WORKING,
    file_of_job,
    json_of_job,
)
from .revoice import MAX_BYTES, MAX_TRANSLATED_BYTES

_SOUNDS = [form.content_type for form in AUDIO_FORMATS.values()]
_ANY = "Any format that ffmpeg reads, told by its content"
_QUERY, _HEADERS = (WAIT,), (IDEMPOTENCY, PREFER)


def _file(most: int, name: str = "file") -> Field:
    return Field(name, upload(), f"{_ANY}; at most {most >> 20} MB.", required=True)


def _format(default: str | None, formats: object = AUDIO_FORMATS) -> Field:
    about = "Of the answer." if default else "Of the answer. Left out: as it came."
    return Field("format", one_of(list(formats), default=default), about)  # type: ignore[call-overload]


def _tool(
    summary: str, about: str, answer: Answer, *fields: Field, errors: tuple[str, ...] = WORKING
) -> Operation:
    """A form with a recording, answered with what came of it."""
    required = {each.name: _EXAMPLES[each.name] for each in fields if each.required}
    return Operation(
        "ttsai",
        summary,
        (answer,),
        about,
        query=_QUERY,
        headers=_HEADERS,
        form=(*fields, WEBHOOK_URL),
        example=required,
        errors=errors,
    )


_EXAMPLES = {
    "file": RECORDING,
    "target_voice": "am_adam",
    "voice": "am_adam",
    "target_language": "en",
    "format": "mp3",
}
_SEGMENT = {"start": 0.0, "end": 2.0, "text": "She had been a friend.", "speaker": "SPEAKER_00", "words": []}
TRANSCRIPT = {
    "text": "She had been a friend.",
    "language": "en",
    "language_probability": 0.99,
    "duration": 4.2,
    "segments": [_SEGMENT],
    "words": [{"word": "She", "start": 0.0, "end": 0.2, "probability": 0.98}],
}
_LISTENING = (
    _file(MAX_TRANSCRIBED),
    Field("model", text(default=LISTENER), "A model that listens."),
    Field("language", text(default="auto"), "A code such as `en`; found out otherwise."),
    Field("timestamps", flag(), "The times of words."),
    Field("diarize", flag(), "Who says what: `SPEAKER_00` speaks first."),
)
TRANSCRIBE = _tool(
    "Write a recording down",
    "A recording in which nobody speaks is refused, and costs nothing.",
    json_of_job(TRANSCRIPT, "TtsaiTranscript"),
    *_LISTENING,
)
TRANSCRIBE_LATER = _tool(
    "Order a transcription",
    "As `POST /v1/stt/`, but answered by the job.",
    shown(ACCEPTED, "The job.", title="TtsaiJob"),
    *_LISTENING,
)
TRANSCRIBED = Operation(
    "ttsai",
    "Poll a transcription",
    (shown({**RESULT, **TRANSCRIPT}, "Its state, and the transcript once it is completed."),),
    "For whoever knows the uuid.",
    query=(Field("uuid", text(), "The job's `uuid`.", required=True),),
    errors=("not_found", "gone"),
)
CONVERT_VOICE = _tool(
    "Change a voice",
    "As long as the recording.",
    file_of_job(*_SOUNDS, more={"X-Note": "What was done, in a sentence."}),
    _file(MAX_BYTES),
    Field("target_voice", text(), "A stock voice, or `uv_…` of your own.", required=True),
    Field("model", text(default="openvoice"), f"openvoice, knn-vc or {RESYNTHESIS}."),
    _format("wav"),
)
RESTYLE = _tool(
    "Say it in another voice, mood and pace",
    "",
    file_of_job(*_SOUNDS, more={"X-Note": "What was done, in a sentence."}),
    _file(MAX_BYTES),
    Field("voice", text(), "A stock voice, or `uv_…` of your own.", required=True),
    Field("model", text(default="openvoice"), f"openvoice, knn-vc or {RESYNTHESIS}."),
    Field("emotion", one_of(EMOTIONS, default="neutral"), "How."),
    Field("speed", number(*SPEEDS, default=1.0), "How fast."),
    _format("wav"),
)
TRANSLATE = _tool(
    "Say it in another language",
    "A pair of languages that there is not here is refused with those that can be had.",
    json_of_job(
        {
            "original_text": "She had been a friend.",
            "translated_text": "She had been a friend.",
            "source_language": "en",
            "target_language": "en",
            "audio_url": "https://example.com/static/downloads/…",
            "duration": 4.2,
            "credits_used": 350,
            "served_model": "asr-resynthesis",
            "note": "",
            "uuid": RESULT["uuid"],
        },
        "TtsaiTranslation",
    ),
    _file(MAX_TRANSLATED_BYTES),
    Field("target_language", text(), "A code such as `es`.", required=True),
    Field("voice", text(), "Who speaks. Left out: one of the language's."),
    Field("preserve_voice", flag(), "The stock voice that is most like the speaker's, at its pitch."),
    _format("mp3"),
)
_APPLIED = {"X-Applied": "What was done."}
_MODEL = Field("model", text(default="deepfilternet"), "A model that takes off noise.")
ENHANCE = _tool(
    "Make a recording of speech better",
    "",
    file_of_job(*_SOUNDS, more=_APPLIED),
    _file(SPEECH_BYTES),
    _MODEL,
    Field("denoise", flag(True), "Take noise and hum off."),
    Field("enhance_clarity", flag(True), "Even out level and tone."),
    Field("super_resolution", flag(), "Fill in the top that is missing."),
    Field("strength", whole(*STRENGTHS, default=2), "How much."),
    _format(None, TOOL_FORMATS),
)
REMOVE_ECHO = _tool(
    "Take echo off",
    "",
    file_of_job(*_SOUNDS, more=_APPLIED),
    _file(SPEECH_BYTES),
    Field("type", one_of(ECHO_TYPES, default="both"), "Single echoes, the sound of a room, or both."),
    Field("intensity", whole(*INTENSITIES, default=3), "How much."),
    _format(None, TOOL_FORMATS),
)
SEPARATE = _tool(
    "Take music apart",
    "`Accept: application/zip` answers with all stems in one ZIP; `stem` or `Accept: audio/*` with one.",
    json_of_job(
        {
            "stems": dict.fromkeys(STEMS[2], "https://example.com/static/downloads/…"),
            "zip_url": "https://example.com/static/downloads/…",
        },
        "TtsaiStems",
    ),
    _file(MUSIC_BYTES),
    Field("model", one_of(SEPARATORS, default="demucs"), "Which family."),
    Field("stems", one_of(sorted(STEMS), default=2), "Into how many."),
    Field(
        "stem",
        one_of(sorted({name for names in STEMS.values() for name in names})),
        "Answer with this one alone.",
    ),
    _format("wav", STEM_FORMATS),
)
ANALYZE = _tool(
    "Find key and tempo",
    "Free of charge. `bpm` and `time_signature` are null where nothing beats.",
    json_of_job(
        {
            "key": "A",
            "scale": "minor",
            "bpm": None,
            "time_signature": None,
            "camelot": "8A",
            "compatible_keys": ["A minor", "C major"],
        },
        "TtsaiAnalysis",
    ),
    _file(MUSIC_BYTES),
)
CONVERT = _tool(
    "Convert a recording",
    "Free of charge. What is lossless stays so.",
    file_of_job(*_SOUNDS),
    _file(MUSIC_BYTES),
    Field("format", one_of(TOOL_FORMATS), "Of the answer.", required=True),
    Field("bitrate", one_of(BITRATES), "kbit/s."),
    Field("sample_rate", one_of(RATES), "Hz."),
    Field("channels", one_of(CHANNELS), "How many."),
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
    _format("mp3"),
)
_CLONED = {"reference_audio": RECORDING, "text": "Hello in another voice."}
CLONE = Operation(
    "ttsai",
    "Speak in the voice of a recording",
    (file_of_job(*_SOUNDS, more=LIKENESS_HEADERS, job={**ACCEPTED, "url": ""}),),
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
    _format("mp3"),
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
    query=_QUERY,
    headers=_HEADERS,
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

WORK: Described = {
    **at(BOTH, "tts/clone/", POST=CLONE),
    **at(BOTH, "voice-clone/", POST=CLONE_LATER),
    **at(BOTH, "tts/embed/", POST=EMBED, DELETE=FORGET),
    "api/v1/user-voices/": {"GET": VOICE_LIST, "POST": VOICE_MAKE, "DELETE": VOICE_DELETE},
    "api/v1/user-voices/{public_id}/archive/": {"POST": ARCHIVE},
    "api/v1/user-voices/{public_id}/reactivate/": {"POST": REACTIVATE},
    **at(BOTH, "stt/", POST=TRANSCRIBE),
    **at(BOTH, "transcribe/", POST=TRANSCRIBE_LATER),
    **at(BOTH, "transcribe/results/", GET=TRANSCRIBED),
    **at(BOTH, "voice-convert/", POST=CONVERT_VOICE),
    **at(BOTH, "speech-to-speech/", POST=RESTYLE),
    **at(BOTH, "speech-translate/", POST=TRANSLATE),
    **at(BOTH, "audio/enhance/", POST=ENHANCE),
    **at(BOTH, "audio/separate/", POST=SEPARATE),
    **at(BOTH, "audio/remove-echo/", POST=REMOVE_ECHO),
    **at(BOTH, "audio/analyze/", POST=ANALYZE),
    **at(BOTH, "audio/convert/", POST=CONVERT),
    **at(BOTH, "voice-chat/", POST=CHAT, GET=CHAT_SHOW, DELETE=CHAT_FORGET),
}
