"""TTS.ai's paths, on its API host (/v1/) and its web host (/api/v1/)."""

from django.urls import path

from . import catalogue, speech

urlpatterns = [
    path("v1/tts/", speech.Speak.as_view()),
    path("api/v1/tts/", speech.Speak.as_view()),
    path("v1/tts/stream/", speech.Speak.as_view(always_streams=True)),
    path("api/v1/tts/stream/", speech.Speak.as_view(always_streams=True)),
    path("v1/speech/results/", speech.Result.as_view()),
    path("api/v1/speech/results/", speech.Result.as_view()),
    path("v1/speech/subtitles/", speech.Subtitles.as_view()),
    path("v1/models/", catalogue.Models.as_view(named_by_id=False)),
    path("v1/speech/models/", catalogue.Models.as_view(named_by_id=False)),
    path("api/v1/models/", catalogue.Models.as_view(named_by_id=True)),
    path("v1/voices/", catalogue.Voices.as_view()),
    path("v1/speech/voices/", catalogue.Voices.as_view()),
    path("api/v1/voices/", catalogue.Voices.as_view()),
    path("v1/voices/preview/<str:voice_id>.mp3", catalogue.preview),
    path("v1/speech/languages/", catalogue.Languages.as_view()),
    path("v1/health/", catalogue.Health.as_view()),
    path("api/v1/health/", catalogue.Health.as_view()),
]
