"""What each public API says when something goes wrong: its own dresser is asked, so that no example lies."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from django.http import HttpRequest

from apps.dialects.kittentts.errors import dress as kittentts
from apps.dialects.kugelaudio.errors import dress as kugelaudio
from apps.dialects.pockettts.errors import dress as pockettts
from apps.dialects.ttsai.errors import dress as ttsai
from ttsplatform.describing import Dialect, shape
from ttsplatform.errors import TABLE, ApiError, Dresser, dress_plainly

_DRESSERS: Mapping[Dialect, Dresser] = {
    "platform": dress_plainly,
    "openai": dress_plainly,
    "ttsai": ttsai,
    "kugelaudio": kugelaudio,
    "kittentts": kittentts,
    "pockettts": pockettts,
}
_NAMES: Mapping[Dialect, str] = {
    "platform": "Error",
    "openai": "Error",
    "ttsai": "TtsaiError",
    "kugelaudio": "KugelAudioError",
    "kittentts": "KittenTtsError",
    "pockettts": "PocketTtsError",
}


def error_schema(dialect: Dialect) -> dict[str, Any]:
    """The shape of every error of that API, under its name."""
    example = error_example(dialect, "bad_request")
    return {**shape(example), "title": _NAMES[dialect], "examples": [example]}


def error_example(dialect: Dialect, code: str) -> dict[str, Any]:
    """What is answered where a service says `code`."""
    error = ApiError(code, retry_after=7 if TABLE[code].status == 429 else None)
    answer: dict[str, Any] = json.loads(_DRESSERS[dialect](HttpRequest(), error).content)
    return answer


def by_status(codes: Iterable[str]) -> dict[int, list[str]]:
    """The codes under their HTTP statuses, in order."""
    found: dict[int, list[str]] = {}
    for code in codes:
        found.setdefault(TABLE[code].status, []).append(code)
    return dict(sorted(found.items()))
