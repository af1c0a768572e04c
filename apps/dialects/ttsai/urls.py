"""TTS.ai's paths, on its API host (/v1/) and its web host (/api/v1/)."""

from django.urls import path

from . import batch, catalogue, clone, speech, user_voices

urlpatterns = [
    path("v1/tts/", speech.Speak.as_view()),
    path("api/v1/tts/", speech.Speak.as_view()),
    path("v1/tts/stream/", speech.Speak.as_view(always_streams=True)),
    path("api/v1/tts/stream/", speech.Speak.as_view(always_streams=True)),
    path("v1/tts/batch/", batch.Batch.as_view()),
    path("api/v1/tts/batch/", batch.Batch.as_view()),
    path("v1/tts/batch/result/", batch.BatchResult.as_view()),
    path("api/v1/tts/batch/result/", batch.BatchResult.as_view()),
    path("v1/tts/batch/<str:batch_id>/", batch.BatchDetail.as_view()),
    path("api/v1/tts/batch/<str:batch_id>/", batch.BatchDetail.as_view()),
    path("v1/tts/batch/<str:batch_id>/cancel/", batch.BatchCancel.as_view()),
    path("api/v1/tts/batch/<str:batch_id>/cancel/", batch.BatchCancel.as_view()),
    path("v1/tts/batch/<str:batch_id>/zip/", batch.batch_zip),
    path("api/v1/tts/batch/<str:batch_id>/zip/", batch.batch_zip),
    path("v1/tts/clone/", clone.Clone.as_view(answers_audio=True)),
    path("api/v1/tts/clone/", clone.Clone.as_view(answers_audio=True)),
    path("v1/voice-clone/", clone.Clone.as_view(answers_audio=False)),
    path("api/v1/voice-clone/", clone.Clone.as_view(answers_audio=False)),
    path("v1/tts/embed/", clone.Embed.as_view()),
    path("api/v1/tts/embed/", clone.Embed.as_view()),
    path("api/v1/user-voices/", user_voices.UserVoices.as_view()),
    path("api/v1/user-voices/<str:public_id>/archive/", user_voices.Archive.as_view()),
    path("api/v1/user-voices/<str:public_id>/reactivate/", user_voices.Reactivate.as_view()),
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
