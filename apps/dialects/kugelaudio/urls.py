"""KugelAudio's paths. None of them ends in a slash."""

from django.urls import path

from . import diagnostics, enhance, generate, normalize, voice_recordings, voice_views

urlpatterns = [
    path("v1/tts/generate", generate.Generate.as_view()),
    path("v1/voices", voice_views.Voices.as_view()),
    path("v1/voices/<str:number>", voice_views.VoiceDetail.as_view()),
    path("v1/voices/<str:number>/references", voice_recordings.References.as_view()),
    path("v1/voices/<str:number>/references/<str:reference>", voice_recordings.ReferenceDetail.as_view()),
    path("v1/voices/<str:number>/publish", voice_recordings.Publish.as_view()),
    path("v1/voices/<str:number>/generate-sample", voice_recordings.GenerateSample.as_view()),
    path("v1/audio/enhance", enhance.Enhance.as_view()),
    path("v1/audio/enhance/warmup", enhance.Warmup.as_view()),
    path("v1/normalize", normalize.Normalize.as_view()),
    path("v1/sdk-diagnostics", diagnostics.SdkDiagnostics.as_view()),
]
