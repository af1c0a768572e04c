from django.apps import AppConfig

from ttsplatform.errors import register_dresser


class KugelAudioConfig(AppConfig):
    name = "apps.dialects.kugelaudio"
    label = "kugelaudio"

    def ready(self) -> None:
        from .errors import dress, owns

        register_dresser(owns, dress)
