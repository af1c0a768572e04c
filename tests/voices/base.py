"""A test of voices: media in a folder of its own, and voices whose building waits for whoever runs the job."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import override_settings
from django.test.client import MULTIPART_CONTENT

from apps.media.store import media_store
from apps.voices.models import Voice
from apps.voices.references import Recording
from apps.voices.services import Wish, voice_create
from tests.base import ApiClient, People
from tests.jobs.orders import caller
from workers.audio.reference import Checked

from .recordings import RATE, joe

BUILT: dict[str, Any] = {
    "built": {"kind": "voice-match", "base": "af_bella", "f0_scale": 1.0, "similarity": 0.6},
    "built_model": "voice-match",
    "similarity": 0.6,
    "note": "This is the stock voice Bella: no copy of anybody's voice.",
}
"""The columns of a voice that a worker has matched."""


class VoicesTest(People):
    """For a TestCase beside it."""

    build_seconds = 0

    def setUp(self) -> None:
        super().setUp()  # type: ignore[misc]
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)  # type: ignore[attr-defined]
        self.folder = Path(folder.name)
        settings = override_settings(
            VAR_DIR=self.folder,
            MEDIA_DIR=self.folder / "media",
            MEDIA_STORE="local",
            VOICE_BUILD_SECONDS=self.build_seconds,
            OPEN_DIALECTS=["pockettts"],
        )
        settings.enable()
        self.addCleanup(settings.disable)  # type: ignore[attr-defined]
        media_store.cache_clear()
        self.addCleanup(media_store.cache_clear)  # type: ignore[attr-defined]

    @staticmethod
    def voice_of(key: str, **wish: Any) -> Voice:
        """A voice of Joe's for the key's account, not built yet."""
        samples = joe()
        checked = Checked(samples, len(samples) / RATE, len(samples) / RATE, -22.0, 0.0)
        wanted = Wish(**{"name": "Joe", "model": "openvoice", "consent": True, **wish})
        return voice_create(caller(key), [Recording(checked, "joe.wav")], wanted, request_id="req_test")

    def files(self) -> list[Path]:
        """What lies in the store of voices."""
        return [path for path in (self.folder / "media" / "voices").rglob("*") if path.is_file()]


def send(client: ApiClient, path: str, **fields: Any) -> Any:
    """POST a form; bytes become files."""
    form = {
        name: SimpleUploadedFile(f"{name}.wav", value) if isinstance(value, bytes) else value
        for name, value in fields.items()
    }
    return client.post(path, form, content_type=MULTIPART_CONTENT)
