"""Live speech while parts of the platform are killed: the client is told, and pays for what was spoken only.

The fake engine speaks at nine tenths of the time its sound takes, so whatever dies does so in mid-sentence.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.live.helpers import balance, busy_slots, eventually
from tests.sockets import Frame, Socket
from tests.stacks import LiveStack, StackFactory

PACE = {"FAKE_RTF": "0.9", "FAKE_CHUNK_SECONDS": "0.2"}
TONE = {"model_id": "fake", "language": "en"}
LONG = "This sentence is one of very many that nobody will hear to the end. " * 30
GRANTED = 100_000
# What the fake engine sounds for, and charges, and how much of it is in hand at a time.
CHARACTER_SECONDS, PIECE = 0.06, 220
pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]


@pytest.fixture(scope="module")
def fragile(run_folder: Path) -> Iterator[LiveStack]:
    """A platform for this module alone, on data that outlive a crash."""
    factory = StackFactory(run_folder)
    try:
        yield factory(speech_workers=1, env=PACE)
    finally:
        factory.stop_all()


def speech(stack: LiveStack, key: str) -> Socket:
    return Socket(stack.base_url, "/ws/tts", key)


def in_mid_sentence(socket: Socket) -> None:
    """Ask for minutes of speech, and hear a second of it."""
    socket.say(text=LONG, **TONE)
    for _ in range(5):
        socket.until("audio", timeout=20)


def heard_characters(socket: Socket) -> int:
    return math.ceil(len(socket.sound()) / 24_000 / CHARACTER_SECONDS)


def answered(socket: Socket, text: str) -> Frame:
    """The end of an answer to one more request on the same socket, asked again while no worker is back yet."""
    deadline = time.monotonic() + 30
    while True:
        socket.frames.clear()
        socket.say(text=text, **TONE)
        while not (frame := socket.next(timeout=20)).get("final"):
            if frame.get("error"):
                assert frame["error_code"] == "MODEL_UNAVAILABLE", frame
                assert time.monotonic() < deadline, frame
                time.sleep(0.5)
                break
        else:
            return frame


def test_a_killed_worker_is_told_to_the_client_who_pays_for_what_was_heard_and_goes_on(
    fragile: LiveStack,
) -> None:
    key = fragile.account(characters=GRANTED)
    with speech(fragile, key) as socket:
        in_mid_sentence(socket)
        killed = time.monotonic()
        fragile.live.kill()
        error = socket.until("error", timeout=20)
        took = time.monotonic() - killed
        most = heard_characters(socket) + PIECE
        assert "worker" in error["error"]
        assert took < 8, "two seconds are the aim; a busy test machine gets more"
        spent = GRANTED - eventually(lambda: balance(fragile, key), lambda left: left >= GRANTED - most)
        assert 0 < spent <= most

        refused = time.monotonic()
        socket.say(text="Nobody is there.", **TONE)
        assert socket.until("error", timeout=10)["error_code"] == "MODEL_UNAVAILABLE"
        assert time.monotonic() - refused < 5, "without a worker the answer is no, at once"
        fragile.live.restart()
        text = "The next turn is whole."
        assert answered(socket, text)["usage"]["characters"] == len(text)
    last = GRANTED - spent - len(text)
    assert eventually(lambda: balance(fragile, key), lambda left: left == last) == last


def test_a_killed_web_process_leaves_no_slot_taken_and_no_characters_set_aside(fragile: LiveStack) -> None:
    key = fragile.account(characters=GRANTED)
    sockets = [speech(fragile, key) for _ in range(3)]
    for socket in sockets:
        in_mid_sentence(socket)
    assert busy_slots(fragile) == 3
    assert balance(fragile, key) <= GRANTED - 3 * len(LONG.strip())
    killed = time.monotonic()
    fragile.web.kill()
    assert eventually(lambda: busy_slots(fragile), lambda busy: busy == 0, seconds=15) == 0
    assert time.monotonic() - killed < 12, "three seconds are the aim; a busy test machine gets more"
    for socket in sockets:
        assert socket.closed_with(timeout=5) is None, "no farewell of a dead process"

    fragile.web.restart()
    # The reaper gives a silent session a minute, for its web process may only be slow: let it have passed.
    fragile.manage(
        "shell",
        "-c",
        "from datetime import timedelta; from django.db.models import F;"
        "from apps.live.metering import LOST_AFTER; from apps.live.models import LiveSession;"
        "LiveSession.objects.filter(closed_at=None)"
        ".update(seen_at=F('seen_at') - LOST_AFTER - timedelta(seconds=5))",
    )
    # The ledger is told every ten seconds how much was spoken: what died before costs nothing.
    assert eventually(lambda: balance(fragile, key), lambda left: left == GRANTED, seconds=15) == GRANTED
    fragile.manage("ledger", "check")
    with speech(fragile, key) as socket:
        assert answered(socket, "Speaking again.")["dur_ms"] > 500


def test_a_restarted_valkey_ends_the_stream_with_an_error_and_the_next_request_is_whole(
    fragile: LiveStack,
) -> None:
    assert fragile.valkey is not None
    key = fragile.account(characters=GRANTED)
    with speech(fragile, key) as socket:
        in_mid_sentence(socket)
        fragile.valkey.kill()
        fragile.valkey.restart()
        error = socket.until("error", timeout=20)
        assert error["error_code"] in {"MODEL_UNAVAILABLE", "INTERNAL_ERROR"}
        most = heard_characters(socket) + PIECE
        spent = GRANTED - eventually(lambda: balance(fragile, key), lambda left: left >= GRANTED - most)
        assert 0 < spent <= most
        assert eventually(lambda: busy_slots(fragile), lambda busy: busy == 0, seconds=10) == 0
        assert answered(socket, "All is well again.")["dur_ms"] > 500
