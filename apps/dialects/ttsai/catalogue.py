"""Models, voices, languages, previews and health in TTS.ai's shapes."""

from __future__ import annotations

from typing import Any

from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponseBase
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.catalog.health import health
from apps.catalog.selectors import Offer, languages_on_offer, models_on_offer, voices_on_offer
from apps.jobs.previews import MIMETYPE, voice_preview
from apps.limits.admission import admit
from apps.media.serving import stored_audio
from apps.usage.pricing import TIER_FACTOR
from ttsplatform.errors import ApiError, answers_errors
from workers.engines.catalogue import Voice


class OpenView(APIView):
    open_to_anonymous = True


class Models(OpenView):
    """GET: all models. The web host's SDK takes `name` for the id; the API host shows a name for people."""

    named_by_id = False

    def get(self, request: Request) -> Response:
        return Response({"models": [self.shown(offer) for offer in models_on_offer()]})

    def shown(self, offer: Offer) -> dict[str, Any]:
        model, price = offer.model, TIER_FACTOR[offer.model.tier]
        return {
            "id": model.id,
            "name": model.id if self.named_by_id else model.name,
            "display_name": model.name,
            "type": model.type,
            "tier": model.tier,
            "description": model.description,
            "languages": list(model.languages),
            "supports_cloning": "cloning" in model.abilities,
            "supports_streaming": "streaming" in model.abilities,
            "credits_per_1k_chars": price,
            "credits_per_1k": price,
            "free_without_key": model.free_without_key,
            "license": model.licence,
            "installed": offer.installed,
            "served_by": offer.served_by or offer.clones_served_by,
            "clones_served_by": offer.clones_served_by,
        }


class Voices(OpenView):
    """GET ?model=&language=&gender=: the voices of installed models."""

    def get(self, request: Request) -> Response:
        query = request.query_params
        voices = voices_on_offer(
            model=query.get("model") or None,
            language=query.get("language") or None,
            gender=query.get("gender") or None,
        )
        listed = [voice_shown(request._request, voice, tier) for voice, tier in voices]
        return Response({"voices": listed, "total": len(listed)})


def voice_shown(request: HttpRequest, voice: Voice, tier: str) -> dict[str, Any]:
    return {
        "id": voice.id,
        "voice_id": voice.id,
        "name": voice.name,
        "model": voice.model,
        "model_name": voice.model,
        "language": voice.language,
        "gender": voice.gender,
        "preview_url": request.build_absolute_uri(f"/v1/voices/preview/{voice.id}.mp3"),
        "is_premium": tier == "premium",
        "tags": ",".join(voice.tags),
    }


class Languages(OpenView):
    """GET: each language and the models that speak it."""

    def get(self, request: Request) -> Response:
        spoken = languages_on_offer()
        return Response({"languages": [{"code": code, "models": models} for code, models in spoken.items()]})


class Health(OpenView):
    """GET: {status, latency_ms, queue_size, models_loaded}, at most 30 seconds old."""

    def get(self, request: Request) -> Response:
        return Response(health())


@answers_errors
async def preview(request: HttpRequest, voice_id: str) -> HttpResponseBase:
    """GET: a sentence in the voice, as mp3."""
    if request.method not in {"GET", "HEAD"}:
        raise ApiError("method_not_allowed")
    await admit(request, kind="read")
    key = await sync_to_async(voice_preview)(voice_id)
    return await stored_audio(request, key, filename=f"{voice_id}.mp3", content_type=MIMETYPE)
