"""The sockets of live speech, against the running platform with a plain client: what a rough caller can rely on."""

from __future__ import annotations

import contextlib

import numpy as np
import pytest
import redis
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.ear import hear, wer
from tests.live.helpers import balance, busy_slots, eventually, revoke
from tests.sockets import Socket
from tests.stacks import LiveStack

TONE = {"model_id": "fake", "language": "en"}
LONG = "This sentence is one of very many that nobody will wait for. "


def speech(stack: LiveStack, key: str | None = None) -> Socket:
    return Socket(stack.base_url, "/ws/tts", key or stack.account())


def stream(stack: LiveStack, key: str | None = None) -> Socket:
    return Socket(stack.base_url, "/ws/tts/stream", key or stack.account(), sdk="test")


def multi(stack: LiveStack, key: str | None = None) -> Socket:
    return Socket(stack.base_url, "/ws/tts/multi", key or stack.account(), sdk="test")


def test_tokens_as_a_language_model_writes_them_are_heard_as_the_text(stack: LiveStack) -> None:
    text = "Dr. Miller paid 3.14 dollars, e.g. on Monday. Then she went home! Was that all? It was."
    with stream(stack) as socket:
        for number, token in enumerate(text.split(" ")):
            first = {"model_id": "kugel-1", "language": "en", "word_timestamps": True} if not number else {}
            socket.say(text=f"{token} ", **first)
        socket.say(flush=True)
        closed = socket.until("session_closed")
    said = "Dr. Miller paid $3.14, for example on Monday. Then she went home! Was that all? It was."
    # The ear writes a sum of money either way.
    heard = hear(socket.sound(), 24_000, model="base").text.replace("3.14 dollars", "$3.14")
    assert wer(said, heard) <= 0.12
    assert closed["total_text_chunks"] >= 3
    assert closed["usage"]["characters"] == len(text)
    # Word times are those of each chunk's own audio, places those of the whole turn.
    words = [word for frame in socket.frames for word in frame.get("word_timestamps", ())]
    assert [text[word["char_start"] : word["char_end"]] for word in words] == [word["word"] for word in words]
    assert words[0]["word"] == "Dr"
    assert all(word["start_ms"] < 8000 for word in words)


def test_frames_come_in_the_documented_order_and_add_up(stack: LiveStack) -> None:
    with stream(stack) as socket:
        socket.say(text="One sentence here. And then another one.", flush=True, word_timestamps=True, **TONE)
        closed = socket.until("session_closed")
    kinds = [
        next(
            k
            for k in (
                "generation_started",
                "audio",
                "word_timestamps",
                "chunk_complete",
                "final",
                "session_closed",
            )
            if frame.get(k)
        )
        for frame in socket.frames
    ]
    chunk = ["generation_started", "audio", "word_timestamps", "chunk_complete"]
    without_repeats = [kind for at, kind in enumerate(kinds) if not at or kinds[at - 1] != kind]
    assert without_repeats == [*chunk, *chunk, "final", "session_closed"]
    audio = [frame for frame in socket.frames if frame.get("audio")]
    assert [frame["idx"] for frame in audio] == list(range(len(audio)))
    assert sum(frame["samples"] for frame in audio) == len(socket.sound())
    assert closed["total_audio_seconds"] == pytest.approx(len(socket.sound()) / 24_000, abs=0.01)
    assert closed["total_audio_chunks"] == len(audio)


