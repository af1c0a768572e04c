"""All voices are heard at one loudness, whatever model they come from."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from workers.audio.loudness import loudness
from workers.engines.base import Engine, Utterance
from workers.engines.catalogue import catalogue
from workers.engines.gains import MOST, TARGET, gain_for, gain_of, raised, table
from workers.engines.kokoro import Kokoro
from workers.engines.piper import Piper
from workers.engines.store import weights_dir

ENGLISH = ("The harbour was quiet before sunrise.", "Please bring a coat, because it is cold.")
ITALIAN = ("Il vecchio ponte era chiuso lunedì, così abbiamo camminato lungo il fiume.",)
JOE = "en_US-joe-medium"


def heard(engine: Engine, voice: str, texts: tuple[str, ...], language: str = "en") -> float:
    said = (Utterance(text, voice, language) for text in texts)
    parts = [chunk.samples for each in said for chunk in engine.speak(each, lambda: False)]
    return loudness(np.concatenate(parts), engine.sample_rate)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("voice", "texts", "language"),
    [
        ("af_nova", ENGLISH, "en"),  # -26 LUFS by itself, the softest
        ("bf_isabella", ENGLISH, "en"),
        ("if_sara", ITALIAN, "it"),  # -15 LUFS, the loudest
        ("af_nova(1)+bf_isabella(1)", ENGLISH[:1], "en"),
    ],
)
def test_kokoros_voices_are_as_loud_as_one_another(
    kokoro: Engine, voice: str, texts: tuple[str, ...], language: str
) -> None:
    assert heard(kokoro, voice, texts, language) == pytest.approx(TARGET, abs=1.5)


@pytest.mark.slow
def test_piper_is_as_loud_as_kokoro(piper: Engine) -> None:
    assert heard(piper, JOE, ENGLISH) == pytest.approx(TARGET, abs=1.5)


@pytest.mark.slow
def test_a_voice_of_ones_own_is_as_loud_as_the_stock_voice_it_is_made_of(kokoro: Engine) -> None:
    data = {"kind": "voice-match", "base": "bf_isabella", "f0_scale": 0.85}
    said = Utterance(ENGLISH[0], "bf_isabella", "en", options={"voice_data": data})
    (chunk,) = kokoro.speak(said, lambda: False)
    assert loudness(chunk.samples, kokoro.sample_rate) == pytest.approx(TARGET, abs=1.5)


@pytest.mark.slow
def test_a_piper_voice_that_nobody_has_measured_is_heard_when_it_is_loaded(tmp_path: Path) -> None:
    for ending in (".onnx", ".onnx.json"):
        (tmp_path / f"unknown{ending}").symlink_to(weights_dir("piper") / f"{JOE}{ending}")
    engine = Piper(lambda _: tmp_path, "unknown", threads=2)
    assert gain_of("piper", "unknown") is None
    assert heard(engine, "unknown", ENGLISH) == pytest.approx(TARGET, abs=2.0)
    engine.close()


def test_every_voice_that_is_fetched_by_default_has_been_measured() -> None:
    assert {voice.id for voice in catalogue().voices("kokoro")} == set(table()["kokoro"])
    assert JOE in table()["piper"]
    for voices in table().values():
        assert all(-40 < measured < -5 for measured in voices.values())


def test_a_blend_has_the_gains_of_its_voices_by_their_weights(kokoro: Kokoro) -> None:
    first, second = (gain_of("kokoro", voice) or 0.0 for voice in ("af_nova", "if_sara"))
    _, blended = kokoro._blend("af_nova(1)+if_sara(3)")
    assert blended == pytest.approx(first / 4 + 3 * second / 4)


def test_a_gain_is_one_number_and_bounded() -> None:
    assert gain_for(TARGET) == 0.0
    assert gain_for(-70.0) == MOST
    assert gain_of("fake", "tone") is None
    assert raised(np.full(3, 0.1, np.float32), 6.0206) == pytest.approx([0.2, 0.2, 0.2])
    assert raised(np.zeros(1, np.float32), 3.0).dtype == np.float32
