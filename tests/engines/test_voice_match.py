"""A recording gets a stock voice of the right sex and pitch, and what is said of the likeness was measured."""

from __future__ import annotations

import wave
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.ear import hear, wer
from tests.engines.known_speakers import CLIPS, MACHINES, PEOPLE, RATE, READ, Speaker, clip, speaker
from tests.pipelines.workbench import Files
from workers.audio.encode import to_int16
from workers.engines import ge2e, timbre, voice_match
from workers.engines.base import Audio, CannotSpeak, Engine, Utterance, Word
from workers.engines.catalogue import Voice, catalogue
from workers.engines.cloning import Reference, build_voice
from workers.engines.kokoro import Kokoro
from workers.engines.pitch import Pitch, pitch, semitones
from workers.engines.speakers import speakers
from workers.engines.voice_choice import Match, fitted, matches, nearest, sex_of, stock
from workers.pipelines.base import Done, StepContext
from workers.pipelines.references import with_reference
from workers.pipelines.voice import STEPS

pytestmark = pytest.mark.slow

SENTENCE = "Our engineers measured the river every morning. Nobody had expected so much rain."


TRIED = [name for name in (*PEOPLE, *MACHINES) if name != "june"]
"""Four people and four machines; `bench.voices` has all, and takes as much longer."""


@pytest.fixture(params=TRIED)
def known(request: pytest.FixtureRequest) -> Speaker:
    return speaker(request.param)


def read(match: Match, engine: Engine) -> Audio:
    return np.concatenate([voice_match.sample_of(match, engine, text) for text in READ])


def test_the_voice_has_sex_and_pitch_of_the_speaker_is_no_further_than_the_nearest_stock_voice_and_is_understood(
    known: Speaker, kokoro: Engine
) -> None:
    made = voice_match.build(known.reference, kokoro, table=known.table)
    assert made.match.voice.gender == known.sex
    heard = read(made.match, kokoro)
    wanted, got = pitch(known.reference, RATE), pitch(heard, RATE, seconds=15)
    assert wanted.sure
    assert abs(semitones(got.hertz, wanted.hertz)) <= 1.0
    assert wer(" ".join(READ), hear(heard, RATE)) <= 0.05
    # The nearest stock voice: of all English ones, women and men, the one whose embedding in the table has the highest
    # cosine to the reference; left as it is, on the same sentences, against the recording that was held out.
    truth, voice = (ge2e.embed(samples, RATE) for samples in (known.other, known.reference))
    left_alone = read(nearest(voice, table=known.table), kokoro)
    likeness, least = (float(ge2e.embed(samples, RATE) @ truth) for samples in (heard, left_alone))
    # Never below where this was measured (docs/engines.md). Other sentences move such a difference by a hundredth, and so
    # does a processor on which Kokoro multiplies otherwise: that much is left for the machine.
    assert likeness >= least - 0.02
    # What the customer is told was measured, on other sentences.
    assert made.similarity == pytest.approx(float(ge2e.embed(heard, RATE) @ voice), abs=0.15)
    assert f"{made.similarity:.2f}" in made.note
    assert "not a copy" in made.note
    assert "clon" not in made.note.lower()


def test_the_encoder_is_resemblyzers() -> None:
    with np.load(CLIPS / "resemblyzer.npz") as theirs:
        for name in theirs:
            assert ge2e.embed(clip(name, 16_000), 16_000) @ theirs[name] >= 0.999


def test_one_person_is_told_from_another() -> None:
    man, woman = (
        [ge2e.embed(clip(f"{who}-{part}"), RATE) for part in ("reference", "other")] for who in (3005, 3080)
    )
    assert ge2e.similarity(*man) > 0.8
    assert ge2e.similarity(*woman) > 0.8
    assert ge2e.similarity(man[0], woman[0]) < 0.65


