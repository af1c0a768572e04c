"""KugelAudio's speech and sound paths, for the documentation; voices are in described_voices."""

from __future__ import annotations

from apps.jobs.tools import SPEECH_BYTES
from apps.jobs.transcription import MAX_BYTES, MAX_PHRASE, MAX_PHRASES
from ttsplatform.describing import (
    RECORDING,
    Answer,
    Described,
    Field,
    Operation,
    Start,
    flag,
    many,
    nothing,
    number,
    one_of,
    shown,
    sound,
    text,
    upload,
    whole,
)
from workers.text.spoken import LANGUAGES

from .described_voices import VOICES
from .diagnostics import MAX_BYTES as MAX_REPORT
from .enhance import LONGEST_SECONDS, NOISE, RATE, SPEAKER, TASKS
from .fields import DEFAULT, MAX_TEXT, NUMBERS, OUTPUT_FORMATS, RATES, WHOLES
from .generate import CONTENT_TYPES

INTRODUCTION = (
    "KugelAudio's paths, without a slash at the end. Their SDK needs `api_url` only: its `tts.generate` and its "
    "sessions speak through the sockets (see the page about sockets), the rest is here. Errors on these paths, and on "
    "every path for a client that sends `X-KugelAudio-SDK`, are a sentence in `error`, with `error_code` and `code`."
)
START = Start(
    "Speak a sentence with KugelAudio's own SDK",
    "python",
    """import os

from kugelaudio import KugelAudio

client = KugelAudio(api_key=os.environ["API_KEY"], api_url="%URL%")
audio = client.tts.generate(text="Hello from KugelAudio.", model_id="kugel-1-turbo")
audio.save("kugel.wav")""",
    "pip install kugelaudio",
)

