"""The call that a page has just made, as a program would make it. `%URL%` and `%BODY%` are filled in here and there.

The body is JSON of strings and numbers alone, which is a literal of Python and JavaScript as well.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Snippet:
    """`pattern` is what a page's script fills in again when something else was chosen."""

    name: str
    pattern: str
    text: str


_CURL = """curl "%URL%/v1/tts/" \\
  -H "Authorization: Bearer $API_KEY" \\
  -H "Content-Type: application/json" \\
  -H "Accept: audio/mpeg" \\
  -d '%QUOTED%' -o speech.mp3"""
_PYTHON = """import os
import requests

answer = requests.post(
    "%URL%/v1/tts/",
    headers={"Authorization": f"Bearer {os.environ['API_KEY']}", "Accept": "audio/mpeg"},
    json=%BODY%,
    timeout=120,
)
answer.raise_for_status()
with open("speech.mp3", "wb") as file:
    file.write(answer.content)"""
_JAVASCRIPT = """import { writeFile } from "node:fs/promises";

const answer = await fetch("%URL%/v1/tts/", {
  method: "POST",
  headers: {
    Authorization: `Bearer ${process.env.API_KEY}`,
    "Content-Type": "application/json",
    Accept: "audio/mpeg",
  },
  body: JSON.stringify(%BODY%),
});
if (!answer.ok) throw new Error(await answer.text());
await writeFile("speech.mp3", Buffer.from(await answer.arrayBuffer()));"""
_PATTERNS = {"curl": _CURL, "Python": _PYTHON, "JavaScript": _JAVASCRIPT}


def speech_snippets(origin: str, body: Mapping[str, Any]) -> list[Snippet]:
    """Ready to paste; the key is read from the environment, for it is not known here."""
    written = json.dumps(body, ensure_ascii=False)
    quoted = written.replace("'", "'\\''")
    made = []
    for name, pattern in _PATTERNS.items():
        known = pattern.replace("%URL%", origin)
        made.append(Snippet(name, known, known.replace("%QUOTED%", quoted).replace("%BODY%", written)))
    return made
