"""Which app answers which path. Slashes at the end matter: see docs/architecture.md."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path

from apps.dialects.kugelaudio.errors import owns as kugelaudio_asks
from apps.dialects.kugelaudio.transcribe import Transcribe as KugelAudioTranscribe
from apps.dialects.openai.transcriptions import Transcriptions as OpenAiTranscriptions

from .shared_paths import told_apart

# Staff sign in by the same door as everybody, which asks for the second factor and counts wrong passwords.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

urlpatterns = [
    path(
        "v1/audio/transcriptions",
        told_apart(kugelaudio_asks, KugelAudioTranscribe.as_view(), OpenAiTranscriptions.as_view()),
    ),
    path("admin/", include("apps.operations.staff_urls")),
    path("admin/", admin.site.urls),
    path("", include("apps.console.urls")),
    path("", include("apps.operations.urls")),
    path("", include("apps.reference.urls")),
    path("", include("apps.accounts.urls")),
    path("", include("apps.usage.urls")),
    path("", include("apps.jobs.urls")),
    path("", include("apps.watermark.urls")),
    path("", include("apps.voices.urls")),
    path("", include("apps.webhooks.urls")),
    path("", include("apps.dialects.ttsai.urls")),
    path("", include("apps.dialects.openai.urls")),
    path("", include("apps.dialects.kugelaudio.urls")),
    path("", include("apps.dialects.kittentts.urls")),
    path("", include("apps.dialects.pockettts.urls")),
]

handler400 = "ttsplatform.errors.handler400"
handler404 = "ttsplatform.errors.handler404"
handler500 = "ttsplatform.errors.handler500"
