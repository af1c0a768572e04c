"""GET /api/health, /api/models, /api/voices and /api/stats."""

from __future__ import annotations

import platform
from pathlib import Path
from typing import Any

from asgiref.sync import sync_to_async
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse

from apps.accounts.callers import Caller
from apps.catalog.health import health as platform_health
from apps.catalog.health import workers_present
from apps.catalog.selectors import can_serve, served_by
from apps.limits.door import door
from workers.engines import store
from workers.engines.kitten_names import kitten_voices
from workers.runtime.presence import memory_mb

from .names import MODEL_IDS, MODELS, model_named, speaking_models
from .statistics import generation_stats


@door("GET", kind="read")
async def health(request: HttpRequest, caller: Caller) -> HttpResponse:
    return JsonResponse(await sync_to_async(_health)())


@door("GET", kind="read")
async def models(request: HttpRequest, caller: Caller) -> HttpResponse:
    return JsonResponse({"models": await sync_to_async(_models)()})


@door("GET", kind="read")
async def voice_list(request: HttpRequest, caller: Caller) -> HttpResponse:
    return JsonResponse(
        {
            "voices": [
                {
                    "id": voice.id,
                    "name": voice.name,
                    "gender": voice.gender,
                    "description": voice.description,
                }
                for voice in kitten_voices()
            ]
        }
    )


@door("GET", kind="read")
async def stats(request: HttpRequest, caller: Caller) -> HttpResponse:
    return JsonResponse(await sync_to_async(_stats)())


def _health() -> dict[str, Any]:
    state = platform_health()
    return {
        "status": "healthy" if state["status"] == "online" else "degraded",
        "loaded_models": state["models_loaded"],
        # Its name only: strangers need not know where this server keeps its files.
        "cache_dir": _cache_folder().name,
        "cache_size_mb": cache_size_mb(),
    }


def _models() -> list[dict[str, Any]]:
    listed = []
    for shown in MODELS:
        model = model_named(shown["id"])
        served = served_by(model)
        answers = {"installed": can_serve(model), "served_by": served.id if served else None}
        listed.append(shown | answers)
    return listed


def _stats() -> dict[str, Any]:
    workers = workers_present()
    # Those that speak for this API have the last word.
    workers.sort(key=lambda state: "live" in state["queues"])
    speaking = [state.get("memory_mb", 0.0) for state in workers if "live" in state["queues"]]
    return {
        "generation_stats": generation_stats(),
        "system": {
            "cache_directory": _cache_folder().name,
            "cache_size_mb": cache_size_mb(),
            "loaded_models": sorted({model for state in workers for model in state["loaded"]}),
            "model_load_times": {
                model: seconds
                for state in workers
                for model, seconds in state.get("load_seconds", {}).items()
            },
            "python_version": platform.python_version(),
            # Of the processes that hold the models, and of this one where there are none.
            "memory_usage_mb": round(sum(speaking), 1) or memory_mb(),
        },
        "available_models": list(MODEL_IDS),
        "available_voices": [voice.id for voice in kitten_voices()],
    }


def cache_size_mb() -> float:
    """Megabytes on disk of the models that speak for this API."""
    total = 0
    for model in speaking_models():
        weights = store.weights_for(model.id)
        manifest = store.read_manifest(_cache_folder() / weights.name) if weights else None
        total += sum(int(about["bytes"]) for about in (manifest or {"files": {}})["files"].values())
    return round(total / 1e6, 1)


def _cache_folder() -> Path:
    return Path(settings.MODELS_DIR)
