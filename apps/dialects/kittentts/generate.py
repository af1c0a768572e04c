"""POST /api/generate: a text as one WAV inside JSON."""

from __future__ import annotations

import base64
import time

from django.http import HttpRequest, HttpResponse, JsonResponse

from apps.accounts.callers import Caller
from apps.limits.door import door
from apps.live.whole import RATE

from .fields import generate_fields
from .speaking import speak
from .statistics import factor


@door("POST", kind="work")
async def generate(request: HttpRequest, caller: Caller) -> HttpResponse:
    began = time.monotonic()
    text, manner = generate_fields(request)
    spoken = await speak(caller, text, manner, request_id=request.request_id)  # type: ignore[attr-defined]
    answer = {
        "audio_base64": base64.b64encode(spoken.wav).decode(),
        "sample_rate": RATE,
        "duration": round(spoken.seconds, 2),
        "served_model": spoken.served_model,
        "debug_info": {
            # None where a worker had the model loaded already.
            "model_load_time": round(spoken.load, 3),
            "generation_time": round(spoken.generation, 3),
            "total_time": round(time.monotonic() - began, 3),
            "real_time_factor": factor(spoken.seconds, spoken.generation),
            "audio_samples": spoken.samples,
            "sample_rate": RATE,
        },
    }
    response = JsonResponse(answer)
    response["X-Served-Model"] = spoken.served_model
    response["Server-Timing"] = spoken.server_timing
    return response
