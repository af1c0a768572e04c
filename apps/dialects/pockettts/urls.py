"""Sogni's Pocket TTS. Neither path ends in a slash."""

from django.urls import path

from . import generate

urlpatterns = [
    path("pocket-tts", generate.generate),
    path("pocket-tts/voices", generate.voice_list),
]
