"""From an upload to a checked recording, and from that to a stored file."""

from __future__ import annotations

import hashlib
import os
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from django.conf import settings
from django.core.files.uploadedfile import TemporaryUploadedFile, UploadedFile

from apps.media.store import media_store
from ttsplatform.errors import ApiError
from workers.audio.encode import wav_header
from workers.audio.reference import RATE, Checked, Limits, ReferenceRefused, check_reference
from workers.engines.base import Audio

SAVED_VOICE = Limits(min_seconds=5, max_seconds=30, min_speech=2.0, max_bytes=20 << 20)
"""What the recording of a saved voice must be, on the pages of the console as over the API."""

_TURN = threading.Lock()
_WAIT_SECONDS = 20.0


def checked_upload(upload: object, limits: Limits, *, param: str) -> Checked:
    """The recording in a form field, read and judged. Raises bad_request or file_too_large, in words.

    And service_unavailable, where many are read right now.
    """
    if not isinstance(upload, UploadedFile):
        raise ApiError(
            "bad_request", f"{param}: send the recording as a file in this form field.", param=param
        )
    with on_disk(upload) as path:
        return checked_file(path, limits, param=param)


def checked_file(path: str | os.PathLike[str], limits: Limits, *, param: str) -> Checked:
    """As checked_upload, of a file that lies here already."""
    try:
        with _turn():
            return check_reference(path, limits)
    except ReferenceRefused as refused:
        code = "file_too_large" if refused.code == "too_large" else "bad_request"
        raise ApiError(code, f"{param}: {refused}", param=param, reason=refused.code) from refused


@contextmanager
def _turn() -> Iterator[None]:
    """Hearing a minute takes two seconds of processor: one file at a time in each process, waited for a little."""
    if not _TURN.acquire(timeout=_WAIT_SECONDS):
        message = "Many recordings are being checked right now. Try again shortly."
        raise ApiError("service_unavailable", message, retry_after=5)
    try:
        yield
    finally:
        _TURN.release()


@contextmanager
def on_disk(upload: UploadedFile) -> Iterator[str]:
    """The path of the upload: Django keeps large ones in a file already."""
    if isinstance(upload, TemporaryUploadedFile):
        yield upload.temporary_file_path()
        return
    with tempfile.NamedTemporaryFile(prefix="upload-", dir=scratch()) as file:
        for chunk in upload.chunks():
            file.write(chunk)
        file.flush()
        yield file.name


def store_wav(key: str, samples: Audio) -> None:
    """Keep mono samples at RATE Hz as PCM16. A WAV of ours that was read comes out the same, bit for bit."""
    data = np.clip(np.rint(samples * 32768.0), -32768, 32767).astype("<i2").tobytes()
    with tempfile.NamedTemporaryFile(prefix="reference-", dir=scratch(), delete=False) as file:
        file.write(wav_header(RATE, len(data)) + data)
    os.chmod(file.name, 0o644)
    media_store().put(key, Path(file.name))


def stored_samples(key: str) -> Audio:
    """What store_wav kept."""
    with media_store().open(key) as file:
        data = file.read()[len(wav_header(RATE, 0)) :]
    return np.frombuffer(data, "<i2").astype(np.float32) / np.float32(32768.0)


def digest_of(key: str) -> str:
    """SHA-256 of a stored file, in hex."""
    with media_store().open(key) as file:
        return hashlib.sha256(file.read()).hexdigest()


def stored_copy(source: str, key: str) -> None:
    """Copy a stored file; the two live and die apart."""
    with media_store().open(source) as file, tempfile.NamedTemporaryFile(dir=scratch(), delete=False) as copy:
        while data := file.read(1 << 18):
            copy.write(data)
    os.chmod(copy.name, 0o644)
    media_store().put(key, Path(copy.name))


def scratch() -> Path:
    folder: Path = settings.VAR_DIR / "scratch"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
