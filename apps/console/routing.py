"""The console's socket."""

from django.urls import path

from .socket import SpeakSocket

websocket_urlpatterns = [path("console/speak", SpeakSocket.as_asgi())]
