"""Joined speech rests where a reader would, never clicks, and knows when each word sounds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workers.audio.joining import Joiner, fade_edges, pause_after, shifted, trim_silence
from workers.engines.base import Audio, Word

from .signals import tone

RATE = 24_000


def quiet(seconds: float) -> Audio:
    return np.zeros(round(seconds * RATE), dtype=np.float32)


def test_longer_rests_for_greater_ends() -> None:
    rests = [pause_after("x.", kind) for kind in ("none", "clause", "sentence", "paragraph")]
    assert rests == sorted(rests)
    assert rests[0] == 0.0
    assert len(set(rests)) == 4


@pytest.mark.parametrize("text", ["Wait...", "Wait…", '"Wait..."', "Wait…” "])
def test_trailing_off_rests_longer(text: str) -> None:
    assert pause_after(text, "sentence") > pause_after("Wait.", "sentence")


def test_silence_is_trimmed_and_counted() -> None:
    samples, cut = trim_silence(np.concatenate([quiet(0.4), tone(1.0), quiet(0.6)]), RATE)
    assert cut == pytest.approx(0.37, abs=0.006)
    assert len(samples) / RATE == pytest.approx(1.06, abs=0.012)


def test_a_faint_end_is_kept() -> None:
    samples, _ = trim_silence(np.concatenate([tone(1.0), tone(0.2, level=0.005), quiet(0.5)]), RATE)
    assert len(samples) / RATE == pytest.approx(1.23, abs=0.012)


def test_noise_under_speech_counts_as_silence() -> None:
    hiss = np.random.default_rng(1).normal(0, 0.0005, RATE).astype(np.float32)
    samples, _ = trim_silence(np.concatenate([hiss, tone(1.0), hiss]), RATE)
    assert len(samples) / RATE == pytest.approx(1.06, abs=0.012)


@pytest.mark.parametrize("samples", [quiet(0), quiet(1), quiet(0.0001)])
def test_silence_alone_comes_back_empty(samples: Audio) -> None:
    assert len(trim_silence(samples, RATE)[0]) == 0


def test_edges_fade_and_the_rest_stays() -> None:
    samples = np.ones(RATE, dtype=np.float32)
    faded = fade_edges(samples, RATE)
    assert faded[0] == faded[-1] == 0.0
    assert (faded[200:-200] == 1.0).all()
    assert (samples == 1.0).all()
    assert len(fade_edges(samples[:1], RATE)) == 1


def test_words_are_shifted_in_time_and_text() -> None:
    assert shifted([Word("a", 0.1, 0.3, 0, 1)], 2.0, 10) == [Word("a", 2.1, 2.3, 10, 11)]
    assert shifted([Word("a", 0.1, 0.3, 0, 1)], -0.2)[0].start == 0.0


def test_pieces_join_with_rests_and_absolute_times() -> None:
    joiner = Joiner(RATE)
    spoken = np.concatenate([quiet(0.2), tone(1.0), quiet(0.3)])
    first = joiner.add(spoken, [Word("One", 0.2, 1.2, 0, 3)], text="One.", char_start=0, pause="sentence")
    one = joiner.words[0]
    second = joiner.add(spoken, [Word("Two", 0.2, 1.2, 0, 3)], text="Two.", char_start=5, pause="paragraph")
    two = joiner.words[0]
    assert one.start == pytest.approx(0.03, abs=0.006)
    assert one.end == pytest.approx(1.03, abs=0.006)
    assert (two.char_start, two.char_end) == (5, 8)
    recording = np.concatenate([first, second])
    assert joiner.seconds == pytest.approx(len(recording) / RATE)
    # The second word sounds where it is said to.
    heard_from = np.flatnonzero(np.abs(recording[len(first) :]) > 0.01)[0] + len(first)
    assert two.start == pytest.approx(heard_from / RATE, abs=0.006)
    assert two.start - one.end == pytest.approx(0.06 + pause_after("One.", "sentence"), abs=0.012)
    assert joiner.pending_pause == pause_after("Two.", "paragraph")


def test_a_piece_without_sound_only_rests() -> None:
    joiner = Joiner(RATE)
    assert len(joiner.add(quiet(1.0), text="***", pause="paragraph")) == 0
    first = joiner.add(tone(1.0), text="A.", pause="clause")
    assert len(first) == RATE  # no rest before the first sound
    joiner.add(quiet(0.5), text="* * *", pause="paragraph")
    assert joiner.words == []
    third = joiner.add(tone(1.0), text="B.", pause="sentence")
    assert len(third) / RATE == pytest.approx(1.0 + pause_after("", "paragraph"), abs=0.001)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.tuples(st.floats(0, 0.4), st.floats(0.05, 0.5), st.floats(0, 0.4), st.floats(-1, 3)), max_size=6
    )
)
def test_words_never_run_backwards_or_out_of_the_recording(
    pieces: list[tuple[float, float, float, float]],
) -> None:
    joiner = Joiner(RATE)
    before, total = 0.0, 0
    for lead, length, tail, off in pieces:
        samples = np.concatenate([quiet(lead), tone(length), quiet(tail)])
        written = joiner.add(samples, [Word("w", lead + off, lead + off + length, 0, 1)], text="w.")
        total += len(written)
        for word in joiner.words:
            assert before <= word.start <= word.end <= joiner.seconds
            before = word.end
    assert joiner.seconds == total / RATE
