"""Stored audio behind one small interface: a local folder, or S3.

Keys are relative paths made by us (`jobs/<job>/<lease>/output.mp3`), never by customers. Both stores are Django
storages underneath (the file system's, and django-storages' for S3); this module adds what they lack: reading a
range, deleting a folder, and links that expire.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import functools
import shutil
import tempfile
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from django.conf import settings
from django.core.files.storage import FileSystemStorage

_READ = 256 * 1024


class MediaStore(Protocol):
    """Where audio lies. Missing keys raise FileNotFoundError."""

    def put(self, key: str, path: Path) -> None:
        """Move the file at `path` into the store."""
        ...

    def open(self, key: str) -> BinaryIO: ...

    def size(self, key: str) -> int:
        """Bytes."""
        ...

    def read_range(self, key: str, start: int, end: int) -> Iterator[bytes]:
        """The bytes start…end (end excluded), in pieces of at most 256 KiB."""
        ...

    def delete_folder(self, prefix: str, keep: str | Collection[str] = ()) -> None:
        """Delete everything below `prefix`, except below the subfolders `keep`. Raises where something is left."""
        ...

    def link(self, key: str, *, filename: str, content_type: str, seconds: int) -> str | None:
        """An absolute link that expires, where the store serves files itself; None: we serve them."""
        ...

    def folders(self, prefix: str) -> Iterator[tuple[str, dt.datetime]]:
        """The names of the folders right below `prefix`, and when something in them was last changed."""
        ...

    def check(self) -> None:
        """Return where the store can be used; raise whatever is in the way."""
        ...


class LocalStore:
    """A folder on this machine (or a shared volume)."""

    def __init__(self, root: Path) -> None:
        self.storage = FileSystemStorage(location=root)

    def put(self, key: str, path: Path) -> None:
        target = Path(self.storage.path(key))
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(path, target)

    def open(self, key: str) -> BinaryIO:
        return Path(self.storage.path(key)).open("rb")

    def size(self, key: str) -> int:
        return self.storage.size(key)

    def read_range(self, key: str, start: int, end: int) -> Iterator[bytes]:
        with self.open(key) as file:
            file.seek(start)
            left = end - start
            while left > 0 and (data := file.read(min(_READ, left))):
                left -= len(data)
                yield data

    def delete_folder(self, prefix: str, keep: str | Collection[str] = ()) -> None:
        folder, kept = Path(self.storage.path(prefix)), _names(keep)
        if not kept:
            _remove(folder)
            return
        for child in folder.iterdir() if folder.is_dir() else ():
            if child.name not in kept:
                _remove(child)

    def link(self, key: str, *, filename: str, content_type: str, seconds: int) -> str | None:
        return None

    def folders(self, prefix: str) -> Iterator[tuple[str, dt.datetime]]:
        root = Path(self.storage.path(prefix))
        for folder in root.iterdir() if root.is_dir() else ():
            with contextlib.suppress(FileNotFoundError):
                if folder.is_dir():
                    yield folder.name, dt.datetime.fromtimestamp(folder.stat().st_mtime, dt.UTC)

    def check(self) -> None:
        root = Path(self.storage.location)
        root.mkdir(parents=True, exist_ok=True)
        # A full disk and a folder that is read-only show only when something is written.
        with tempfile.NamedTemporaryFile(dir=root, prefix=".check-") as file:
            file.write(b"\0" * 4096)
            file.flush()


class S3Store:
    """An S3-compatible bucket through django-storages; links are presigned by the store's own scheme."""

    def __init__(self, bucket: str, **options: Any) -> None:
        from storages.backends.s3 import S3Storage

        public = options.pop("public_endpoint_url", None) or options.get("endpoint_url")
        common = {"bucket_name": bucket, "signature_version": "s3v4", "file_overwrite": True, **options}
        self.storage = S3Storage(**common)
        self.linker = S3Storage(**{**common, "endpoint_url": public})

    def put(self, key: str, path: Path) -> None:
        self.storage.connection.meta.client.upload_file(str(path), self.storage.bucket_name, key)
        path.unlink()

    def open(self, key: str) -> BinaryIO:
        try:
            file: BinaryIO = self.storage.open(key, "rb")
        except OSError as exc:
            raise FileNotFoundError(key) from exc
        return file

    def size(self, key: str) -> int:
        from botocore.exceptions import ClientError

        try:
            return int(self.storage.size(key))
        except (ClientError, FileNotFoundError) as exc:
            raise FileNotFoundError(key) from exc

    def read_range(self, key: str, start: int, end: int) -> Iterator[bytes]:
        client = self.storage.connection.meta.client
        answer = client.get_object(Bucket=self.storage.bucket_name, Key=key, Range=f"bytes={start}-{end - 1}")
        yield from answer["Body"].iter_chunks(_READ)

    def delete_folder(self, prefix: str, keep: str | Collection[str] = ()) -> None:
        kept, start = _names(keep), f"{prefix}/"
        for item in self.storage.bucket.objects.filter(Prefix=start):
            if item.key.removeprefix(start).split("/")[0] not in kept:
                item.delete()

    def link(self, key: str, *, filename: str, content_type: str, seconds: int) -> str | None:
        parameters = {
            "ResponseContentType": content_type,
            "ResponseContentDisposition": f'inline; filename="{filename}"',
        }
        return str(self.linker.url(key, parameters=parameters, expire=seconds))

    def folders(self, prefix: str) -> Iterator[tuple[str, dt.datetime]]:
        # The store lists in the order of keys, so a folder's files come one after the other.
        name, changed = "", dt.datetime.min.replace(tzinfo=dt.UTC)
        for item in self.storage.bucket.objects.filter(Prefix=f"{prefix}/"):
            folder = item.key.removeprefix(f"{prefix}/").split("/")[0]
            if name and folder != name:
                yield name, changed
                changed = item.last_modified
            name, changed = folder, max(changed, item.last_modified)
        if name:
            yield name, changed

    def check(self) -> None:
        self._checker.head_bucket(Bucket=self.storage.bucket_name)

    @functools.cached_property
    def _checker(self) -> Any:
        """One client for all threads: django-storages makes one a thread, and checks come from ever new ones."""
        return self.storage.connection.meta.client


def _names(keep: str | Collection[str]) -> Collection[str]:
    return {keep} if isinstance(keep, str) else keep


def _remove(path: Path) -> None:
    """Remove a file or folder, which somebody else may be removing too. Raises OSError."""
    while path.exists():
        with contextlib.suppress(FileNotFoundError):
            shutil.rmtree(path) if path.is_dir() else path.unlink()


@functools.cache
def media_store() -> MediaStore:
    """The store that the settings name."""
    if settings.MEDIA_STORE == "s3":
        return S3Store(
            settings.S3_BUCKET,
            endpoint_url=settings.S3_ENDPOINT_URL or None,
            public_endpoint_url=settings.S3_PUBLIC_ENDPOINT_URL or None,
            region_name=settings.S3_REGION,
            access_key=settings.S3_ACCESS_KEY_ID or None,
            secret_key=settings.S3_SECRET_ACCESS_KEY or None,
        )
    return LocalStore(settings.MEDIA_DIR)
