"""Previews of voices: a short sentence, spoken through the queue the first time somebody listens, then kept."""

from __future__ import annotations

import tempfile
from dataclasses import asdict
from pathlib import Path

from apps.accounts.callers import Caller
from apps.accounts.models import Plan
from apps.media.store import media_store
from ttsplatform.errors import ApiError
from workers.engines import store
from workers.engines.catalogue import Voice, catalogue

from .models import JobStatus
from .services import Order, submit
from .speech import SpeechRequest
from .waiting import wait_for

SENTENCES = {
    "en": "Hello, this is {name}. I can read your text aloud.",
    "es": "Hola, soy {name}. Puedo leer tu texto en voz alta.",
    "fr": "Bonjour, je suis {name}. Je peux lire votre texte à voix haute.",
    "de": "Hallo, hier ist {name}. Ich lese Ihren Text gerne vor.",
    "it": "Ciao, sono {name}. Posso leggere il tuo testo ad alta voce.",
    "pt": "Olá, eu sou {name}. Posso ler o seu texto em voz alta.",
    "hi": "नमस्ते, मैं आपका पाठ पढ़कर सुना सकता हूँ।",
    "ja": "こんにちは。文章を読み上げます。",
    "zh": "你好，我可以为你朗读文字。",
}
MIMETYPE = "audio/mpeg"


def house() -> Caller:
    """The caller on whose behalf the platform speaks for itself: it pays nothing and waits its turn."""
    plan = Plan(slug="house", name="House", requests_per_minute=600, concurrency=1, max_text_chars=1000)
    plan.max_queued_jobs, plan.retention_days = 1000, 1
    return Caller(network="house", plan=plan)


def voice_preview(voice_id: str, seconds: float = 30.0) -> str:
    """The key of the voice's preview (mp3). Raises ApiError: not_found, model_unavailable, service_unavailable."""
    voice = next((v for v in catalogue().voices() if v.id == voice_id and store.is_installed(v.model)), None)
    if voice is None:
        raise ApiError("not_found", f"There is no voice {voice_id[:64]!r} here. GET /v1/voices/ lists them.")
    key = f"previews/{voice.model}/{voice.id}/preview.mp3"
    try:
        media_store().size(key)
    except FileNotFoundError:
        _speak(voice, key, seconds)
    return key


def _speak(voice: Voice, key: str, seconds: float) -> None:
    model = catalogue().model(voice.model)
    assert model is not None
    text = SENTENCES.get(voice.language, SENTENCES["en"]).format(name=voice.name)
    request = SpeechRequest(text, model.id, voice.id, voice.language, "mp3", 1.0)
    order = Order(
        kind="speech",
        step="speech",
        service="preview",
        queue=model.queue,
        model=model.id,
        served_model=model.id,
        voice=voice.id,
        language=voice.language,
        characters=len(text),
        price=0,
        request=asdict(request),
    )
    # The key keeps ten listeners at once from ordering ten times.
    job = submit(house(), order, request_id="preview", idempotency_key=f"preview:{model.id}:{voice.id}").job
    job = wait_for(job.pk, seconds)
    if job.status != JobStatus.COMPLETED or not job.result:
        raise ApiError(
            "service_unavailable", "The preview is being made. Try again in a moment.", retry_after=5
        )
    with media_store().open(job.result["key"]) as source, tempfile.NamedTemporaryFile(delete=False) as copy:
        copy.write(source.read())
    media_store().put(key, Path(copy.name))
