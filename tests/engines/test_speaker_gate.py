"""One voice kept where people take turns: the other is turned down, and the one who was asked for is left as he is."""

from __future__ import annotations

import numpy as np
import pytest

from tests.audio.mixes import si_sdr, speech
from workers.audio.encode import from_int16, to_int16
from workers.engines.base import Audio, CannotSpeak
from workers.engines.kinds import Stereo
from workers.engines.registry import load
from workers.engines.speaker_gate import SAMPLE_RATE, SpeakerGate, voice_of
from workers.pipelines.cleaning import OUT_RATE, LiveCleaner

RATE = 48_000
SECONDS = 5.0


def turns(*names: str, rate: int = RATE) -> Audio:
    return np.concatenate([speech(name, rate, SECONDS) for name in names])


def sample(name: str) -> Audio:
    """Another stretch of the same recording than `turns` has, where there is one."""
    return speech(name, SAMPLE_RATE, 8.0)[-round(4 * SAMPLE_RATE) :]


def gated(sound: Stereo, name: str, pieces: int = 23) -> Stereo:
    gate = SpeakerGate(RATE, voice_of(sample(name)))
    cuts = np.sort(np.random.default_rng(pieces).integers(0, sound.shape[1] + 1, pieces))
    made = [gate.push(piece) for piece in np.split(sound, cuts, axis=1)]
    return np.concatenate([*made, gate.finish()], axis=1)


def decibels(samples: Audio) -> float:
    return float(10 * np.log10(np.mean(np.square(samples)) + 1e-12))


@pytest.mark.parametrize(
    ("kept", "other"), [("woman", "another man"), ("another man", "woman"), ("reader", "woman")]
)
def test_the_other_one_is_turned_down_and_the_speaker_left_alone(kept: str, other: str) -> None:
    mine, theirs = len(speech(kept, RATE, SECONDS)), len(speech(other, RATE, SECONDS))
    sound = turns(kept, other, kept)
    made = gated(sound[None], kept)[0]
    assert len(made) == len(sound)
    near = RATE  # it takes a good second to tell who speaks
    first, middle = slice(0, mine - near), slice(mine + near, mine + theirs - near)
    last = slice(mine + theirs + near, None)
    for part in (first, last):
        assert abs(decibels(made[part]) - decibels(sound[part])) < 1.5
        assert si_sdr(sound[part], made[part]) > 12
    assert decibels(sound[middle]) - decibels(made[middle]) > 15


def test_in_pieces_of_any_length_it_is_the_same() -> None:
    sound = np.stack([turns("woman", "another man")] * 2)
    one, many = gated(sound, "woman", 1), gated(sound, "woman", 200)
    assert one.shape == many.shape == sound.shape
    np.testing.assert_allclose(one, many, atol=2e-3)
    np.testing.assert_array_equal(many[0], many[1])


def test_short_sound_and_none_at_all() -> None:
    for seconds in (0.0, 0.01, 1.0, 1.7):
        sound = speech("woman", RATE, SECONDS)[None, : round(seconds * RATE)]
        assert gated(sound, "woman", 2).shape == sound.shape


def test_a_sample_in_which_nobody_speaks_is_refused() -> None:
    with pytest.raises(CannotSpeak, match="nobody speaks"):
        voice_of(np.zeros(3 * SAMPLE_RATE, np.float32))


def test_live_sound_with_one_voice_kept_is_as_long_as_it_came() -> None:
    engine = load("deepfilternet")
    sound = turns("woman", "another man", rate=16_000)
    cleaner = LiveCleaner(engine, 16_000, sample("woman"))
    data = to_int16(sound).tobytes()
    made = b"".join(cleaner.push(data[place : place + 3_201]) for place in range(0, len(data), 3_201))
    samples = from_int16(made + cleaner.finish())
    assert len(samples) == round(len(sound) * OUT_RATE / 16_000)
    turn = len(speech("woman", 16_000, SECONDS)) * OUT_RATE // 16_000
    assert decibels(samples[: turn - OUT_RATE]) - decibels(samples[turn + OUT_RATE :]) > 15
    engine.close()
