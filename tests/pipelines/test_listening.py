"""Live listening: turns, what is shown while they last, and what ends them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from tests.ear import wer
from tests.listening import AUSTEN, RATE, VOICES, Scripted, austen, sound
from tests.pipelines.workbench import Engines
from workers.audio.encode import to_int16
from workers.audio.resample import resample
from workers.engines.base import Audio
from workers.engines.kinds import Hearing, Transcriber
from workers.pipelines.listening import _TAIL, LiveListener, Manner, Said

QUIET = np.zeros(2 * RATE, np.float32)
SENTENCES = list(AUSTEN.values())


@pytest.fixture(scope="module")
def tiny() -> Iterator[Transcriber]:
    with Engines().tool("whisper-tiny.en") as model:
        yield model


def listened(
    model: Transcriber, samples: Audio, manner: Manner, *, rate: int = RATE, chunk: float = 0.1
) -> list[Said]:
    """All that is told while the sound comes in chunks of so many seconds."""
    listener = LiveListener(rate, manner)
    data = to_int16(samples if rate == RATE else resample(samples, RATE, rate)).tobytes()
    told: list[Said] = []

    def look() -> None:
        while (said := listener.look(model, lambda: False)) is not None:
            told.append(said)

    step = round(chunk * rate) * 2 + 1  # odd, so that samples are torn apart
    for at in range(0, len(data), step):
        listener.push(data[at : at + step])
        look()
    listener.end()
    look()
    assert listener.judged == pytest.approx(len(samples) / RATE, abs=0.1)
    return told


def test_turns_end_at_pauses_and_are_shown_while_they_last(tiny: Transcriber) -> None:
    samples = np.concatenate([sound(VOICES["reader"][0]), QUIET, sound(VOICES["reader"][2]), QUIET])
    told = listened(tiny, samples, Manner("vad", (0.7, 0.7)), chunk=0.5)
    finals = [said for said in told if said.final]
    assert [said.reason for said in finals] == ["vad", "vad"]
    assert wer(SENTENCES[0], finals[0].text) <= 0.15
    assert wer(SENTENCES[2], finals[1].text) <= 0.25
    first = told.index(finals[0])
    assert first >= 3, "seven seconds are shown several times before they end"
    assert len(told[0].text) < len(told[first - 1].text)
    assert finals[0].language == "en"


def test_with_manual_ends_only_the_other_side_ends_a_turn(tiny: Transcriber) -> None:
    samples = np.concatenate([sound(VOICES["reader"][1]), QUIET, sound(VOICES["reader"][4]), QUIET])
    finals = [said for said in listened(tiny, samples, Manner("manual")) if said.final]
    assert [said.reason for said in finals] == ["manual"]
    assert wer(f"{SENTENCES[1]} {SENTENCES[4]}", finals[0].text) <= 0.25


def test_a_long_turn_comes_out_whole_though_only_half_a_minute_is_heard_at_once(tiny: Transcriber) -> None:
    samples, said = austen(0.2)
    more = sound(VOICES["reader"][0])
    finals = [
        told
        for told in listened(tiny, np.concatenate([samples, more]), Manner("manual"), chunk=10.0)
        if told.final
    ]
    assert len(finals) == 1
    assert wer(f"{said} {SENTENCES[0]}", finals[0].text) <= 0.2


def test_sound_of_other_rates() -> None:
    samples = np.concatenate([sound(VOICES["reader"][1]), QUIET])
    for rate in (8_000, 44_100, 48_000):
        model = Scripted("He was not.")
        told = listened(model, samples, Manner("vad", (0.7, 0.7)), rate=rate, chunk=1.0)
        assert [said.text for said in told if said.final] == ["He was not."]


def test_no_more_than_that_is_kept_or_heard() -> None:
    model = Scripted("and so on")
    listened(model, np.concatenate([austen(0.2)[0]] * 4), Manner("manual"), chunk=1.0)
    assert max(model.heard) < _TAIL + 1


def test_a_complete_sentence_ends_a_turn_sooner_than_one_that_breaks_off() -> None:
    spoken = sound(VOICES["reader"][1])
    gap = np.zeros(round(0.2 * RATE), np.float32)  # and the recording's own ends
    samples = np.concatenate([spoken, gap, spoken, QUIET])
    manner = Manner("kugelturn", (0.5, 1.3))
    complete = [said.text for said in listened(Scripted("That is all."), samples, manner) if said.final]
    broken = [said.text for said in listened(Scripted("That is because"), samples, manner) if said.final]
    assert (len(complete), len(broken)) == (2, 1)


def test_silence_and_noise_are_no_turn_and_nothing_is_computed_for_them() -> None:
    model = Scripted("Thank you.")
    noise = np.random.default_rng(3).normal(0, 0.05, 10 * RATE).astype(np.float32)
    assert listened(model, np.concatenate([QUIET, noise, QUIET]), Manner()) == []
    assert model.heard == []


def test_the_language_is_one_of_those_that_may_be_spoken() -> None:
    samples = np.concatenate([sound(VOICES["reader"][0]), QUIET])
    for allowed, heard, wanted in (
        ((), ("fr", 0.9), "fr"),
        ((), ("fr", 0.3), None),
        (("de",), ("fr", 0.9), "de"),
        (("de", "en"), ("fr", 0.9), "de"),
        (("de", "fr"), ("fr", 0.9), "fr"),
    ):
        model = Scripted("So.", language=heard)
        told = listened(model, samples, Manner(languages=allowed, phrases=("Dashwood",)))
        assert told[-1].language == wanted
        assert (
            model.asked[0] == Hearing(language=None, phrases=("Dashwood",), quick=True) or len(allowed) == 1
        )
        assert model.asked[-1] == Hearing(language=wanted, phrases=("Dashwood",))
