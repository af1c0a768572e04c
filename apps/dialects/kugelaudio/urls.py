"""KugelAudio's paths. None of them ends in a slash."""

from django.urls import path

from . import diagnostics, generate, normalize, voices

urlpatterns = [
    path("v1/tts/generate", generate.Generate.as_view()),
    path("v1/voices", voices.Voices.as_view()),
    path("v1/voices/<str:number>", voices.VoiceDetail.as_view()),
    path("v1/normalize", normalize.Normalize.as_view()),
    path("v1/sdk-diagnostics", diagnostics.SdkDiagnostics.as_view()),
]
