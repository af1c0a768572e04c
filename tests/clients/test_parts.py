"""The Python client without a platform: signatures, retries, texts and subtitles, and what it says when nobody answers."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from ttsplatform_client import (
    BadRequest,
    Client,
    ConnectionFailed,
    RateLimited,
    TTSError,
    WebhookError,
    verify_webhook,
)
from ttsplatform_client.cli import main
from ttsplatform_client.events import SoundReader
from ttsplatform_client.texts import batch_texts, subtitles

from apps.webhooks.signing import new_secret, signed_headers

QUEUED = {"uuid": "0" * 32, "status": "queued"}


@contextmanager
def server(answers: list[tuple[int, dict[str, str], Any]]) -> Iterator[tuple[str, list[dict[str, str]]]]:
    """A server that gives these answers in turn: its address, and what came. Status 0 hangs up."""
    came: list[dict[str, str]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            headers = {name.lower(): value for name, value in self.headers.items()}
            came.append(headers | {"at": str(time.monotonic()), "body": body})
            self.answer()

        def do_GET(self) -> None:
            came.append({})
            self.answer()

        def answer(self) -> None:
            status, headers, body = answers[min(len(came), len(answers)) - 1]
            if not status:
                self.close_connection = True
                return
            data = json.dumps(body).encode()
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(data))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *args: Any) -> None:
            pass

    running = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=running.serve_forever, args=[0.02], daemon=True).start()
    try:
        yield f"http://127.0.0.1:{running.server_address[1]}", came
    finally:
        running.shutdown()
        running.server_close()


def test_a_refused_order_is_sent_again_under_one_key_and_not_sooner_than_asked() -> None:
    answers: list[Any] = [
        (429, {"Retry-After": "1"}, {"error": {"code": "rate_limited", "message": "Later."}}),
        (503, {"Retry-After": "0"}, {}),
        (0, {}, None),
        (200, {}, QUEUED),
    ]
    with server(answers) as (url, came), Client("sk-tts-x", url) as tts:
        assert tts.order("Hello.").status == "queued"
    assert len(came) == 4
    assert len({each["idempotency-key"] for each in came}) == 1
    assert float(came[1]["at"]) - float(came[0]["at"]) >= 0.95
    assert {each["authorization"] for each in came} == {"Bearer sk-tts-x"}


def test_what_no_second_try_can_help_is_told_at_once() -> None:
    body = {"error": {"code": "bad_request", "message": "format: unknown.", "param": "format"}}
    with server([(400, {"X-Request-Id": "req_12345678"}, body)]) as (url, came), Client("k", url) as tts:
        with pytest.raises(BadRequest, match="format: unknown") as refused:
            tts.order("Hello.", format="exe")
        assert (refused.value.param, refused.value.request_id) == ("format", "req_12345678")
    with server([(429, {"Retry-After": "3600"}, body)]) as (url, more), Client("k", url) as tts:
        with pytest.raises(RateLimited) as late:
            tts.order("Hello.")
        assert late.value.retry_after == 3600
    assert (len(came), len(more)) == (1, 1)


def test_an_upload_that_may_have_arrived_is_not_sent_twice(tmp_path: Path) -> None:
    recording = tmp_path / "voice.wav"
    recording.write_bytes(b"RIFF")
    with server([(0, {}, None), (200, {}, {})]) as (url, came), Client("k", url) as tts:
        with pytest.raises(ConnectionFailed):
            tts.clone("Joe", recording, consent=True)
        with pytest.raises(TTSError, match="consent"):
            tts.clone("Joe", recording, consent=False)
    assert len(came) == 1


def test_a_voice_is_waited_for_until_it_can_speak(tmp_path: Path) -> None:
    recording = tmp_path / "voice.wav"
    recording.write_bytes(b"RIFF and so on")
    voice = {"public_id": "uv_1", "id": 1, "name": "Joe", "model_name": "openvoice", "language": "de"}
    answers: list[Any] = [
        (200, {}, {**voice, "ready": False}),
        (200, {}, {"voices": [{**voice, "ready": True}]}),
    ]
    with server(answers) as (url, came), Client("k", url) as tts:
        made = tts.clone("Joe", recording, consent=True, language="de")
    assert (made.id, made.own, made.ready) == ("uv_1", True, True)
    form = came[0]["body"]
    for word in (
        'name="consent_confirmed"\r\n\r\ntrue',
        'filename="voice.wav"',
        "RIFF and so on",
        "\r\n\r\nde",
    ):
        assert word in form


def test_nobody_there(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("ttsplatform_client.flows.TRIES", 1)
    assert main(["--base-url", "http://127.0.0.1:1", "speak", "Hello."]) == 1
    assert "TTS_BASE_URL" in capsys.readouterr().err
    assert main(["--base-url", "127.0.0.1", "voices"]) == 1
    assert main(["--base-url", "http://127.0.0.1:1", "transcribe", "no-such.wav"]) == 1
    assert "no-such.wav" in capsys.readouterr().err


def test_webhooks_of_the_platform_are_believed_and_no_others() -> None:
    body, old, new = '{"event":"task.completed","text":"Grüße"}'.encode(), new_secret(), new_secret()
    headers = signed_headers([new, old], "msg_1", int(time.time()), body)
    for secret in (old, new):
        named = {name.title(): value for name, value in headers.items()}
        assert verify_webhook(body, named, secret)["event"] == "task.completed"
    late = signed_headers([new], "msg_1", int(time.time()) - 301, body)
    for wrong_body, wrong_headers, secret in (
        (body + b" ", headers, new),
        (body, {**headers, "webhook-id": "msg_2"}, new),
        (body, late, new),
        (body, {}, new),
        (body, {**headers, "webhook-signature": "v1, v2,x"}, new),
        (body, headers, new_secret()),
        (body, headers, "whsec_%"),
    ):
        with pytest.raises(WebhookError):
            verify_webhook(wrong_body, wrong_headers, secret)


def test_events_come_in_any_pieces_and_a_stream_that_breaks_off_is_noticed() -> None:
    stream = (
        b': still here\n\nevent: audio\ndata: {"audio": "AAEC", "words": []}\n\nevent: done\ndata: {}\n\n'
    )
    reader = SoundReader()
    got = [sound.audio for place in range(len(stream)) for sound in reader.feed(stream[place : place + 1])]
    reader.close()
    assert got == [b"\x00\x01\x02"]
    broken = SoundReader()
    assert len(list(broken.feed(stream[:-10]))) == 1
    with pytest.raises(ConnectionFailed):
        broken.close()
    failing = SoundReader()
    with pytest.raises(TTSError, match="lost"):
        list(failing.feed(b'event: error\ndata: {"error": {"message": "The worker was lost."}}\n\n'))


def test_texts_of_files(tmp_path: Path) -> None:
    table, lines = tmp_path / "t.csv", tmp_path / "t.txt"
    table.write_text('text,voice,speed\n"Hello, you.",tone,\n,x,\nBye.,,1.2\n')
    lines.write_text("One.\n\n  Two. \n")
    assert batch_texts(table) == [{"text": "Hello, you.", "voice": "tone"}, {"text": "Bye.", "speed": "1.2"}]
    assert batch_texts(lines) == ["One.", "Two."]
    table.write_text("said\nHello\n")
    with pytest.raises(TTSError, match="column"):
        batch_texts(table)
    said = subtitles([{"start": 0.5, "end": 3661.25, "text": "Hello."}])
    assert said == "1\n00:00:00,500 --> 01:01:01,250\nHello.\n"
