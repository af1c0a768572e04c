"""Plays audio while it comes, through whichever player this machine has."""

from __future__ import annotations

import shutil
import subprocess

from .errors import TTSError

_PLAYERS = (
    ("ffplay", "-autoexit", "-nodisp", "-loglevel", "error", "-i", "-"),
    ("mpv", "--no-video", "--really-quiet", "-"),
)


class Player:
    """Raises TTSError where there is no player, or it ends too soon."""

    def __init__(self) -> None:
        command = next((line for line in _PLAYERS if shutil.which(line[0])), None)
        if command is None:
            raise TTSError("There is no ffplay and no mpv here. Install one, or write a file: -o speech.mp3")
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE)

    def play(self, audio: bytes) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(audio)
            self._process.stdin.flush()
        except BrokenPipeError:
            raise TTSError("The player has ended.") from None

    def finish(self) -> None:
        """Wait until all has been heard."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.close()
        except BrokenPipeError:
            pass
        self._process.wait()
