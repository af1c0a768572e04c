"""Sogni's Pocket TTS. No path ends in a slash. `import` comes first: it is no clone's name."""

from django.urls import path

from . import clones, generate

urlpatterns = [
    path("pocket-tts", generate.generate),
    path("pocket-tts/voices", generate.voice_list),
    path("pocket-tts/voices/clone", clones.create),
    path("pocket-tts/voices/clone/import", clones.bring),
    path("pocket-tts/voices/clone/<str:clone_id>", clones.one_clone),
    path("pocket-tts/voices/clone/<str:clone_id>/generate", clones.generate),
    path("pocket-tts/voices/clone/<str:clone_id>/download", clones.download),
]
