"""OpenAI's audio paths. None of them ends in a slash."""

from django.urls import path

from . import models, speech, transcriptions

urlpatterns = [
    path("v1/audio/speech", speech.Speech.as_view()),
    # POST v1/audio/transcriptions is KugelAudio's too: ttsplatform/urls.py tells the two apart.
    path("v1/audio/transcriptions/<str:job_id>", transcriptions.Transcription.as_view()),
    path("v1/audio/translations", transcriptions.Transcriptions.as_view(translates=True)),
    path("v1/models", models.ModelList.as_view()),
    path("v1/models/<str:model_id>", models.ModelDetail.as_view()),
]
