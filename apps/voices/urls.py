"""Recordings of voices, by signed link."""

from django.urls import path

from . import views

urlpatterns = [path("media/user-voices/<uuid:voice_id>/<str:filename>", views.recording)]