def test_a_steady_tone_has_no_click_and_no_gap_at_any_rate(stack: LiveStack) -> None:
    key = stack.account()
    for rate in (8000, 16000, 22050, 24000):
        with speech(stack, key) as socket:
            socket.say(text="one piece in chunks of half a second", sample_rate=rate, **TONE)
            final = socket.until("final")
        sound = socket.sound()
        assert final["total_samples"] == len(sound)
        assert np.abs(np.diff(sound)).max() < 2 * np.pi * 440 / rate * 0.3 * 1.25
        frame = rate // 100
        loud = np.sqrt(np.mean(sound[: len(sound) // frame * frame].reshape(-1, frame) ** 2, axis=1))
        assert loud[2:-2].min() > 0.17


def test_a_limit_on_tokens_ends_the_sound_there(stack: LiveStack) -> None:
    with speech(stack) as socket:
        socket.say(text="one sentence that would go on for more than two seconds", max_new_tokens=15, **TONE)
        assert socket.until("final")["dur_ms"] == pytest.approx(15 / 7.5 * 1000, abs=1)


def test_telephone_encodings_have_a_byte_for_each_sample(stack: LiveStack) -> None:
    with speech(stack) as socket:
        socket.say(text="Hello operator.", output_format="ulaw_8000", **TONE)
        socket.until("final")
    frames = [frame for frame in socket.frames if frame.get("audio")]
    assert {(frame["enc"], frame["sr"]) for frame in frames} == {("mulaw", 8000)}


def test_requests_follow_each_other_on_one_socket(stack: LiveStack) -> None:
    with speech(stack) as socket:
        for text in ("First.", "Second, a longer one.", "Third."):
            socket.say(text=text, **TONE)
        finals = [socket.until("final") for _ in range(3)]
    assert finals[1]["dur_ms"] > finals[0]["dur_ms"]


def test_contexts_speak_side_by_side_with_voices_of_their_own(stack: LiveStack) -> None:
    with multi(stack) as socket:
        for name in ("low", "high"):
            socket.say(text=" ", context_id=name, **TONE)
            assert socket.until("context_created")["context_id"] == name
        for name in ("low", "high"):
            socket.say(text=LONG * 3, context_id=name, flush=True)
        for _ in range(2):
            socket.until("final")
        for name in ("low", "high"):
            socket.say(close_context=True, context_id=name)
            assert socket.until("context_closed", context_id=name)["usage"]["audio_seconds"] > 3
        socket.say(close_socket=True)
        assert socket.until("session_closed")["total_audio_seconds"] > 6
        assert socket.closed_with() == 1000
    order = [frame["context_id"] for frame in socket.frames if frame.get("audio")]
    assert order != sorted(order), "frames of both are mixed"
    assert len(socket.sound(context_id="low")) == len(socket.sound(context_id="high"))


def test_a_cancel_stops_at_once_and_the_next_turn_is_whole(stack: LiveStack) -> None:
    key = stack.account(characters=100_000)
    with stream(stack, key) as socket:
        socket.say(text=LONG * 150, flush=True, **TONE)
        socket.until("audio")
        socket.say(cancel=True)
        socket.until("interrupted", timeout=5)
        with pytest.raises(TimeoutError):
            socket.next(timeout=0.5)
        socket.frames.clear()
        socket.say(text="A new turn.", flush=True)
        closed = socket.until("session_closed")
    assert closed["usage"]["characters"] == len("A new turn.")
    spent = 100_000 - eventually(lambda: balance(stack, key), lambda left: left > 100_000 - len(LONG) * 60)
    assert 0 < spent < len(LONG) * 60


def test_text_that_nobody_flushes_is_spoken_and_its_turn_ended(stack: LiveStack) -> None:
    with stream(stack) as socket:
        socket.say(text="words without an end", **TONE)
        assert socket.until("audio", timeout=5)
        assert "error" not in socket.until("warning", timeout=12)
        socket.until("session_closed", timeout=5)


def test_what_is_wrong_is_said_and_the_socket_goes_on(stack: LiveStack) -> None:
    def refused(socket: Socket, code: str, **context: str) -> None:
        frame = socket.until("error", timeout=10)
        assert (frame["error_code"], frame.get("context_id")) == (code, context.get("context_id")), frame
        assert frame["request_id"]

    with stream(stack) as socket:
        for raw in ("{", "[1]", "7", "NaN", '{"text": NaN}', "[" * 100_000, b"\x00\x01"):
            socket.connection.send(raw)
            refused(socket, "VALIDATION_ERROR")
        for wrong in (
            {"text": 7},
            {"text": "Hello.", "speed": 9},
            {"text": "Hello.", "sample_rate": 44100},
            {"text": "Hello.", "language": "xx"},
            {"text": "Hello.", "model_id": "nonsense"},
            {"update_settings": {"voice_id": 1}},
            {"update_settings": {"speed": 3}},
            {"text": "a\x00b. More to come"},
        ):
            socket.say(**wrong)
            refused(socket, "VALIDATION_ERROR")
        socket.say(cancel=True)
        socket.until("interrupted")
        socket.say(text="A turn begins. It is", **TONE)
        socket.say(text=" going on", sample_rate=8000)
        refused(socket, "VALIDATION_ERROR")
        socket.say(cancel=True)
        socket.until("interrupted")
        socket.say(text="It all works still.", flush=True, sample_rate=24000, **TONE)
        assert socket.until("session_closed")["total_audio_seconds"] > 0.5
    with multi(stack) as socket:
        socket.say(close_context=True, context_id="nobody")
        refused(socket, "NOT_FOUND", context_id="nobody")
        socket.say(text="", voice_id=None, model_id="fake")
        for number in range(5):
            socket.say(text=" ", context_id=f"c{number}")
            socket.until("context_created")
        socket.say(text=" ", context_id="one too many")
        refused(socket, "TOO_MANY_CONTEXTS", context_id="one too many")


def test_a_text_over_the_plans_limit_ends_the_turn(stack: LiveStack) -> None:
    with stream(stack, stack.account(plan="free")) as socket:
        for _ in range(20):
            socket.say(text="x" * 1000, **TONE)
        assert socket.until("error", timeout=20)["error_code"] == "VALIDATION_ERROR"


def test_huge_frames_close_the_socket_and_a_flood_of_tiny_ones_does_no_harm(stack: LiveStack) -> None:
    with stream(stack) as socket:
        # The server may close while the frame is being sent, and the close frame is lost where the connection is reset
        # with the rest of the frame unread.
        with contextlib.suppress(ConnectionClosed):
            socket.connection.send('{"text": "' + "a" * 2_000_000 + '"}')
        assert socket.closed_with() in {1009, None}
    with stream(stack) as socket:
        for number in range(3000):
            socket.say(text="a " if number % 10 else "ah. ", **(TONE if not number else {}))
        socket.say(close=True)
        assert socket.until("session_closed")["total_audio_seconds"] > 100


def test_no_key_a_wrong_one_and_an_unknown_path_are_refused_at_the_door(stack: LiveStack) -> None:
    for path, key in (
        ("/ws/tts", "sk-tts-" + "x" * 40),
        ("/ws/tts/stream", ""),
        ("/ws/tts/multi", "nonsense"),
        ("/ws/nowhere", stack.account()),
    ):
        with pytest.raises(InvalidStatus) as refused:
            Socket(stack.base_url, path, key)
        assert refused.value.response.status_code == 403


def test_characters_that_run_out_mid_session_stop_it_and_only_the_spoken_is_charged(stack: LiveStack) -> None:
    key = stack.account(characters=700)  # the fake engine costs one for one
    with stream(stack, key) as socket:
        socket.say(text=LONG * 3, flush=True, **TONE)
        socket.until("session_closed")
        socket.say(text=LONG * 30, flush=True)
        assert socket.until("error")["error_code"] == "INSUFFICIENT_CREDITS"
    spoken = sum(len(LONG) for frame in socket.frames if frame.get("chunk_complete"))
    left = eventually(lambda: balance(stack, key), lambda left: left > 0)
    assert 0 <= left <= len(LONG)
    assert abs(700 - left - spoken) <= 2, "no more than what was heard"


def test_a_key_that_is_revoked_mid_session_ends_it(stack: LiveStack) -> None:
    key = stack.account()
    with stream(stack, key) as socket:
        socket.say(text=LONG * 2, flush=True, **TONE)
        socket.until("session_closed")
        revoke(stack, key)
        # Read slowly, as a player would: the engine is held back, and the turn lasts.
        socket.say(text=LONG * 400, flush=True)
        assert socket.closed_with(pause=0.02) == 4001
    assert [frame["error_code"] for frame in socket.frames if "error" in frame] == ["UNAUTHORIZED"]


def test_a_key_that_is_revoked_between_two_short_turns_ends_the_second(stack: LiveStack) -> None:
    key = stack.account()
    with stream(stack, key) as socket:
        socket.say(text="Hello.", flush=True, **TONE)
        socket.until("session_closed")
        revoke(stack, key)
        socket.say(text="Hello again.", flush=True)
        assert socket.closed_with() == 4001
    after = socket.frames[[bool(frame.get("session_closed")) for frame in socket.frames].index(True) :]
    assert not any(frame.get("audio") for frame in after)


def test_redis_holds_only_what_is_on_its_way(stack: LiveStack) -> None:
    with stream(stack, stack.account()) as socket:
        socket.say(text=LONG * 40, flush=True, **TONE)
        socket.until("session_closed")
        assert len(socket.sound()) > 60 * 24_000, "minutes of sound, of which nothing is left"
    with redis.Redis.from_url(stack.environment["REDIS_URL"]) as client:

        def held() -> dict[str, int]:
            """Entries that wait for processes that live; what one left that has died runs out in ten minutes."""
            names = [name.decode() for name in client.scan_iter("live:*:*", _type="stream")]
            alive = {"in": "live:alive:", "out": "live:web:"}
            return {
                name: int(client.xlen(name))
                for _, way, process in (name.split(":", 2) for name in names)
                if client.exists(alive[way] + process)
                for name in [f"live:{way}:{process}"]
            }

        kept = eventually(held, lambda now: all(count <= 20 for count in now.values()))
    assert any(name.startswith("live:out:") for name in kept)
    assert max(kept.values()) <= 20, kept


def test_sockets_that_are_closed_mid_sentence_free_their_worker(stack: LiveStack) -> None:
    key = stack.account()
    for _ in range(20):
        with stream(stack, key) as socket:
            socket.say(text=LONG * 200, flush=True, **TONE)
            socket.until("audio")
    assert eventually(lambda: busy_slots(stack), lambda busy: busy == 0, seconds=3) == 0
