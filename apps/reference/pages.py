"""What each page of the documentation is made of."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from apps.dialects.kittentts import described as kittentts
from apps.dialects.kugelaudio import described as kugelaudio
from apps.dialects.kugelaudio.described_sockets import SOCKETS as KUGELAUDIO_SOCKETS
from apps.dialects.openai import described as openai
from apps.dialects.pockettts import described as pockettts
from apps.dialects.ttsai import described as ttsai
from apps.dialects.ttsai.described_sockets import SOCKETS as TTSAI_SOCKETS
from ttsplatform.describing import Dialect, SocketDescribed, Start


@dataclass(frozen=True)
class Page:
    """One public API. `base`: what its clients take for the base URL, behind the server's address."""

    slug: Dialect
    name: str
    about: str
    introduction: str
    start: Start
    base: str = ""

    @property
    def path(self) -> str:
        return f"/docs/{self.slug}"


HELLO = """curl "%URL%/v1/tts/?wait=true" \\
  -H "Authorization: Bearer $API_KEY" -H "Content-Type: application/json" \\
  -d '{"text": "Hello!", "voice": "af_bella"}' -o hello.mp3"""

PLATFORM = Page(
    "platform",
    "Platform",
    "Keys, account, usage, jobs, webhooks: the same for all.",
    "What belongs to no vendor: keys and account, usage, jobs, webhooks, the mark in generated speech, probes. Jobs "
    "that were ordered through any of the APIs are here.",
    Start(
        "What is left of my characters?",
        "shell",
        'curl -fsS "%URL%/v1/account/" -H "Authorization: Bearer $API_KEY"',
    ),
)
PAGES = (
    Page("ttsai", "TTS.ai", "Jobs, batches, voices, audio tools.", ttsai.INTRODUCTION, ttsai.START),
    Page("openai", "OpenAI", "Audio: speech, transcriptions.", openai.INTRODUCTION, openai.START, "/v1"),
    Page("kugelaudio", "KugelAudio", "Live speech over sockets.", kugelaudio.INTRODUCTION, kugelaudio.START),
    Page("kittentts", "KittenTTS", "Small models; no key needed.", kittentts.INTRODUCTION, kittentts.START),
    Page("pockettts", "Pocket TTS", "Sogni's; voice clones.", pockettts.INTRODUCTION, pockettts.START),
    PLATFORM,
)
SOCKETS: tuple[SocketDescribed, ...] = (*KUGELAUDIO_SOCKETS, *TTSAI_SOCKETS)


@dataclass(frozen=True)
class Tab:
    name: str
    path: str


TABS = (
    Tab("Overview", "/docs/"),
    *(Tab(page.name, page.path) for page in PAGES),
    Tab("Sockets", "/docs/sockets"),
    Tab("Webhooks", "/docs/webhooks"),
    Tab("Status", "/status"),
)


def start_of(page: Page, origin: str) -> Start:
    """The first program, with the address by which the reader came."""
    return replace(page.start, code=page.start.code.replace("%URL%", origin))


def socket_shown(socket: SocketDescribed, origin: str) -> dict[str, Any]:
    """For sockets.html."""
    tables = (("Sent", socket.sends), ("Received", socket.gets))
    return {
        "anchor": socket.path.strip("/").replace("/", "-"),
        "path": socket.path,
        "title": socket.title,
        "about": socket.about,
        "dialect": next(page.name for page in PAGES if page.slug == socket.dialect),
        "tables": [
            (name, [(frame.name, _written(frame.example), frame.about) for frame in frames])
            for name, frames in tables
        ],
        "closes": socket.closes,
        "program": socket.program.replace("%WS%", websocket_origin(origin)),
    }


def websocket_origin(origin: str) -> str:
    """ws://host for http://host, wss:// for https://."""
    return origin.replace("http", "ws", 1)


def _written(example: Mapping[str, Any] | str) -> str:
    return example if isinstance(example, str) else json.dumps(example, ensure_ascii=False)


CHECKED = """from standardwebhooks.webhooks import Webhook


def message_of(secret, headers, body):
    # secret: whsec_…; headers of the request, body as it came (bytes). Raises where it is not from us.
    return Webhook(secret).verify(body, headers)"""
BY_HAND = """import base64
import hashlib
import hmac
import json
import time


def message_of(secret, headers, body):
    # secret: whsec_…; headers with small letters, body as it came (bytes). Raises where it is not from us.
    stamp = headers["webhook-timestamp"]
    if abs(time.time() - int(stamp)) > 300:
        raise ValueError("too old")
    signed = f"{headers['webhook-id']}.{stamp}.".encode() + body
    key = base64.b64decode(secret.removeprefix("whsec_"))
    expected = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    if not any(hmac.compare_digest(expected, given) for given in headers["webhook-signature"].split()):
        raise ValueError("not from us")
    return json.loads(body)"""
