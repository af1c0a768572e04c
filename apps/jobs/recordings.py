"""Recordings that customers send to be worked on: measured when they come, kept until their job has ended."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import TemporaryUploadedFile, UploadedFile

from apps.media.store import media_store
from ttsplatform.errors import ApiError
from workers.audio.decode import DecodeError, TooLong
from workers.audio.measure import measured_seconds

SOURCE = "source"
"""The folder of a job in which its recording lies."""
_WAIT_SECONDS = 20.0
_READING = threading.BoundedSemaphore(2)


@dataclass(frozen=True, slots=True)
class Recording:
    """A file that was sent. `path` lives as long as the request; `seconds` of audio are in it."""

    path: Path
    name: str
    bytes: int
    seconds: float
    sha256: str

    def described(self) -> dict[str, object]:
        """What the job's request says of it; with the same file it is the same order."""
        return {"name": self.name, "bytes": self.bytes, "seconds": self.seconds, "sha256": self.sha256}


@contextmanager
def received(upload: object, *, max_bytes: int, param: str = "file") -> Iterator[Recording]:
    """The recording in a form field, checked and measured; its file is gone afterwards.

    Raises ApiError: bad_request where it is no audio or longer than settings.MAX_RECORDING_SECONDS, file_too_large,
    service_unavailable where many are being read at once.
    """
    if not isinstance(upload, UploadedFile):
        message = f"{param}: send the recording as a file in this form field."
        raise ApiError("bad_request", message, param=param)
    if (upload.size or 0) > max_bytes:
        raise _too_large(max_bytes, param)
    if not upload.size:
        raise ApiError("bad_request", f"{param}: the file is empty.", param=param)
    with _on_disk(upload) as path:
        yield Recording(
            path, (upload.name or "")[:200], upload.size, _seconds(path, max_bytes, param), _digest(path)
        )


def keep(recording: Recording, job_id: uuid.UUID) -> None:
    """Store the recording for the job's workers."""
    with (
        recording.path.open("rb") as file,
        tempfile.NamedTemporaryFile(prefix="recording-", dir=scratch(), delete=False) as copy,
    ):
        shutil.copyfileobj(file, copy, 1 << 20)
    os.chmod(copy.name, 0o644)
    media_store().put(source_key(job_id), Path(copy.name))


def source_key(job_id: uuid.UUID) -> str:
    """Where a job's recording lies in the store."""
    return f"jobs/{job_id.hex}/{SOURCE}/recording"


def forget(job_id: uuid.UUID) -> None:
    """Delete a job's recording; fine where it has none."""
    media_store().delete_folder(f"jobs/{job_id.hex}/{SOURCE}")


def _seconds(path: Path, max_bytes: int, param: str) -> float:
    if not _READING.acquire(timeout=_WAIT_SECONDS):
        message = "Many recordings are being read right now. Try again shortly."
        raise ApiError("service_unavailable", message, retry_after=5)
    try:
        seconds = measured_seconds(path, max_bytes=max_bytes)
    except TooLong:
        raise _too_large(max_bytes, param) from None
    except DecodeError as problem:
        raise ApiError("bad_request", f"{param}: {problem}", param=param) from None
    finally:
        _READING.release()
    if seconds > settings.MAX_RECORDING_SECONDS:
        message = (
            f"{param}: the recording is {seconds / 60:.0f} minutes long, "
            f"{settings.MAX_RECORDING_SECONDS // 60} are the most. Send it in parts."
        )
        raise ApiError("bad_request", message, param=param)
    return round(seconds, 3)


def _too_large(max_bytes: int, param: str) -> ApiError:
    message = (
        f"{param}: the file is larger than {max_bytes >> 20} MB. Send a compressed format, or parts of it."
    )
    return ApiError("file_too_large", message, param=param)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def _on_disk(upload: UploadedFile[Any]) -> Iterator[Path]:
    """Where the upload lies: Django keeps large ones in a file already."""
    if isinstance(upload, TemporaryUploadedFile):
        yield Path(upload.temporary_file_path())
        return
    with tempfile.NamedTemporaryFile(prefix="upload-", dir=scratch()) as file:
        for chunk in upload.chunks():
            file.write(chunk)
        file.flush()
        yield Path(file.name)


def scratch() -> Path:
    folder: Path = settings.VAR_DIR / "scratch"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
