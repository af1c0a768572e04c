"""KugelAudio's sockets."""

from django.urls import path

from .socket_enhance import EnhanceSocket
from .socket_listen import ListenSocket
from .socket_multi import MultiSocket
from .socket_speech import SpeechSocket
from .socket_stream import StreamSocket

websocket_urlpatterns = [
    path("v1/audio/enhance/stream", EnhanceSocket.as_asgi()),
    path("v1/audio/transcriptions/stream", ListenSocket.as_asgi()),
    path("ws/tts", SpeechSocket.as_asgi()),
    path("ws/tts/stream", StreamSocket.as_asgi()),
    path("ws/tts/multi", MultiSocket.as_asgi()),
]
