"""TTS.ai's paths, for the documentation: speech, batches, the catalogue. The rest is in described_*."""

from __future__ import annotations

from dataclasses import replace

from apps.catalog.selectors import GENDERS
from apps.jobs.batches import MAX_ITEMS
from apps.jobs.speech import SPEEDS
from ttsplatform.describing import (
    Answer,
    Described,
    Field,
    Operation,
    Start,
    at,
    events,
    fields_of,
    flag,
    many,
    nested,
    nothing,
    number,
    one_of,
    shape,
    shown,
    sound,
    text,
    whole,
)
from workers.audio.formats import AUDIO_FORMATS
from workers.audio.streaming import STREAMED_FORMATS

from .described_chat import CHAT_PATHS
from .described_shapes import ACCEPTED, BOTH, HEADERS, IDEMPOTENCY, JOB, PREFER, RESULT, WEBHOOK_URL
from .described_voices import CLONING
from .described_work import WORK
from .serializers import SpeakRequest

INTRODUCTION = (
    "TTS.ai's paths, with a slash at the end, under `/v1/` and most of them under `/api/v1/` as well. Their SDK takes "
    "two addresses; give it this server's for both. An order is answered by a job, which is polled; or by the sound "
    "itself, with `Accept: audio/mpeg` or `?wait=true`. Fields that are not listed have no effect."
)
START = Start(
    "Speak a sentence with TTS.ai's own SDK",
    "python",
    """import os

from tts_ai import TTSClient

client = TTSClient(api_key=os.environ["API_KEY"], base_url="%URL%", gpu_url="%URL%")
speech = client.generate("Hello from TTS.ai.", model="kokoro", voice="af_bella", output_format="mp3")
with open("ttsai.mp3", "wb") as file:
    file.write(speech)""",
    "pip install ttsai",
)

_FIELDS = {
    "text": "What to say; as long as the plan allows, 100,000 characters at most.",
    "model": "See `GET /v1/models/`. Left out: by language.",
    "voice": "See `GET /v1/voices/`. Kokoro's can be mixed: `af_bella(2)+am_adam`.",
    "format": "Of the audio.",
    "speed": "1 is as the voice speaks by itself.",
    "user_voice_id": "A voice of your own; `model` and `voice` are not looked at then.",
    "language": "A code such as `en`. Left out: detected.",
    "stream": "True: as `POST /v1/tts/stream/`.",
    "instructions": "Accepted, and without effect.",
    "webhook_url": WEBHOOK_URL.about,
}
# What the serializer leaves to the service of speech.
_CHECKED = {
    "format": one_of(AUDIO_FORMATS, default="mp3"),
    "speed": number(*SPEEDS, default=1.0),
}
SPEAK_FIELDS = tuple(
    replace(each, schema=_CHECKED.get(each.name, each.schema)) for each in fields_of(SpeakRequest, _FIELDS)
)
_ITEM = [each for each in SPEAK_FIELDS if each.name not in {"stream", "webhook_url", "instructions"}]
_STREAMED = tuple(
    replace(each, schema=one_of(STREAMED_FORMATS, default="mp3")) if each.name == "format" else each
    for each in SPEAK_FIELDS
    if each.name not in {"stream", "webhook_url"}
)
_ORDERING = (
    *(
        "text_too_long",
        "model_not_found",
        "insufficient_credits",
        "not_found",
        "conflict",
        "idempotency_mismatch",
    ),
    *("too_many_concurrent", "model_unavailable"),
)
_BINARY = {"type": "string", "format": "binary"}
_HELLO = {"text": "Hello from TTS.ai.", "model": "kokoro", "voice": "af_bella"}

