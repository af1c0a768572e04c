"""What KugelAudio's sockets share: its errors, and which generation of clients it talks to."""

from __future__ import annotations

from typing import Any

from apps.live.sockets import JsonSocket
from ttsplatform.errors import ApiError

from .errors import error_fields


class Socket(JsonSocket):
    """Its SDK takes a refused upgrade, and close code 4001, for its AuthenticationError."""

    @property
    def knows_turns(self) -> bool:
        """Newer clients expect every flush to end a turn; the document's own know only `close`."""
        return b"sdk=" in self.scope["query_string"]

    def error_frame(self, error: ApiError) -> dict[str, Any]:
        return error_fields(error)
