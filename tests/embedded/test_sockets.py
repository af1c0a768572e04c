"""However the web server is started, its sockets have the same limits, and pings that find vanished clients."""

from __future__ import annotations

import json
import re
import shlex
from itertools import pairwise
from pathlib import Path

from tests.stacks import LiveStack
from ttsplatform.embedded.roles import SOCKET_OPTIONS

REPOSITORY = Path(__file__).resolve().parents[2]
WANTED = {
    "--ws": "websockets-sansio",
    "--ws-max-size": "1048576",
    "--ws-per-message-deflate": "false",
    "--ws-ping-interval": "20",
    "--ws-ping-timeout": "60",
}


def options_of(command: list[str]) -> dict[str, str]:
    """The options for sockets in a command of uvicorn."""
    return {name: value for name, value in pairwise(command) if name.startswith("--ws")}


def test_the_web_server_that_runs(stack: LiveStack) -> None:
    command = Path(f"/proc/{stack.web.pid}/cmdline").read_text().split("\0")
    assert "uvicorn" in command
    assert options_of(command) == WANTED == options_of(list(SOCKET_OPTIONS))


def test_the_one_in_the_image() -> None:
    found = re.search(r"^CMD (\[.*?\])", (REPOSITORY / "Dockerfile").read_text(), re.DOTALL | re.MULTILINE)
    assert found
    assert options_of(json.loads(found[1].replace("\\\n", " "))) == WANTED


def test_the_one_in_the_documents() -> None:
    text = (REPOSITORY / "docs/running.md").read_text().replace("\\\n", " ")
    commands = [line for line in text.splitlines() if line.startswith("uvicorn ")]
    assert commands
    assert all(options_of(shlex.split(line)) == WANTED for line in commands)
