from django.apps import AppConfig

from ttsplatform.errors import register_dresser


class KittenTtsConfig(AppConfig):
    name = "apps.dialects.kittentts"
    label = "kittentts"

    def ready(self) -> None:
        from .errors import dress, owns

        register_dresser(owns, dress)
