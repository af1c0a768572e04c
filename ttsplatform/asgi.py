"""The ASGI application: Django behind a limit on body sizes."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ttsplatform.settings")

django_application = get_asgi_application()

from .bodylimit import BodyLimit  # noqa: E402  (settings must be ready)

application = BodyLimit(django_application)
