"""TTS.ai's transcription and audio tools, for the documentation."""

from __future__ import annotations

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
from ttsplatform.describing import (
    RECORDING,
    Answer,
    Described,
    Field,
    Operation,
    at,
    flag,
    number,
    one_of,
    shown,
    text,
    whole,
)

from .described_shapes import (
    ACCEPTED,
    BOTH,
    QUERY,
    RESULT,
    SENT_HEADERS,
    SOUNDS,
    WEBHOOK_URL,
    WORKING,
    file_field,
    file_of_job,
    format_field,
    json_of_job,
)
from .revoice import MAX_BYTES, MAX_TRANSLATED_BYTES


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
        query=QUERY,
        headers=SENT_HEADERS,
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
    file_field(MAX_TRANSCRIBED),
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
    file_of_job(*SOUNDS, more={"X-Note": "What was done, in a sentence."}),
    file_field(MAX_BYTES),
    Field("target_voice", text(), "A stock voice, or `uv_…` of your own.", required=True),
    Field("model", text(default="openvoice"), f"openvoice, knn-vc or {RESYNTHESIS}."),
    format_field("wav"),
)
RESTYLE = _tool(
    "Say it in another voice, mood and pace",
    "",
    file_of_job(*SOUNDS, more={"X-Note": "What was done, in a sentence."}),
    file_field(MAX_BYTES),
    Field("voice", text(), "A stock voice, or `uv_…` of your own.", required=True),
    Field("model", text(default="openvoice"), f"openvoice, knn-vc or {RESYNTHESIS}."),
    Field("emotion", one_of(EMOTIONS, default="neutral"), "How."),
    Field("speed", number(*SPEEDS, default=1.0), "How fast."),
    format_field("wav"),
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
    file_field(MAX_TRANSLATED_BYTES),
    Field("target_language", text(), "A code such as `es`.", required=True),
    Field("voice", text(), "Who speaks. Left out: one of the language's."),
    Field("preserve_voice", flag(), "The stock voice that is most like the speaker's, at its pitch."),
    format_field("mp3"),
)
_APPLIED = {"X-Applied": "What was done."}
_MODEL = Field("model", text(default="deepfilternet"), "A model that takes off noise.")
ENHANCE = _tool(
    "Make a recording of speech better",
    "",
    file_of_job(*SOUNDS, more=_APPLIED),
    file_field(SPEECH_BYTES),
    _MODEL,
    Field("denoise", flag(True), "Take noise and hum off."),
    Field("enhance_clarity", flag(True), "Even out level and tone."),
    Field("super_resolution", flag(), "Fill in the top that is missing."),
    Field("strength", whole(*STRENGTHS, default=2), "How much."),
    format_field(None, TOOL_FORMATS),
)
REMOVE_ECHO = _tool(
    "Take echo off",
    "",
    file_of_job(*SOUNDS, more=_APPLIED),
    file_field(SPEECH_BYTES),
    Field("type", one_of(ECHO_TYPES, default="both"), "Single echoes, the sound of a room, or both."),
    Field("intensity", whole(*INTENSITIES, default=3), "How much."),
    format_field(None, TOOL_FORMATS),
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
    file_field(MUSIC_BYTES),
    Field("model", one_of(SEPARATORS, default="demucs"), "Which family."),
    Field("stems", one_of(sorted(STEMS), default=2), "Into how many."),
    Field(
        "stem",
        one_of(sorted({name for names in STEMS.values() for name in names})),
        "Answer with this one alone.",
    ),
    format_field("wav", STEM_FORMATS),
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
    file_field(MUSIC_BYTES),
)
CONVERT = _tool(
    "Convert a recording",
    "Free of charge. What is lossless stays so.",
    file_of_job(*SOUNDS),
    file_field(MUSIC_BYTES),
    Field("format", one_of(TOOL_FORMATS), "Of the answer.", required=True),
    Field("bitrate", one_of(BITRATES), "kbit/s."),
    Field("sample_rate", one_of(RATES), "Hz."),
    Field("channels", one_of(CHANNELS), "How many."),
)


WORK: Described = {
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
}
