"""Texts from arguments and files, and subtitles from transcripts."""

from __future__ import annotations

import csv
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from .errors import TTSError

_COLUMNS = ("text", "voice", "model", "language", "speed", "format")


def spoken_text(given: str) -> str:
    """The argument itself, stdin for "-", or a file's text for @FILE. Raises TTSError where it is empty."""
    if given == "-":
        text = sys.stdin.read()
    elif given.startswith("@"):
        text = Path(given[1:]).read_text(encoding="utf-8")
    else:
        text = given
    if not text.strip():
        raise TTSError("There is no text to speak.")
    return text


def batch_texts(file: Path) -> list[str | Mapping[str, Any]]:
    """The lines of a text file, or the rows of a CSV: a column `text`, and any others of _COLUMNS."""
    if file.suffix.lower() != ".csv":
        return [line.strip() for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
    with file.open(newline="", encoding="utf-8-sig") as rows:
        reader = csv.DictReader(rows)
        if "text" not in (reader.fieldnames or ()):
            raise TTSError(f"{file} has no column `text` in its first line.")
        return [{name: row[name] for name in _COLUMNS if row.get(name)} for row in reader if row.get("text")]


def subtitles(segments: Sequence[Mapping[str, Any]]) -> str:
    """Segments as SRT."""
    return "\n".join(
        f"{number}\n{_clock(part['start'])} --> {_clock(part['end'])}\n{part['text']}\n"
        for number, part in enumerate(segments, 1)
    )


def _clock(seconds: float) -> str:
    whole = round(seconds * 1000)
    return f"{whole // 3_600_000:02}:{whole // 60_000 % 60:02}:{whole // 1000 % 60:02},{whole % 1000:03}"
