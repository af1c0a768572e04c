"""Server-Sent Events of a stream of speech, from bytes as they come."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator

from .errors import ConnectionFailed, error_from
from .shapes import Sound


class SoundReader:
    """`feed` gives the sounds that are complete; `close` raises where the stream broke off before its end."""

    def __init__(self) -> None:
        self._rest = b""
        self._done = False

    def feed(self, data: bytes) -> Iterator[Sound]:
        self._rest += data
        *blocks, self._rest = self._rest.split(b"\n\n")
        for block in blocks:
            fields = dict(line.split(b": ", 1) for line in block.split(b"\n") if line and line[:1] != b":")
            name, body = fields.get(b"event"), fields.get(b"data", b"{}")
            if name == b"error":
                raise error_from(500, {}, body)
            if name == b"done":
                self._done = True
            elif name == b"audio":
                told = json.loads(body)
                yield Sound(base64.b64decode(told["audio"]), told.get("words") or [], told.get("sample_rate"))

    def close(self) -> None:
        if not self._done:
            raise ConnectionFailed("The stream broke off before its end. Only what was heard is charged.")
