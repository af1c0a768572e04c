"""TTS.ai's sockets. Its document has none; this one is ours, beside its voice chat."""

from django.urls import path

from .chat_socket import ChatSocket

websocket_urlpatterns = [path("ws/voice-chat", ChatSocket.as_asgi())]