SPEAK = Operation(
    "ttsai",
    "Speak a text",
    (
        Answer(
            "The job that was ordered; or the audio, for whoever waits for it.",
            {
                "application/json": ({**shape(ACCEPTED), "title": "TtsaiJob"}, ACCEPTED),
                **{form.content_type: (_BINARY, None) for form in AUDIO_FORMATS.values()},
            },
            headers=HEADERS,
        ),
    ),
    "Poll `status_url` until `status` is `completed` or `failed`.",
    query=(Field("wait", flag(), "True: the answer is the audio, if it takes no longer than two minutes."),),
    headers=(IDEMPOTENCY, PREFER),
    json=SPEAK_FIELDS,
    example=_HELLO,
    errors=_ORDERING,
)
STREAM = Operation(
    "ttsai",
    "Speak a text while it is heard",
    (
        events(
            'event: audio\ndata: {"index": 0, "audio": "SUQz…", "format": "mp3", "sample_rate": 24000, "words": []}\n\n'
            'event: done\ndata: {"status": "completed", "uuid": "8c7a…", "duration": 1.2, "credits_used": 36}\n\n',
            "Events `audio`, whose `audio` values together are one file; then `done`, or `error` where it breaks off.",
            **{"X-Credits-Used": "The price if all is spoken."},
        ),
    ),
    "Only what was spoken is charged.",
    json=_STREAMED,
    example=_HELLO,
    errors=(*_ORDERING, "service_unavailable"),
)
_UUID = Field("uuid", text(), "The job's `uuid`.", required=True)
RESULTS = Operation(
    "ttsai",
    "Poll a job",
    (
        shown(
            RESULT,
            "`processing`, then `completed` with links, or `failed` with `error`.",
            title="TtsaiResult",
        ),
    ),
    "For whoever knows the uuid, with a key or without. Links are good for an hour; polling again gives fresh ones.",
    query=(_UUID,),
    errors=("not_found", "gone"),
)
SUBTITLES = Operation(
    "ttsai",
    "Subtitles of spoken text",
    (
        shown(
            {
                "format": "srt",
                "content": "1\n00:00:00,000 --> 00:00:01,200\nHello from TTS.ai.\n",
                "cached": False,
                "segment_count": 1,
                "language": "en",
                "duration": 1.2,
            }
        ),
    ),
    "From the times at which the words really sound.",
    query=(_UUID, Field("format", one_of(("srt", "vtt"), default="srt"), "SubRip or WebVTT.")),
    errors=("not_found", "gone"),
)

BATCH = {
    "batch_id": "1f0e…",
    "status": "processing",
    "total": 1,
    "completed": 0,
    "failed": 0,
    "progress": 0.0,
    "credits_charged": 0,
    "items": [
        {
            "index": 0,
            "uuid": JOB["uuid"],
            "status": "queued",
            "error": None,
            "error_code": None,
            "url": "",
            "result_url": "",
            "credits": 0,
            "model": "kokoro",
            "served_model": "kokoro",
            "voice": "af_bella",
            "similarity": None,
            "note": "",
        }
    ],
    "status_url": "https://example.com/v1/tts/batch/result/?batch_id=1f0e…",
    "zip_url": None,
}
_BATCH = shown(BATCH, "The batch and its items.", title="TtsaiBatch")
_BATCH_ID = (Field("batch_id", {"type": "string"}, "The batch's id."),)
ORDER_BATCH = Operation(
    "ttsai",
    "Order many texts at once",
    (_BATCH,),
    "All or nothing at the start: one that can not be paid for, or of which one item is wrong, orders nothing.",
    headers=(IDEMPOTENCY,),
    json=(
        Field(
            "texts",
            many(nested(_ITEM), least=1, most=MAX_ITEMS),
            "Each as for a single order.",
            required=True,
        ),
        WEBHOOK_URL,
    ),
    example={"texts": [{"text": "One.", "voice": "af_bella"}, {"text": "Two.", "voice": "am_adam"}]},
    errors=_ORDERING,
)
BATCH_RESULT = Operation(
    "ttsai",
    "Poll a batch",
    (_BATCH,),
    "`completed` once every item has ended, however it did. Without a key for whoever knows the id; with one for its "
    "own account only.",
    query=(Field("batch_id", text(), "The batch's id.", required=True),),
    errors=("not_found", "gone"),
)
BATCH_SHOW = Operation("ttsai", "Show a batch", (_BATCH,), path=_BATCH_ID, errors=("not_found",))
BATCH_DELETE = Operation(
    "ttsai",
    "Delete a batch",
    (nothing("Its audio and its texts are gone for good."),),
    path=_BATCH_ID,
    errors=("not_found",),
)
BATCH_CANCEL = Operation(
    "ttsai",
    "Cancel a batch",
    (_BATCH,),
    "What has not ended is ended and refunded; what is done stays.",
    path=_BATCH_ID,
    errors=("not_found", "conflict"),
)
BATCH_ZIP = Operation(
    "ttsai",
    "Fetch a batch in one ZIP",
    (sound("application/zip", "All its audio, and `items.json`."),),
    "Follow `zip_url`, which is signed; without a signature the owner's key is needed.",
    path=_BATCH_ID,
    query=(
        Field("expires", whole(), "From the link: Unix seconds."),
        Field("signature", text(), "From the link."),
    ),
    errors=("not_found", "conflict", "gone"),
    key="optional",
)

