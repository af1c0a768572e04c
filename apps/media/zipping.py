"""A ZIP made while it is sent: stored files go through it piece by piece, and nothing waits in memory or on disk."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections.abc import Iterable, Iterator

from .store import MediaStore


class _Sink(io.RawIOBase):
    """Takes what zipfile writes until it is fetched. It can not seek, so sizes follow each file."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]
        self._pieces.append(bytes(data))
        return len(data)

    def take(self) -> bytes:
        pieces, self._pieces = self._pieces, []
        return b"".join(pieces)


def zip_stream(
    store: MediaStore, files: Iterable[tuple[str, str]], texts: Iterable[tuple[str, bytes]] = ()
) -> Iterator[bytes]:
    """The bytes of a ZIP with `texts` (name, content) and then `files` (name, key in the store), uncompressed.

    Audio is compressed already. A file that is deleted meanwhile breaks the answer off: FileNotFoundError.
    """
    sink = _Sink()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_STORED) as archive:
        for name, content in texts:
            archive.writestr(_entry(name), content)
        for name, key in files:
            size = store.size(key)
            with archive.open(_entry(name), "w") as entry:
                for piece in store.read_range(key, 0, size):
                    entry.write(piece)
                    if ready := sink.take():
                        yield ready
    yield sink.take()


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, date_time=dt.datetime.now(dt.UTC).timetuple()[:6])
    entry.external_attr = 0o644 << 16
    return entry
