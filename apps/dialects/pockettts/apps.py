from django.apps import AppConfig

from ttsplatform.errors import register_dresser


class PocketTtsConfig(AppConfig):
    name = "apps.dialects.pockettts"
    label = "pockettts"

    def ready(self) -> None:
        from .errors import dress, owns

        register_dresser(owns, dress)