MODEL = {
    "id": "kokoro",
    "name": "Kokoro",
    "display_name": "Kokoro",
    "type": "tts",
    "tier": "standard",
    "description": "…",
    "languages": ["en"],
    "supports_cloning": False,
    "supports_streaming": True,
    "credits_per_1k_chars": 2,
    "credits_per_1k": 2,
    "free_without_key": True,
    "license": "Apache-2.0",
    "installed": True,
    "served_by": "kokoro",
    "clones_served_by": None,
}
VOICE = {
    "id": "af_bella",
    "voice_id": "af_bella",
    "name": "Bella",
    "model": "kokoro",
    "model_name": "kokoro",
    "language": "en",
    "gender": "female",
    "preview_url": "https://example.com/v1/voices/preview/af_bella.mp3",
    "is_premium": False,
    "tags": "warm",
}
MODELS = Operation(
    "ttsai",
    "List models",
    (shown({"models": [MODEL]}),),
    "Those that are not installed here are listed with `installed` false, and `served_by` where another stands in.",
)
VOICES = Operation(
    "ttsai",
    "List voices",
    (shown({"voices": [VOICE], "total": 1}),),
    query=(
        Field("model", text(), "Only this model's."),
        Field("language", text(), "Only those that speak it."),
        Field("gender", one_of(GENDERS), "Only these."),
    ),
    errors=("model_not_found",),
)
PREVIEW = Operation(
    "ttsai",
    "Hear a voice",
    (sound("audio/mpeg", "A sentence in the voice."),),
    path=(Field("voice_id", {"type": "string"}, "The voice's id."),),
    errors=("not_found",),
    key="optional",
)
LANGUAGES = Operation(
    "ttsai",
    "List languages",
    (shown({"languages": [{"code": "en", "models": ["kokoro", "piper"]}]}, "And who speaks them."),),
)
HEALTH = Operation(
    "ttsai",
    "Is it there?",
    (
        shown(
            {
                "status": "online",
                "latency_ms": 3,
                "queue_size": 0,
                "models_loaded": ["kokoro"],
                "workers": 4,
            }
        ),
    ),
)

DESCRIBED: Described = {
    **at(BOTH, "tts/", POST=SPEAK),
    **at(BOTH, "tts/stream/", POST=STREAM),
    **at(BOTH, "speech/results/", GET=RESULTS),
    "v1/speech/subtitles/": {"GET": SUBTITLES},
    **at(BOTH, "tts/batch/", POST=ORDER_BATCH),
    **at(BOTH, "tts/batch/result/", GET=BATCH_RESULT),
    **at(BOTH, "tts/batch/{batch_id}/", GET=BATCH_SHOW, DELETE=BATCH_DELETE),
    **at(BOTH, "tts/batch/{batch_id}/cancel/", POST=BATCH_CANCEL),
    **at(BOTH, "tts/batch/{batch_id}/zip/", GET=BATCH_ZIP),
    **CLONING,
    **WORK,
    **CHAT_PATHS,
    **at((*BOTH, "v1/speech/"), "models/", GET=MODELS),
    **at((*BOTH, "v1/speech/"), "voices/", GET=VOICES),
    "v1/voices/preview/{voice_id}.mp3": {"GET": PREVIEW},
    "v1/speech/languages/": {"GET": LANGUAGES},
    **at(BOTH, "health/", GET=HEALTH),
}
