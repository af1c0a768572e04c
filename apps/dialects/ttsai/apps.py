from django.apps import AppConfig

from ttsplatform.errors import register_dresser


class TtsAiConfig(AppConfig):
    name = "apps.dialects.ttsai"
    label = "ttsai"

    def ready(self) -> None:
        from .errors import dress, owns

        register_dresser(owns, dress)
