from django.apps import AppConfig

from ttsplatform.errors import register_dresser


class ConsoleConfig(AppConfig):
    name = "apps.console"

    def ready(self) -> None:
        from .errors import dress
        from .middleware import is_page

        register_dresser(is_page, dress)
