"""The embedded default's secrets: made once, kept in a file that only its owner can read."""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path

NAMES = ("SECRET_KEY", "API_KEY_PEPPER", "LINK_SECRET", "POSTGRES_PASSWORD", "VALKEY_PASSWORD")


def load_or_make(file: Path) -> dict[str, str]:
    """A secret for each of NAMES, read from `file`; missing ones are made and written to it (mode 0600)."""
    known: dict[str, str] = json.loads(file.read_text()) if file.exists() else {}
    if any(name not in known for name in NAMES):
        known = {name: known.get(name) or secrets.token_hex(32) for name in NAMES}
        file.parent.mkdir(parents=True, exist_ok=True)
        draft = file.with_suffix(".new")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
            json.dump(known, out, indent=2)
        draft.replace(file)
    return known