_SAMPLES = ({"type": "string", "format": "binary"}, None)
MANNER = (
    Field(
        "model_id",
        text(longest=100, default=DEFAULT.model_id),
        "A `kugel-…` name, or a speech model of ours; also `model`.",
    ),
    Field(
        "voice_id",
        whole(0),
        "A number of `GET /v1/voices`, also in quotes. Left out: the model's own for the language.",
    ),
    Field("language", one_of(sorted(LANGUAGES)), "Left out: detected. `en-GB` counts as `en`."),
    Field("sample_rate", one_of(RATES, default=DEFAULT.sample_rate), "Hz."),
    Field("output_format", one_of(OUTPUT_FORMATS), "Encoding and rate in one; it rules over `sample_rate`."),
    Field(
        "normalize", flag(DEFAULT.normalize), "Numbers, dates and the like in words; needed for `<spell>`."
    ),
    Field("speed", number(*NUMBERS["speed"], default=DEFAULT.speed), "1 is as the voice speaks by itself."),
    Field(
        "max_new_tokens",
        whole(*WHOLES["max_new_tokens"], default=DEFAULT.max_new_tokens),
        "The sound of a sentence ends after so many tokens, 7.5 to a second.",
    ),
    Field(
        "cfg_scale",
        number(*NUMBERS["cfg_scale"], default=DEFAULT.cfg_scale),
        "For engines that have such a setting.",
    ),
    Field(
        "temperature",
        number(*NUMBERS["temperature"], default=DEFAULT.temperature),
        "For engines that have such a setting.",
    ),
)
_TEXT = Field(
    "text",
    text(longest=MAX_TEXT),
    "What to say. `<spell>`, `<prosody rate>` and `<break time>` work in it.",
    required=True,
)
GENERATE = Operation(
    "kugelaudio",
    "Speak a text",
    (
        Answer(
            "Raw mono samples without a header, sent while they are spoken.",
            dict.fromkeys(CONTENT_TYPES.values(), _SAMPLES),
            headers={
                "X-Sample-Rate": "Hz.",
                "X-Audio-Format": f"{', '.join(CONTENT_TYPES)}.",
                "X-Served-Model": "Which model spoke.",
                "X-KugelAudio-AI-Generated": "true.",
            },
        ),
    ),
    "A field that is null has its default; one that is not in this list has no effect. The bodies of speech are 16-bit "
    "little-endian unless `output_format` names another encoding.",
    json=(_TEXT, *MANNER),
    example={"text": "Hello from KugelAudio.", "model_id": "kugel-1-turbo", "sample_rate": 16_000},
    errors=(
        *("text_too_long", "model_not_found", "insufficient_credits", "not_found", "conflict"),
        *("too_many_concurrent", "model_unavailable", "service_unavailable"),
    ),
)
TRANSCRIBE = Operation(
    "kugelaudio",
    "Write a recording down",
    (
        shown(
            {
                "text": "She had been a friend.",
                "transcript": "She had been a friend.",
                "language": "en",
                "duration_s": 4.2,
                "model": "whisper",
                "served_model": "whisper",
                "word_alternatives": [],
                "request_id": "req_0f3c2d1b",
            }
        ),
    ),
    "After 55 seconds the answer is a 503 that names the job: its transcript is at `/v1/audio/transcriptions/{id}`.",
    form=(
        Field(
            "file", upload(), f"Any format that ffmpeg reads, at most {MAX_BYTES >> 20} MB.", required=True
        ),
        Field("model", text(default="whisper"), "A name of theirs, or a model of ours that listens."),
        Field("language", text(), "A code such as `en`. Left out: found out."),
        Field(
            "boosted_phrases",
            many(text(longest=MAX_PHRASE), most=MAX_PHRASES),
            "Words to expect; the field may come several times.",
        ),
    ),
    example={"file": RECORDING, "language": "en"},
    errors=(
        "model_not_found",
        "insufficient_credits",
        "file_too_large",
        "too_many_concurrent",
        "service_unavailable",
    ),
    key="needed",
    scope="audio",
)
MODELS = Operation(
    "kugelaudio",
    "List models",
    (),
    "Their fields are in `models`.",
    key="optional",
)
ENHANCE = Operation(
    "kugelaudio",
    "Take noise off a recording",
    (
        sound(
            "audio/wav",
            f"Mono PCM16 at {RATE} Hz, as long as what came.",
            **{"X-Applied": "What was done.", "X-Credits-Used": "Characters charged."},
        ),
    ),
    f"At most {LONGEST_SECONDS} seconds. `{SPEAKER}` keeps one voice and turns others down; it does not part "
    "voices that speak at once.",
    form=(
        Field("file", upload(), f"The recording, at most {SPEECH_BYTES >> 20} MB.", required=True),
        Field("model", text(), "Any `clarity-…` name."),
        Field("task", one_of(TASKS, default=NOISE), "What to do."),
        Field("speaker", upload(), f"A sample of the voice to keep, for `{SPEAKER}`."),
    ),
    example={"file": RECORDING, "task": NOISE},
    errors=(
        "model_not_found",
        "insufficient_credits",
        "file_too_large",
        "too_many_concurrent",
        "service_unavailable",
    ),
)
WARMUP = Operation("kugelaudio", "Wake the enhancer", (shown({"status": "ready"}),), "Nothing sleeps here.")
NORMALIZE = Operation(
    "kugelaudio",
    "Say it in words",
    (shown({"text": "It costs five euros.", "language": "en", "time_ms": 0.42}),),
    "What would be said for a text. Costs nothing but a request.",
    json=(
        Field("text", text(longest=MAX_TEXT), "The text.", required=True),
        Field("language", one_of(sorted(LANGUAGES)), "Left out: detected."),
    ),
    example={"text": "It costs €5.", "language": "en"},
    errors=("text_too_long",),
)
DIAGNOSTICS = Operation(
    "kugelaudio",
    "Reports of the SDK",
    (nothing("Dropped, unread."),),
    f"At most {MAX_REPORT} bytes.",
    errors=("file_too_large",),
)

DESCRIBED: Described = {
    "v1/tts/generate": {"POST": GENERATE},
    **VOICES,
    "v1/audio/enhance": {"POST": ENHANCE},
    "v1/audio/enhance/warmup": {"POST": WARMUP},
    "v1/normalize": {"POST": NORMALIZE},
    "v1/sdk-diagnostics": {"POST": DIAGNOSTICS},
}
