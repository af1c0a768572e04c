"""Look for the platform's mark in a file that somebody sent."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from django.conf import settings
from django.core.files.uploadedfile import TemporaryUploadedFile, UploadedFile

from ttsplatform.errors import ApiError
from workers.audio.decode import DecodeError, TooLong, decode
from workers.audio.watermark import Detection, detect
from workers.engines.store import ModelUnavailable

EXAMINED_SECONDS = 600.0
"""As much of a recording is looked at; the answer says where there was more."""

RATE = 8_000
"""The mark lies below 2 kHz for Perth; AudioSeal was trained to survive this rate."""

_TURN = threading.Lock()


@dataclass(frozen=True, slots=True)
class Finding:
    """`seconds` were examined; `more` says that the recording goes on after them."""

    detection: Detection
    seconds: float
    more: bool


def look_for_mark(upload: UploadedFile) -> Finding:
    """Whether the file holds speech that was made here. Raises file_too_large, bad_request, model_unavailable.

    Costs some 6 ms of processor a second of audio, so one file at a time in each process.
    """
    try:
        with _on_disk(upload) as path:
            blocks, count, more = [], 0, False
            reading = decode(path, RATE, max_bytes=settings.MAX_UPLOAD_BYTES)
            try:
                for block in reading:
                    if count >= EXAMINED_SECONDS * RATE:
                        more = True
                        break
                    blocks.append(block)
                    count += len(block)
            finally:
                reading.close()  # type: ignore[attr-defined]
    except TooLong as exc:
        raise ApiError("file_too_large", str(exc), param="file") from exc
    except DecodeError as exc:
        raise ApiError("bad_request", f"file: {exc}", param="file") from exc
    samples = np.concatenate(blocks)[: int(EXAMINED_SECONDS * RATE)]
    more = more or count > len(samples)
    try:
        with _TURN:
            detection = detect(samples, RATE, models_dir=settings.MODELS_DIR)
    except ModelUnavailable as exc:
        raise ApiError("model_unavailable", str(exc)) from exc
    return Finding(detection, len(samples) / RATE, more)


@contextmanager
def _on_disk(upload: UploadedFile) -> Iterator[str]:
    """The path of the upload: Django keeps large ones in a file already."""
    if isinstance(upload, TemporaryUploadedFile):
        yield upload.temporary_file_path()
        return
    with tempfile.NamedTemporaryFile(prefix="watermark-") as file:
        for chunk in upload.chunks():
            file.write(chunk)
        file.flush()
        yield file.name
