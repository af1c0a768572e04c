"""The ASGI application: Django behind a limit on body sizes, and the sockets."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ttsplatform.settings")

django_application = get_asgi_application()

# Only now that the settings are ready.
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402

from apps.console.routing import websocket_urlpatterns as console  # noqa: E402
from apps.dialects.kugelaudio.routing import websocket_urlpatterns as kugelaudio  # noqa: E402
from apps.dialects.ttsai.routing import websocket_urlpatterns as ttsai  # noqa: E402

from .bodylimit import BodyLimit  # noqa: E402
from .sockets import refused  # noqa: E402

application = ProtocolTypeRouter(
    {
        "http": BodyLimit(django_application),
        "websocket": refused(URLRouter([*kugelaudio, *ttsai, *console])),
    }
)
