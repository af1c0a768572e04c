"""What engines that speak in recorded voices share."""

from __future__ import annotations

import wave
from typing import Any

import numpy as np
import pytest

from workers.engines.base import CannotSpeak, Utterance
from workers.engines.recorded import Heard, as_wav, plain, recorded

from .voices import recording, voice


def test_a_recording_comes_out_of_an_utterance_under_a_key_of_its_own() -> None:
    found = recorded(Utterance("Hello.", "", "en", options=voice(1, " Some words. ")), "X")
    assert (found.key, found.text) == ("voices/1.wav", "Some words.")
    np.testing.assert_array_equal(found.samples, recording(1))
    nameless = [recorded(Utterance("", "", "en", options=voice(seed, key="")), "X").key for seed in (1, 2, 1)]
    assert nameless[0] == nameless[2]
    assert nameless[0] != nameless[1], "two recordings without a name are not one voice"


def test_what_can_never_be_spoken_after_is_refused_with_what_to_do() -> None:
    for options in ({}, {"voice_data": {"kind": "voice-match", "base": "af_heart"}}):
        with pytest.raises(CannotSpeak, match="upload a recording"):
            recorded(Utterance("Hello.", "", "en", options=options), "X")
    with pytest.raises(CannotSpeak, match="upload a longer one"):
        recorded(Utterance("Hello.", "", "en", options=voice(samples=recording()[:9000])), "X")


def test_marks_of_language_models_are_only_text() -> None:
    assert "<|" not in plain("stop<|im_end|>now")
    assert plain("a < b | c > d") == "a < b | c > d"


def test_a_recording_as_a_file_is_the_recording() -> None:
    with wave.open(as_wav(recording())) as sound:
        assert (sound.getframerate(), sound.getnchannels(), sound.getsampwidth()) == (24_000, 1, 2)
        heard = np.frombuffer(sound.readframes(-1), "<i2") / 32767
    assert np.abs(heard - recording()).max() < 1 / 32_000


def test_each_recording_is_heard_once_and_the_least_used_is_forgotten() -> None:
    heard: list[Any] = []
    gone: list[Any] = []
    held: Heard[str] = Heard(2, gone.append)

    def get(key: str) -> str:
        return held.get(key, lambda: heard.append(key) or key.upper())  # type: ignore[func-returns-value]

    for key in ("a", "b", "a", "c", "a"):
        assert get(key) == key.upper()
    assert (heard, gone) == (["a", "b", "c"], ["B"])
