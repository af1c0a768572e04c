"""Keys and the account, for the documentation."""

from __future__ import annotations

from dataclasses import replace

from ttsplatform.describing import Described, Field, Operation, fields_of, nothing, shown

from .models import SCOPES
from .serializers import KeyInput

KEY = {
    "id": "0b6cd3f4-0c52-4f37-9a5e-3a4c1f0f5c11",
    "name": "laptop",
    "prefix": "sk-tts-Ab12Cd34",
    "scopes": ["speech"],
    "created_at": "2026-01-15T10:30:00Z",
    "expires_at": None,
    "last_used_at": None,
}
ACCOUNT = {
    "id": "5f0c2c0e-54a5-4b0b-8f0e-9a0a6f4c9b1d",
    "name": "Example",
    "plan": {"slug": "free", "name": "Free"},
    "balance": 14_963,
    "limits": {
        "requests_per_minute": 10,
        "concurrency": 2,
        "max_text_chars": 5_000,
        "max_queued_jobs": 100,
        "retention_days": 1,
    },
}
ONE = (Field("key_id", {"type": "string", "format": "uuid"}, "The key's `id`, which is not the key itself."),)
FIELDS = fields_of(
    KeyInput,
    {
        "name": "What you will know it by.",
        "scopes": f"What it may do: {', '.join(SCOPES)}. Left out or empty: everything.",
        "expires_at": "From this moment on it no longer works. Null: never.",
    },
)

LIST = Operation("platform", "List keys", (shown({"keys": [KEY], "total": 1}),))
MAKE = Operation(
    "platform",
    "Make a key",
    (shown({**KEY, "key": "sk-tts-…"}, "The new key, in `key`: shown this once.", status=201),),
    "A key can give no scope that it does not have itself.",
    json=FIELDS,
    example={"name": "laptop", "scopes": ["speech"]},
)
SHOW = Operation("platform", "Show a key", (shown(KEY),), path=ONE, errors=("not_found",))
CHANGE = Operation(
    "platform",
    "Change a key",
    (shown(KEY),),
    "What is left out stays as it is.",
    path=ONE,
    json=tuple(replace(each, required=False) for each in FIELDS),
    example={"name": "desktop"},
    errors=("not_found",),
)
REVOKE = Operation(
    "platform", "Revoke a key", (nothing("Revoked: it no longer works."),), path=ONE, errors=("not_found",)
)
LOOK = Operation(
    "platform",
    "Show the account",
    (shown(ACCOUNT),),
    "Plan, balance in characters, and limits of the account behind the key.",
)

DESCRIBED: Described = {
    "v1/keys/": {"GET": LIST, "POST": MAKE},
    "v1/keys/{key_id}/": {"GET": SHOW, "PATCH": CHANGE, "DELETE": REVOKE},
    "v1/account/": {"GET": LOOK},
}