def test_windows_are_unit_vectors_in_the_order_of_the_recording() -> None:
    samples = clip("3005-reference")
    found = ge2e.windows(samples, RATE, 1.6, 0.8)
    assert found.shape == ((len(samples) - round(1.6 * RATE)) // round(0.8 * RATE) + 1, 256)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1.0, atol=1e-4)
    assert ge2e.windows(samples[: RATE // 2], RATE).shape == (1, 256)


@pytest.mark.parametrize("voice", ["af_bella", "bm_george", "ff_siwis"])
def test_the_table_fits_the_voices(voice: str, kokoro: Engine) -> None:
    table = speakers()
    heard = voice_match.sample_of(Match(named(voice)), kokoro)
    assert ge2e.embed(heard, RATE) @ table.at(voice) > 0.85
    assert abs(semitones(pitch(heard, RATE).hertz, table.pitch(voice))) < 2.5
    whole = np.array([table.at(each) for each in table.names])
    assert table.names[int(np.argmax(whole @ ge2e.embed(heard, RATE)))] == voice
    # Moved ones too: nearer to what is foretold of them than the voice as it is.
    moved = voice_match.sample_of(Match(named(voice), semitones=2.0, resonance=0.94), kokoro)
    assert ge2e.embed(moved, RATE) @ table.at(voice, 2.0, 0.94) > ge2e.embed(heard, RATE) @ table.at(
        voice, 2.0, 0.94
    )


def named(voice: str) -> Voice:
    found = catalogue().voice(voice, "kokoro")
    assert found is not None
    return found


def test_every_kokoro_voice_is_in_the_table(kokoro: Engine) -> None:
    assert isinstance(kokoro, Kokoro)
    assert set(speakers().names) == set(kokoro.voices)


def test_pitch_follows_and_1_changes_nothing(kokoro: Engine) -> None:
    def spoken(**data: float) -> Audio:
        said = Utterance("The ferry leaves the port at dawn.", "am_adam", "en", options={"voice_data": data})
        return np.concatenate([chunk.samples for chunk in kokoro.speak(said, lambda: False)])

    own = spoken()
    np.testing.assert_array_equal(spoken(f0_scale=1.0), own)
    higher = spoken(f0_scale=1.2)
    assert abs(len(higher) - len(own)) < 0.05 * RATE
    apart = semitones(pitch(higher, RATE).hertz, pitch(own, RATE).hertz)
    assert apart == pytest.approx(12 * np.log2(1.2), abs=0.5)
    with pytest.raises(CannotSpeak, match="multiplied by"):
        spoken(f0_scale=9.0)


def test_resonances_move_and_pitch_pace_and_words_stay(kokoro: Engine) -> None:
    def spoken(**data: Any) -> tuple[Audio, tuple[Word, ...]]:
        said = Utterance("The ferry leaves the port at dawn.", "am_adam", "en", options={"voice_data": data})
        (chunk,) = kokoro.speak(said, lambda: False)
        return chunk.samples, chunk.words

    own, own_words = spoken(f0_scale=1.0)
    other, words = spoken(f0_scale=1.0, resonance=0.9)
    assert semitones(pitch(other, RATE).hertz, pitch(own, RATE).hertz) == pytest.approx(0.0, abs=1.0)
    # Durations are whole frames: a pace asked for is met roughly.
    assert len(other) == pytest.approx(len(own), rel=0.1)
    assert words[-1].end <= len(other) / RATE
    assert [word.start for word in words] == pytest.approx([word.start for word in own_words], abs=0.2)
    # A longer throat: what was at 1 kHz is heard at 900 Hz.
    assert centre_of(other) < 0.97 * centre_of(own)


def centre_of(samples: Audio) -> float:
    """The median frequency of the sound's energy between 300 Hz and 5 kHz."""
    power = np.abs(np.fft.rfft(samples)) ** 2
    hertz = np.fft.rfftfreq(len(samples), 1 / RATE)
    inside = (hertz > 300) & (hertz < 5000)
    whole = np.cumsum(power[inside])
    return float(hertz[inside][np.searchsorted(whole, whole[-1] / 2)])


def test_a_voice_takes_the_intonation_of_another(kokoro: Engine) -> None:
    low = Match(named("bm_fable"))
    high = Match(named("bm_fable"), intonation="am_eric")
    one, other = (voice_match.sample_of(match, kokoro, SENTENCE) for match in (low, high))
    table = speakers()
    apart = semitones(table.pitch("am_eric"), table.pitch("bm_fable"))
    assert semitones(pitch(other, RATE).hertz, pitch(one, RATE).hertz) == pytest.approx(apart, abs=1.5)
    whole = np.array([table.at(name) for name in table.names])
    assert table.names[int(np.argmax(whole @ ge2e.embed(one, RATE)))] == "bm_fable"
    assert ge2e.embed(other, RATE) @ table.at("bm_fable") > ge2e.embed(other, RATE) @ table.at("am_eric")
    assert wer(SENTENCE, hear(other, RATE, model="base")) <= 0.05


@pytest.mark.parametrize(
    "data",
    [
        {"resonance": 3.0},
        {"resonance": 0.0},
        {"tone": [1.0, 2.0]},
        {"tone": [99.0] * 24},
        {"intonation": "nobody"},
    ],
)
def test_a_change_that_cannot_be_is_refused(data: dict[str, Any], kokoro: Engine) -> None:
    said = Utterance("Hello.", "am_adam", "en", options={"voice_data": {"f0_scale": 1.0, **data}})
    with pytest.raises(CannotSpeak):
        list(kokoro.speak(said, lambda: False))


def test_a_tone_is_brought_near_another_and_stays_as_loud() -> None:
    one, other = (ge2e.speech(clip(f"{name}-reference"), RATE) for name in ("3005", "june"))
    own, wanted = timbre.tone(one), timbre.tone(other)
    change = timbre.correction(own, wanted)
    coloured = timbre.toned(one, 16_000, change)
    assert len(coloured) == len(one)
    assert np.std(timbre.tone(coloured) - wanted) < 0.7 * np.std(own - wanted)
    assert 20 * np.log10(np.std(coloured) / np.std(one)) == pytest.approx(0.0, abs=1.0)
    np.testing.assert_allclose(timbre.toned(one, 16_000, np.zeros(timbre.BANDS, np.float32)), one, atol=1e-4)


def test_an_unsure_pitch_moves_nothing_and_a_far_one_four_semitones_at_most() -> None:
    voice, table = ge2e.embed(clip("3080-reference"), RATE), speakers()
    for each in stock("en", "female", table):
        assert fitted(each, voice, Pitch(200.0, False), table).semitones == 0
        for hertz in (90.0, 330.0, 440.0):
            assert abs(fitted(each, voice, Pitch(hertz, True), table).semitones) <= 4


@pytest.mark.parametrize(("language", "spoken"), [("es", "es"), ("en-GB", "en"), ("pl", "en")])
def test_the_voice_is_of_the_language_that_was_asked_for(language: str, spoken: str) -> None:
    voice = ge2e.embed(clip("3080-reference"), RATE)
    assert {match.voice.language for match in matches(voice, Pitch(0.0, False), language)} == {spoken}


def test_the_stated_sex_decides() -> None:
    voice = ge2e.embed(clip("3080-reference"), RATE)
    found = matches(voice, Pitch(190.0, True), sex="male")
    assert {match.voice.gender for match in found} == {"male"}


def test_a_man_who_speaks_high_and_a_woman_who_speaks_low_are_told_apart() -> None:
    """The pitch of the recordings is stated as the other's; the encoder is what decides."""
    assert sex_of(ge2e.embed(clip("3005-reference"), RATE), Pitch(190.0, True)).name == "male"
    assert sex_of(ge2e.embed(clip("3080-reference"), RATE), Pitch(130.0, True)).name == "female"


def test_a_sex_that_is_hard_to_hear_is_said_to_be(kokoro: Engine) -> None:
    table = speakers()
    man, woman = (table.at(name) for name in ("am_adam", "af_bella"))
    shares = np.linspace(0, 1, 101)
    between = min(
        (share * man + (1 - share) * woman for share in shares), key=lambda e: abs(table.womanly(e))
    )
    assert not sex_of(between, Pitch(0.0, False)).sure
    assert sex_of(man, Pitch(110.0, True)) == voice_match.Sex("male", True)
    assert "hard to hear" in voice_match._note(Match(named("am_adam")), 0.6, "en", False)
    assert "hard to hear" not in voice_match._note(Match(named("am_adam")), 0.6, "en", True)


def test_noise_is_no_voice(kokoro: Engine) -> None:
    with pytest.raises(CannotSpeak, match="Nobody speaks"):
        build_voice("openvoice", Reference(np.zeros(5 * RATE, np.float32)), engine=kokoro)
    hum = (0.2 * np.sin(2 * np.pi * 50 * np.arange(5 * RATE) / RATE)).astype(np.float32)
    assert not pitch(hum, RATE).sure


@dataclass
class Loaded:
    """Engines of which one is loaded."""

    engine: Engine

    @contextmanager
    def lease(self, model_id: str) -> Iterator[Engine]:
        assert model_id == "kokoro"
        yield self.engine

    tool = lease


def context_of(folder: Path, engine: Engine, request: dict[str, Any]) -> StepContext:
    return StepContext(
        request=request,
        payload={},
        files=Files(folder, None),
        engines=Loaded(engine),
        scratch=folder,
        cancelled=lambda: False,
        progress=lambda fraction: None,
        parts=lambda: iter(()),
    )


def test_a_deleted_recording_is_said_to_be_gone(tmp_path: Path, kokoro: Engine) -> None:
    with pytest.raises(CannotSpeak, match="was deleted"):
        STEPS["voice"](context_of(tmp_path, kokoro, {"model": "openvoice", "reference_key": "gone.wav"}))
    reference = {"voice_data": {"kind": "reference", "key": "gone.wav"}}
    with pytest.raises(CannotSpeak, match="was deleted"):
        with_reference(reference, Files(tmp_path, None).open)


def test_the_step_of_a_job_builds_a_voice_of_a_stored_recording(tmp_path: Path, kokoro: Engine) -> None:
    with wave.open(str(tmp_path / "reference.wav"), "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        file.writeframes(to_int16(clip("3005-reference")).tobytes())
    outcome = STEPS["voice"](
        context_of(tmp_path, kokoro, {"model": "openvoice", "reference_key": "reference.wav"})
    )
    assert isinstance(outcome, Done)
    built = outcome.result["built"]
    assert built["kind"] == outcome.result["served_by"] == "voice-match"
    assert outcome.result["built_model"] == "kokoro"
    said = Utterance(SENTENCE, built["base"], "en", options={"voice_data": built})
    heard = np.concatenate([chunk.samples for chunk in kokoro.speak(said, lambda: False)])
    likeness = ge2e.embed(heard, RATE) @ ge2e.embed(clip("3005-reference"), RATE)
    assert built["similarity"] == outcome.result["similarity"] == pytest.approx(float(likeness), abs=0.1)
