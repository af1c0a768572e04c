"""Speech at another pace keeps its pitch, its words and the times of its words, however it is cut into blocks."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from tests.ear import hear, wer
from workers.audio.stretch import Stretcher, paces, scaled, stretched
from workers.engines.base import Audio, AudioChunk, Engine, Utterance, Word
from workers.engines.registry import load

from .signals import pitch, tone

RATE = 24_000
SPEEDS = [0.25, 0.5, 0.8, 1.2, 2.0, 3.0]
SENTENCE = "The train leaves from the station at half past ten, so please bring a warm coat."


def whole(samples: Audio, speed: float, rate: int = RATE) -> Audio:
    stretcher = Stretcher(rate, speed)
    return np.concatenate([stretcher.push(samples), stretcher.finish()])


def in_blocks(samples: Audio, speed: float, size: int, rate: int = RATE) -> Audio:
    stretcher = Stretcher(rate, speed)
    parts = [stretcher.push(samples[start : start + size]) for start in range(0, len(samples), size)]
    return np.concatenate([*parts, stretcher.finish()])


def cents(frequency: float, reference: float) -> float:
    return float(1200 * np.log2(frequency / reference))


def voice_pitch(samples: Audio, rate: int, second: float) -> float:
    """The pitch of a voice (70 to 350 Hz) around a time by autocorrelation; 0 where there is none."""
    half = round(0.03 * rate)
    start = round(second * rate) - half
    frame = samples[max(0, start) : start + 2 * half].astype(np.float64)
    if len(frame) < 2 * half or np.sqrt(np.mean(frame**2)) < 0.03:
        return 0.0
    lags = np.arange(rate // 350, rate // 70)
    lagged = np.lib.stride_tricks.sliding_window_view(frame, half)[lags]
    alike = lagged @ frame[:half] / np.sqrt((lagged**2).sum(1) * (frame[:half] ** 2).sum() + 1e-9)
    best = int(np.argmax(alike))
    if alike[best] < 0.8 or not 0 < best < len(lags) - 1:
        return 0.0
    before, top, after = alike[best - 1 : best + 2]
    return float(rate / (lags[best] + (before - after) / (2 * (before - 2 * top + after))))


@pytest.fixture(scope="module")
def piper() -> Iterator[Engine]:
    engine = load("piper", threads=2)
    yield engine
    engine.close()


@pytest.fixture(scope="module")
def speech(piper: Engine) -> Audio:
    return np.concatenate([chunk.samples for chunk in say(piper)])


def say(engine: Engine, speed: float = 1.0) -> list[AudioChunk]:
    return list(engine.speak(Utterance(SENTENCE, "en_US-joe-medium", "en", speed), lambda: False))


@pytest.mark.parametrize("speed", SPEEDS)
@pytest.mark.parametrize("samples", [0, 1, 100, 5_000, 50_001])
def test_the_length_is_exact(speed: float, samples: int) -> None:
    recording = tone(3.0)[:samples]
    assert len(whole(recording, speed)) == len(in_blocks(recording, speed, 777)) == round(samples / speed)


@pytest.mark.parametrize("speed", SPEEDS)
def test_a_steady_tone_keeps_its_pitch_and_its_level_and_does_not_click(speed: float) -> None:
    for hertz in (110.0, 440.0):
        sound = in_blocks(tone(2.0, hertz=hertz), speed, 480)
        assert abs(cents(pitch(sound, RATE), hertz)) < 15
        # The tone begins and ends at once; half a window around that is softer.
        edge = round(0.08 / speed * RATE)
        inner = sound[edge:-edge]
        steepest = 0.5 * 2 * np.pi * hertz / RATE
        assert np.abs(np.diff(inner)).max() < 1.5 * steepest
        if speed < 0.5:
            continue  # Beyond double length the library blurs on purpose: see Stretcher.
        levels = np.sqrt(np.mean(inner[: len(inner) // 1200 * 1200].reshape(-1, 1200) ** 2, axis=1))
        assert levels.min() > 0.8 * levels.max()


@pytest.mark.slow
@pytest.mark.parametrize("speed", [0.5, 0.8, 1.2, 2.0])
def test_a_voice_keeps_its_pitch(speech: Audio, piper: Engine, speed: float) -> None:
    rate = piper.sample_rate
    sound = whole(speech, speed, rate)
    both = [
        (voice_pitch(speech, rate, second), voice_pitch(sound, rate, second / speed))
        for second in np.arange(0.1, len(speech) / rate - 0.1, 0.01)
    ]
    changes = [cents(after, before) for before, after in both if before and after]
    assert len(changes) > 40
    assert abs(np.median(changes)) < 15


@pytest.mark.slow
@pytest.mark.parametrize("size", [160, 4_000])
def test_blocks_leave_no_trace(speech: Audio, size: int) -> None:
    for speed in (0.5, 1.5):
        assert np.array_equal(in_blocks(speech, speed, size), whole(speech, speed))


@pytest.mark.parametrize("speed", SPEEDS)
def test_sound_comes_soon(speed: float) -> None:
    """40 ms of block, 60 ms of half a window, and what the seam needs, which grows with the speed."""
    stretcher, heard = Stretcher(RATE, speed), 0
    while not len(stretcher.push(tone(0.02))):
        heard += 1
    assert (heard + 1) * 0.02 <= 0.12 + 0.03 * speed + 0.001


@pytest.mark.slow
@pytest.mark.parametrize("speed", SPEEDS)
def test_no_sample_is_louder_than_the_recording(speech: Audio, speed: float) -> None:
    ceiling = 10 ** (-1 / 20)
    loud = np.clip(speech * 20, -ceiling, ceiling).astype(np.float32)
    assert np.abs(whole(loud, speed)).max() <= ceiling + 1e-6


def test_at_its_own_pace_nothing_is_touched() -> None:
    stretcher, samples = Stretcher(RATE, 1.0), tone(0.1)
    assert stretcher.push(samples) is samples
    assert len(stretcher.finish()) == 0
    chunk = AudioChunk(samples)
    assert next(stretched([chunk], RATE, 1.0)) is chunk


@pytest.mark.parametrize("speed", [0.5, 0.8, 1.5, 3.0])
def test_words_stay_with_their_sound(speed: float) -> None:
    """Words of 0.3 s of sound after 0.4 s of silence, in chunks that cut through them."""
    samples = np.concatenate([np.concatenate([np.zeros(9600, np.float32), tone(0.3)]) for _ in range(12)])
    words = [Word(f"w{n}", n * 0.7 + 0.4, n * 0.7 + 0.7, n, n + 1) for n in range(12)]
    size = 16_000
    chunks = []
    for start in range(0, len(samples), size):
        begin, end = start / RATE, (start + size) / RATE
        own = [w for w in words if begin <= w.start < end]
        moved = tuple(Word(w.text, w.start - begin, w.end - begin, w.char_start, w.char_end) for w in own)
        chunks.append(AudioChunk(samples[start : start + size], moved))
    heard: list[Word] = []
    blocks: list[Audio] = []
    for chunk in stretched(chunks, RATE, speed):
        begin = sum(map(len, blocks)) / RATE
        assert all(0 <= word.start < len(chunk.samples) / RATE for word in chunk.words)
        heard += [Word(w.text, w.start + begin, w.end + begin, w.char_start, w.char_end) for w in chunk.words]
        blocks.append(chunk.samples)
    sound = np.concatenate(blocks)
    assert [word.text for word in heard] == [word.text for word in words]
    for word, meant in zip(heard, scaled(words, speed), strict=True):
        assert word.start == pytest.approx(meant.start, abs=1e-6)
        assert word.end == pytest.approx(meant.end, abs=1e-6)
        middle = round((word.start + word.end) / 2 * RATE)
        before = round((word.start - 0.2 / speed) * RATE)
        assert np.abs(sound[middle - 240 : middle + 240]).max() > 0.4
        assert np.abs(sound[before - 240 : before + 240]).max() < 0.1


@pytest.mark.parametrize(
    ("speed", "native", "expected"),
    [
        (1.0, (0.5, 2.0), (1.0, 1.0)),
        (0.25, (0.5, 2.0), (0.5, 0.5)),
        (3.0, (0.5, 2.0), (2.0, 1.5)),
        (0.7, (0.5, 2.0), (0.7, 1.0)),
        (0.8, (1.0, 1.0), (1.0, 0.8)),
    ],
)
def test_the_engine_does_what_it_can(
    speed: float, native: tuple[float, float], expected: tuple[float, float]
) -> None:
    assert paces(speed, native) == expected


@pytest.mark.parametrize("speed", [0.0, 0.2, 4.1, float("nan"), float("inf"), -1.0])
def test_paces_nobody_could_follow_are_refused(speed: float) -> None:
    with pytest.raises(ValueError, match=r"0\.25 to 4"):
        Stretcher(RATE, speed)


@pytest.mark.slow
@pytest.mark.parametrize(("speed", "wrong"), [(0.25, 0.25), (3.0, 0.7)])
def test_paces_beyond_the_engines_are_understood(piper: Engine, speed: float, wrong: float) -> None:
    """Nine words a second are too many for Whisper's smallest form, which still hears some of them."""
    spoken, rest = paces(speed)
    sound = np.concatenate([c.samples for c in stretched(say(piper, spoken), piper.sample_rate, rest)])
    assert wer(SENTENCE, hear(sound, piper.sample_rate)) <= wrong


@pytest.mark.slow
@pytest.mark.parametrize("speed", [0.5, 0.8, 1.2, 2.0])
def test_stretching_alone_is_understood(speech: Audio, piper: Engine, speed: float) -> None:
    assert wer(SENTENCE, hear(whole(speech, speed, piper.sample_rate), piper.sample_rate)) <= 0.25
