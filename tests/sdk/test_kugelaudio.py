"""PyPI `kugelaudio` 2.7.0, unmodified, on the three sockets; and the generation before it, which the document shows.

The fake engine speaks where nothing is to be heard: its tone is as long as the text, and each of its voices has a pitch.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from kugelaudio import AudioChunk, AuthenticationError, KugelAudio
from kugelaudio.exceptions import (
    InsufficientCreditsError,
    KugelAudioError,
    NotFoundError,
    RateLimitError,
    ValidationError,
)
from kugelaudio.models import StreamConfig
from kugelaudio.streaming import StreamingSession

from tests.audio.signals import pitch
from tests.ear import hear, wer
from tests.sockets import Socket
from tests.stacks import LiveStack
from workers.audio import g711
from workers.audio.encode import from_int16
from workers.engines.base import Audio
from workers.engines.fake import FAIL_WORD
from workers.engines.levels import resampled

STORY = {
    None: "The ship left the harbour in the morning.",
    8_000: "A storm came from the north.",
    22_050: "The captain stayed calm all night.",
    "ulaw_8000": "At last they saw the lights of the town.",
}
SPEAKING = 0.06
"""Seconds that the fake engine takes for a character."""


@pytest.fixture(scope="module")
def key(stack: LiveStack) -> str:
    return stack.account()


@pytest.fixture
def sdk(stack: LiveStack, key: str) -> Iterator[KugelAudio]:
    with KugelAudio(api_key=key, api_url=stack.base_url) as client:
        yield client


@pytest.fixture(scope="module")
def voices(stack: LiveStack, key: str) -> dict[str, int]:
    """The numbers of the voices that speak English, by name."""
    page = KugelAudio(api_key=key, api_url=stack.base_url).voices.list(language="en", limit=100)
    assert page.total == len(page.voices)
    return {voice.name: voice.id for voice in page.voices}


def sound(chunks: Iterable[AudioChunk]) -> Audio:
    return from_int16(b"".join(chunk.audio for chunk in chunks))


async def all_of(chunks: AsyncIterator[AudioChunk]) -> list[AudioChunk]:
    return [chunk async for chunk in chunks]


async def tokens(session: StreamingSession, *texts: str) -> list[AudioChunk]:
    return [chunk for text in texts for chunk in await all_of(session.send(text))]


def seconds_of(chunks: Iterable[AudioChunk]) -> float:
    return sum(chunk.duration_seconds for chunk in chunks)


def test_generate_at_any_rate_and_for_the_telephone(
    sdk: KugelAudio, voices: dict[str, int], tmp_path: Path
) -> None:
    heard = []
    for form, text in STORY.items():
        wanted: dict[str, Any] = (
            {"output_format": form} if isinstance(form, str) else {"sample_rate": form} if form else {}
        )
        answer = sdk.tts.generate(text, voice_id=voices["Joe"], language="en", **wanted)
        rate = form if isinstance(form, int) else 8_000 if form else 24_000
        assert answer.sample_rate == rate
        if form == "ulaw_8000":
            samples = (g711.decoded("mulaw")[np.frombuffer(answer.audio, np.uint8)] / 32768).astype(
                np.float32
            )
        else:
            samples = from_int16(answer.audio)
        assert answer.samples == len(samples)
        assert answer.generation_ms > 0
        assert answer.rtf > 0
        assert answer.usage is not None
        assert answer.usage.characters == len(text)
        assert answer.usage.audio_seconds == pytest.approx(answer.duration_seconds, abs=0.01)
        assert not answer.usage.cost_available, "this server counts characters, not money"
        heard.append(resampled(samples, answer.sample_rate, 16_000))
        if form is None:
            answer.save(str(tmp_path / "first.wav"))
    assert wer(" ".join(STORY.values()), hear(np.concatenate(heard))) <= 0.1
    assert wer(STORY[None], hear(tmp_path / "first.wav")) <= 0.15


def test_words_have_their_times(sdk: KugelAudio, voices: dict[str, int]) -> None:
    text = "Please come at 9. Everybody will be there."
    answer = sdk.tts.generate(text, voice_id=voices["Bella"], language="en", word_timestamps=True)
    stamps = answer.word_timestamps
    assert [text[stamp.char_start : stamp.char_end] for stamp in stamps] == [
        *("Please", "come", "at", "9", "Everybody", "will", "be", "there")
    ]
    assert [stamp.word for stamp in stamps] == [text[stamp.char_start : stamp.char_end] for stamp in stamps]
    ends = [0, *(moment for stamp in stamps for moment in (stamp.start_ms, stamp.end_ms)), answer.duration_ms]
    assert ends == sorted(ends)
    # "Everybody" begins where it is heard to begin.
    second = next(
        word
        for word in hear(from_int16(answer.audio), 24_000, words=True).words
        if word.text.lower().startswith("everybody")
    )
    assert stamps[4].start_ms / 1000 == pytest.approx(second.start, abs=0.4)


def test_an_asynchronous_client_speaks_one_request_after_the_other(stack: LiveStack, key: str) -> None:
    async def main() -> None:
        client = await KugelAudio.create(api_key=key, api_url=stack.base_url, model="fake")
        assert client.is_connected()
        items = [
            item
            async for item in client.tts.stream_async("One two three, " * 5, model_id="fake", language="en")
        ]
        chunks = [item for item in items if isinstance(item, AudioChunk)]
        assert [chunk.index for chunk in chunks] == list(range(len(chunks)))
        assert len(chunks) > 2
        final = items[-1]
        assert isinstance(final, dict)
        assert final["total_samples"] == len(sound(chunks))
        answer = await client.tts.generate_async("Four.", model_id="fake", language="en", speed=0.8)
        assert answer.duration_seconds == pytest.approx(len("Four.") * SPEAKING / 0.8, rel=0.1)
        with pytest.raises(NotFoundError):
            await client.tts.generate_async("Hello.", voice_id=77, language="en")
        assert (await client.tts.generate_async("The same socket.", model_id="fake", language="en")).samples
        await client.aclose()

    asyncio.run(main())


def test_a_generator_without_async_gives_the_same_sound(sdk: KugelAudio) -> None:
    wanted: dict[str, Any] = {"model_id": "fake", "language": "en"}
    chunks = [item for item in sdk.tts.stream("Five six seven.", **wanted) if isinstance(item, AudioChunk)]
    assert b"".join(chunk.audio for chunk in chunks) == sdk.tts.generate("Five six seven.", **wanted).audio


def test_tokens_are_heard_as_they_come_and_the_next_turn_has_another_voice(
    sdk: KugelAudio, voices: dict[str, int]
) -> None:
    first = "Good morning! The meeting begins at 10 in the big room."
    second = "Nobody has to bring anything."

    async def main() -> None:
        stamps: list[Any] = []
        async with sdk.tts.streaming_session(
            voice_id=voices["Joe"], language="en", word_timestamps=True, on_word_timestamps=stamps.extend
        ) as session:
            chunks = await tokens(session, *(f"{word} " for word in first.split(" ")))
            chunks += await all_of(session.drain())
            assert wer(first, hear(sound(chunks), 24_000)) <= 0.2
            assert {stamp.word for stamp in stamps} >= {"Good", "morning", "room"}
            usage = session.last_usage
            assert usage is not None
            assert usage.characters == len(first)
            assert usage.audio_seconds == pytest.approx(seconds_of(chunks), abs=0.01)
            stats = await session.end_session()
            assert stats["total_audio_seconds"] == usage.audio_seconds
            assert session.last_final is not None or stats["total_text_chunks"] >= 2
            session.update_config(voice_id=voices["Bella"])
            began = time.monotonic()
            other = await all_of(session.send(second, flush=True))
            assert time.monotonic() - began < 20
            assert wer(second, hear(sound(other), 24_000)) <= 0.2
            assert session.last_final is not None
            assert session.last_final["total_audio_chunks"] == len(other)

    asyncio.run(main())


def fake_session(sdk: KugelAudio, **settings: Any) -> StreamingSession:
    return sdk.tts.streaming_session(model_id="fake", language="en", **settings)


def test_a_flush_ends_a_turn_without_lingering(sdk: KugelAudio) -> None:
    async def main() -> None:
        async with fake_session(sdk) as session:
            began = time.monotonic()
            for text in ("One turn.", "Another turn. Of two sentences."):
                await all_of(session.send(text))
                spoken = len(text) * SPEAKING
                got = seconds_of(await all_of(session.flush()))
                assert got <= spoken + 0.1
            assert await all_of(session.flush()) == [], "a flush of nothing is answered too"
        # The SDK lingers two seconds after a turn whose end it was not told, and thirty when it leaves.
        assert time.monotonic() - began < 4

    asyncio.run(main())


def test_after_a_cancel_the_next_turn_is_whole(sdk: KugelAudio) -> None:
    async def main() -> None:
        async with fake_session(sdk) as session:
            async for _ in session.send("This sentence goes on and on. " * 100, flush=True):
                break
            began = time.monotonic()
            await session.cancel_current()
            assert time.monotonic() - began < 2
            chunks = await all_of(session.send("What did you say?", flush=True))
            assert seconds_of(chunks) == pytest.approx(len("What did you say?") * SPEAKING, rel=0.05)
            assert session.last_usage is not None
            assert session.last_usage.characters == len("What did you say?")

    asyncio.run(main())


def test_settings_change_between_turns(sdk: KugelAudio, voices: dict[str, int]) -> None:
    text = "As long as it takes."

    async def main() -> None:
        async with fake_session(sdk) as session:
            slow = await all_of(session.send(text, flush=True))
            settings = await session.update_settings(speed=1.2, cfg_scale=1.5)
            assert (settings["speed"], settings["cfg_scale"], settings["language"]) == (1.2, 1.5, "en")
            fast = await all_of(session.send(text, flush=True))
            assert seconds_of(slow) / seconds_of(fast) == pytest.approx(1.2, rel=0.03)
            with pytest.raises(ValidationError, match="speed"):
                await session.update_settings(speed=2.0)
            await session.end_session()
            session.update_config(
                StreamConfig(model_id="fake", voice_id=voices["High tone"], sample_rate=8000)
            )
            high = await all_of(session.send(text, flush=True))
            assert {chunk.sample_rate for chunk in high} == {8000}
            assert pitch(sound(slow), 24_000) == pytest.approx(440, rel=0.01)
            assert pitch(sound(high), 8_000) == pytest.approx(660, rel=0.01)
            assert seconds_of(high) == pytest.approx(seconds_of(slow), rel=0.03)

    asyncio.run(main())


@pytest.mark.parametrize(
    ("text", "config", "error", "pause"),
    [
        (f"This breaks {FAIL_WORD}", {}, KugelAudioError, 0.0),
        (f"This breaks {FAIL_WORD}", {}, KugelAudioError, 1.2),
        ("Hello.", {"voice_id": 77}, NotFoundError, 0.0),
        ("a\x00b", {}, ValidationError, 0.0),
    ],
    ids=["engine", "engine, later", "voice", "text"],
)
def test_leaving_after_an_error_does_not_stall(
    sdk: KugelAudio, text: str, config: dict[str, Any], error: type[KugelAudioError], pause: float
) -> None:
    async def main() -> float:
        async with fake_session(sdk, **config) as session:
            with pytest.raises(error):
                await all_of(session.send(text, flush=True))
            await asyncio.sleep(pause)
            began = time.monotonic()
        return time.monotonic() - began

    assert asyncio.run(main()) < 3


def test_an_error_is_followed_by_a_turn_that_is_whole(sdk: KugelAudio) -> None:
    async def main() -> None:
        async with fake_session(sdk) as session:
            for _ in range(2):
                with pytest.raises(KugelAudioError):
                    await all_of(session.send(f"This breaks {FAIL_WORD}", flush=True))
                chunks = await all_of(session.send("All is well.", flush=True))
                assert seconds_of(chunks) == pytest.approx(len("All is well.") * SPEAKING, rel=0.05)

    asyncio.run(main())


def test_a_flush_after_an_error_of_tokens_is_answered_at_once(sdk: KugelAudio) -> None:
    async def main() -> None:
        async with fake_session(sdk) as session:
            with pytest.raises(ValidationError):
                await tokens(session, "a\x00b. ", "And ", "so ", "it ", "goes ", "on. ")
            began = time.monotonic()
            assert await all_of(session.flush()) == []
            assert time.monotonic() - began < 0.8
            chunks = await all_of(session.send("All is well.", flush=True))
            assert seconds_of(chunks) == pytest.approx(len("All is well.") * SPEAKING, rel=0.05)

    asyncio.run(main())


def test_a_session_without_async(sdk: KugelAudio) -> None:
    with sdk.tts.streaming_session_sync(model_id="fake", language="en") as session:
        chunks = [*session.send("One and "), *session.send("two."), *session.drain()]
        assert seconds_of(chunks) == pytest.approx(len("One and two.") * SPEAKING, rel=0.05)
        session.send("Never mind what")
        session.cancel_current()
        assert session.update_settings(speed=0.9)["speed"] == 0.9
        assert seconds_of(session.send("Three.", flush=True)) > 0.3
        assert session.last_final is not None
        assert session.last_usage is not None


def test_two_voices_take_turns_on_one_socket(sdk: KugelAudio, voices: dict[str, int]) -> None:
    lines = [
        ("narrator", "It was a dark night in the village."),
        ("guest", "Is anybody at home?"),
        ("narrator", "The door opened slowly."),
        ("guest", "I have brought your letters."),
    ]

    async def main() -> None:
        heard: dict[str, list[AudioChunk]] = {"narrator": [], "guest": []}
        async with sdk.tts.multi_context_session(language="en") as session:
            await session.create_context("narrator", voice_id=voices["Joe"])
            await session.create_context("guest", voice_id=voices["Bella"])
            for name, text in lines:
                heard[name] += await all_of(session.send(name, text, flush=True))
            assert await all_of(session.close_context("guest")) == []
            usage = session.usage_for("guest")
            assert usage is not None
            assert usage.audio_seconds == pytest.approx(seconds_of(heard["guest"]), abs=0.02)
            assert usage.characters == sum(len(text) for name, text in lines if name == "guest")
            assert session.active_contexts == {"narrator"}
            stats = await session.close()
        total = sum(seconds_of(chunks) for chunks in heard.values())
        assert stats["total_audio_seconds"] == pytest.approx(total, abs=0.05)
        for name, chunks in heard.items():
            said = " ".join(text for who, text in lines if who == name)
            assert wer(said, hear(sound(chunks), 24_000)) <= 0.2

    asyncio.run(main())


def test_contexts_live_and_end_by_themselves(sdk: KugelAudio, voices: dict[str, int]) -> None:
    async def main() -> None:
        async with sdk.tts.multi_context_session(model_id="fake", language="en") as session:
            for number in range(5):
                voice = voices["High tone" if number % 2 else "Tone"]
                await session.create_context(f"c{number}", voice_id=voice)
            with pytest.raises(RateLimitError, match="Only 5"):
                await session.create_context("one too many")
            await session.keep_alive("c3")
            high = await all_of(session.send("c3", "A high one. Still the high one.", flush=True))
            low = await all_of(session.send("c4", "A low one.", flush=True))
            assert pitch(sound(high), 24_000) == pytest.approx(660, rel=0.01)
            assert pitch(sound(low), 24_000) == pytest.approx(440, rel=0.01)
            assert seconds_of(low) == pytest.approx(len("A low one.") * SPEAKING, rel=0.05)
            async for _ in session.send("c0", "This sentence goes on and on. " * 100, flush=True):
                break
            began = time.monotonic()
            left = await all_of(session.close_context("c0", immediate=True))
            assert time.monotonic() - began < 3
            assert seconds_of(left) < 100 * len("This sentence goes on and on. ") * SPEAKING * 0.6
            await session.create_context("in its place")
            with pytest.raises(KugelAudioError):
                await all_of(session.send("c1", f"This breaks {FAIL_WORD}", flush=True))
            with pytest.raises(ValidationError):
                await all_of(session.send("c1", "a\x00b", flush=True))
            await asyncio.sleep(1.2)  # an end that comes too late would be taken for that of the next turn
            after = await all_of(session.send("c1", "And goes on.", flush=True))
            assert seconds_of(after) == pytest.approx(len("And goes on.") * SPEAKING, rel=0.05)
            settings = await session.update_settings(speed=0.8)
            assert settings["speed"] == 0.8
            await all_of(session.close_context("c1"))
            slow = await all_of(session.send("afterwards", "And goes on.", flush=True))
            assert seconds_of(slow) == pytest.approx(seconds_of(after) / 0.8, rel=0.05)
            closing = time.monotonic()
        assert time.monotonic() - closing < 3

    asyncio.run(main())


def test_a_wrong_key_is_an_authentication_error_everywhere(stack: LiveStack) -> None:
    async def main() -> None:
        stranger = KugelAudio(api_key="sk-tts-" + "x" * 40, api_url=stack.base_url)
        with pytest.raises(AuthenticationError):
            stranger.models.list()
        with pytest.raises(AuthenticationError):
            await stranger.tts.generate_async("Hello.", language="en")
        with pytest.raises(AuthenticationError):
            await stranger.tts.streaming_session(language="en").connect()
        with pytest.raises(AuthenticationError):
            await stranger.tts.multi_context_session(language="en").connect()
        with pytest.raises(AuthenticationError):
            await KugelAudio.create(api_key="nonsense", api_url=stack.base_url)

    asyncio.run(main())


def test_too_few_characters_is_insufficient_credits_everywhere(stack: LiveStack) -> None:
    poor = partial(KugelAudio, api_key=stack.account(characters=1), api_url=stack.base_url)

    async def main() -> None:
        client = poor()
        with pytest.raises(InsufficientCreditsError):
            await client.tts.generate_async("Hello.", model_id="fake", language="en")
        async with fake_session(client) as session:
            with pytest.raises(InsufficientCreditsError):
                await all_of(session.send("Hello.", flush=True))
            began = time.monotonic()
        assert time.monotonic() - began < 3
        async with client.tts.multi_context_session(model_id="fake", language="en") as several:
            with pytest.raises(InsufficientCreditsError):
                await all_of(several.send("c", "Hello.", flush=True))
        await client.aclose()

    asyncio.run(main())


def test_what_can_not_be_is_a_validation_or_not_found_error(sdk: KugelAudio) -> None:
    cases: list[tuple[dict[str, Any], type[KugelAudioError]]] = [
        ({"voice_id": 77}, NotFoundError),
        ({"model_id": "nonsense"}, ValidationError),
        ({"speed": 3.0}, ValidationError),
        ({"sample_rate": 44_100}, ValidationError),
        ({"output_format": "mp3"}, ValidationError),
    ]
    for wrong, error in cases:
        with pytest.raises(error) as refused:
            sdk.tts.generate("Hello.", **{"language": "en", **wrong})
        assert refused.value.request_id
    with pytest.raises(ValidationError):
        sdk.tts.generate("", language="en")


def test_an_idle_session_outlives_a_restart_of_the_server(stack: LiveStack, sdk: KugelAudio) -> None:
    async def main() -> None:
        async with (
            fake_session(sdk) as session,
            sdk.tts.multi_context_session(model_id="fake", language="en") as several,
        ):
            before = await all_of(session.send("Before and after.", flush=True))
            await several.create_context("c")
            await asyncio.to_thread(stack.web.restart)
            after = await all_of(session.send("Before and after.", flush=True))
            assert seconds_of(after) == seconds_of(before)
            assert seconds_of(await all_of(several.send("c", "Before and after.", flush=True))) == seconds_of(
                before
            )

    asyncio.run(main())


def test_the_generation_of_the_document_ends_its_session_by_close_alone(stack: LiveStack, key: str) -> None:
    with Socket(stack.base_url, "/ws/tts/stream", key) as socket:
        socket.say(model_id="fake", language="en", sample_rate=24_000, normalize=True, flush_timeout_ms=500)
        socket.say(text="Hello, ")
        socket.say(text="world.")
        socket.say(flush=True)
        first = socket.until("chunk_complete")
        assert first["chunk_id"] == 0
        socket.say(text="This is the rest")
        socket.say(close=True)
        closed = socket.until("session_closed")
        with pytest.raises(TimeoutError):
            socket.next(timeout=0.3)
    assert sum(bool(frame.get("session_closed")) for frame in socket.frames) == 1
    assert closed["total_audio_seconds"] == pytest.approx(len(socket.sound()) / 24_000, abs=0.01)
    assert closed["total_text_chunks"] == 2
    with Socket(stack.base_url, "/ws/tts/stream", key) as socket:
        socket.say(text=f"This breaks {FAIL_WORD}", model_id="fake", language="en")
        socket.say(close=True)
        socket.until("error", timeout=10)
        socket.until("session_closed", timeout=10)
