"""KittenTTS's paths. None of them ends in a slash."""

from django.urls import path

from . import generate, information, stream

urlpatterns = [
    path("api/health", information.health),
    path("api/models", information.models),
    path("api/voices", information.voice_list),
    path("api/stats", information.stats),
    path("api/generate", generate.generate),
    path("api/stream/start", stream.start),
    path("api/stream/chunk", stream.chunk),
    path("api/stream/end/<str:session_id>", stream.end),
]
