"""OpenAI's audio paths. None of them ends in a slash."""

from django.urls import path

from . import models, speech

urlpatterns = [
    path("v1/audio/speech", speech.Speech.as_view()),
    path("v1/models", models.ModelList.as_view()),
    path("v1/models/<str:model_id>", models.ModelDetail.as_view()),
]
