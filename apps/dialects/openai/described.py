"""OpenAI's audio paths, for the documentation."""

from __future__ import annotations

from apps.jobs.transcription import MAX_BYTES, MAX_PROMPT
from ttsplatform.describing import (
    RECORDING,
    Answer,
    Described,
    Field,
    Operation,
    Schema,
    Start,
    fields_of,
    flag,
    many,
    number,
    one_of,
    shape,
    shown,
    text,
    upload,
)
from workers.audio.formats import AUDIO_FORMATS

from .models import as_openai
from .names import LISTENERS, MODELS, VOICES
from .speech import FORMATS as SOUNDS
from .speech import SpeechBody
from .transcript_formats import FORMATS, GRANULARITIES

INTRODUCTION = (
    "OpenAI's audio paths, without a slash at the end: set `base_url` of any OpenAI client to this server's address "
    "with `/v1` behind it. Their names for models and voices are answered by ours; each of ours can be named too."
)
START = Start(
    "Speak a sentence with OpenAI's own SDK",
    "python",
    """import os

from openai import OpenAI

client = OpenAI(api_key=os.environ["API_KEY"], base_url="%URL%/v1")
speech = client.audio.speech.create(model="tts-1", voice="alloy", input="Hello from OpenAI's SDK.")
speech.write_to_file("openai.mp3")""",
    "pip install openai",
)

_BINARY: Schema = {"type": "string", "format": "binary"}
_DELTA = 'data: {"type": "speech.audio.delta", "audio": "SUQz…"}\n\n'
_DONE = 'data: {"type": "speech.audio.done", "usage": {"total_tokens": 6, …}}\n\n'
SPEECH = Operation(
    "openai",
    "Speak a text",
    (
        Answer(
            "The audio while it is spoken; with `stream_format` `sse` as events.",
            {
                **{AUDIO_FORMATS[name].content_type: (_BINARY, None) for name in SOUNDS},
                "text/event-stream": ({"type": "string"}, _DELTA + _DONE),
            },
            headers={"X-Served-Model": "Which model spoke.", "Server-Timing": "When the sound began."},
        ),
    ),
    "`pcm` is s16le at 24 kHz. `instructions` are accepted and have no effect.",
    json=fields_of(
        SpeechBody,
        {
            "model": f"{', '.join(MODELS)}, or a speech model of ours.",
            "input": "What to say; as long as the plan allows.",
            "voice": f"{', '.join(VOICES)}, or a voice of ours; also as an object with an `id`.",
            "instructions": "No effect here.",
            "response_format": "Of the audio.",
            "speed": "1 is as the voice speaks by itself.",
            "stream_format": "`sse`: Server-Sent Events.",
            "language": "A code such as `en`. Left out: detected. (Not OpenAI's.)",
        },
    ),
    example={"model": "tts-1", "voice": "alloy", "input": "Hello from OpenAI's API."},
    errors=(
        *("text_too_long", "model_not_found", "insufficient_credits", "not_found"),
        *("too_many_concurrent", "model_unavailable", "service_unavailable"),
    ),
)
_USAGE = {"type": "duration", "seconds": 5}
_TEXT = "She had been a friend."
_FILE = Field("file", upload(), f"Any format that ffmpeg reads, at most {MAX_BYTES >> 20} MB.", required=True)
_MODEL = Field(
    "model", text(default="whisper-1"), f"{', '.join(LISTENERS)}, or a model of ours that listens."
)
_PROMPT = Field("prompt", text(longest=MAX_PROMPT), "Text that came before, or words to expect.")
_FORMAT = Field("response_format", one_of(FORMATS, default="json"), "Of the answer.")
_TEMPERATURE = Field("temperature", number(0, 1, default=0), "0 is the likeliest.")
_WORKING = (
    "model_not_found",
    "insufficient_credits",
    "file_too_large",
    "too_many_concurrent",
    "model_unavailable",
)


def _transcript(about: str) -> Answer:
    example = {"text": _TEXT, "usage": _USAGE}
    plain: Schema = {"type": "string"}
    return Answer(
        about,
        {
            "application/json": (shape(example), example),
            "text/plain": (plain, f"{_TEXT}\n"),
            "application/x-subrip": (plain, f"1\n00:00:00,000 --> 00:00:02,000\n{_TEXT}\n"),
            "text/vtt": (plain, f"WEBVTT\n\n00:00.000 --> 00:02.000\n{_TEXT}\n"),
        },
        headers={"X-Job-Id": "The job behind it.", "X-Served-Model": "Which model listened."},
    )


TRANSCRIBE = Operation(
    "openai",
    "Write a recording down",
    (_transcript("The transcript in the format that was asked for; with `stream` as events."),),
    "One that takes longer than a request may wait is answered by a 504 that names the job.",
    form=(
        _FILE,
        _MODEL,
        Field("language", text(), "A code such as `en`. Left out: found out."),
        _PROMPT,
        _FORMAT,
        _TEMPERATURE,
        Field("timestamp_granularities[]", many(one_of(GRANULARITIES)), "For `verbose_json`."),
        Field("stream", flag(), "Server-Sent Events while it is heard."),
    ),
    example={"file": RECORDING, "model": "whisper-1"},
    errors=_WORKING,
    key="needed",
    scope="audio",
)
TRANSLATE = Operation(
    "openai",
    "Write a recording down in English",
    (_transcript("As a transcription; no speakers, no stream."),),
    form=(_FILE, _MODEL, _PROMPT, _FORMAT, _TEMPERATURE),
    example={"file": RECORDING, "model": "whisper-1"},
    errors=_WORKING,
)
FETCH = Operation(
    "openai",
    "Fetch a transcription that took longer",
    (
        _transcript("The transcript, or its state and `progress`."),
        shown({"id": "8c7a…", "object": "transcription.job", "status": "running", "progress": 0.5}),
    ),
    "For whoever knows the id.",
    path=(Field("job_id", {"type": "string"}, "As the 504 named it."),),
    query=(_FORMAT, Field("timestamp_granularities[]", many(one_of(GRANULARITIES)), "For `verbose_json`.")),
    errors=("not_found", "gone"),
)
MODEL = as_openai("tts-1")
LIST = Operation(
    "openai",
    "List models",
    (
        shown(
            {
                "object": "list",
                "data": [MODEL],
                "models": [
                    {
                        "id": "kokoro",
                        "model_id": "kokoro",
                        "name": "Kokoro",
                        "description": "…",
                        "parameters": "",
                        "max_input_length": 10_000,
                        "sample_rate": 24_000,
                        "served_by": "kokoro",
                        "clones_served_by": None,
                    }
                ],
            },
            "OpenAI's clients read `data`, KugelAudio's `models`.",
        ),
    ),
)
SHOW = Operation(
    "openai",
    "Show a model",
    (shown(MODEL),),
    path=(Field("model_id", {"type": "string"}, "Its name."),),
    errors=("not_found",),
)

DESCRIBED: Described = {
    "v1/audio/speech": {"POST": SPEECH},
    "v1/audio/transcriptions/{job_id}": {"GET": FETCH},
    "v1/audio/translations": {"POST": TRANSLATE},
    "v1/models/{model_id}": {"GET": SHOW},
}
