"""How recordings are cut for a recogniser: at pauses, without the silences, none longer than it can hear."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.audio.vad import FRAME, RATE, Span, SpeechDetector, spoken_spans
from workers.audio.windows import LONGEST, Clock, Window, length_of, windows


def sure_of(spans: list[Span], seconds: float) -> np.ndarray:
    frames = np.zeros(round(seconds * RATE / FRAME), np.float32)
    for start, end in spans:
        frames[round(start * RATE / FRAME) : round(end * RATE / FRAME)] = 0.9
    return frames


def cut(spans: list[Span], seconds: float) -> list[Window]:
    return windows(sure_of(spans, seconds), spans, seconds)


@given(st.lists(st.tuples(st.floats(0.1, 70), st.floats(0.1, 40)), min_size=1, max_size=40))
def test_no_speech_is_lost_and_no_window_is_too_long(lengths: list[tuple[float, float]]) -> None:
    spans, at = [], 0.0
    for speech, pause in lengths:
        spans.append((round(at + pause, 3), round(at + pause + speech, 3)))
        at += pause + speech
    found = cut(spans, at + 3)
    pieces = [piece for window in found for piece in window]
    assert all(length_of(window) <= LONGEST + 0.01 for window in found)
    assert all(a[1] <= b[0] + 1e-6 for a, b in itertools.pairwise(pieces)), "in order, none twice"
    for start, end in spans:
        covered = sum(max(0.0, min(end, b) - max(start, a)) for a, b in pieces)
        assert covered == pytest.approx(end - start, abs=0.05)


def test_windows_end_in_long_pauses_where_there_are_some() -> None:
    spans = [(round(n * 4.0, 3), round(n * 4.0 + 3.8, 3)) for n in range(12)]
    spans = [
        (start + (0.7 if number >= 6 else 0), end + (0.7 if number >= 6 else 0))
        for number, (start, end) in enumerate(spans)
    ]
    first = cut(spans, 60)[0]
    assert first[-1][1] == pytest.approx(spans[5][1] + 0.3, abs=0.01), (
        "after the sixth, where the pause is 0.9 s"
    )


def test_long_silences_are_left_out_and_short_ones_kept() -> None:
    (window,) = cut([(5.0, 7.0), (8.0, 9.0), (60.0, 62.0)], 100)
    assert window == [(4.7, 9.5), (59.5, 62.3)]


def test_speech_without_any_pause_is_cut_where_it_is_least_sure() -> None:
    sure = np.full(round(60 * RATE / FRAME), 0.9, np.float32)
    quiet = round(25 * RATE / FRAME)
    sure[quiet] = 0.55
    first = windows(sure, [(0.0, 60.0)], 60)[0]
    assert first[-1][1] == pytest.approx(25.0, abs=0.05)


def test_nothing_comes_of_nothing() -> None:
    assert windows(np.zeros(100, np.float32), [], 3.2) == []
    assert spoken_spans(np.zeros(0, np.float32)) == []


def test_the_clock_tells_where_in_the_recording_a_moment_of_a_window_lies() -> None:
    clock = Clock.of([(10.0, 12.0), (50.0, 53.0)])
    assert (clock.at(1.5), clock.at(2.5)) == (11.5, 50.5)
    assert clock.at(2.0) == 50.0, "what begins at a cut begins after it"
    assert clock.at(2.0, end=True) == 12.0, "and what ends there, before"
    assert clock.span(1.8, 2.6) == (11.8, 12.0), "no word lasts over a silence that was left out"
    assert clock.at(99) == 53.0


def test_the_detector_says_the_same_however_the_sound_comes() -> None:
    noise = np.random.default_rng(1).normal(0, 0.1, 5 * RATE).astype(np.float32)
    whole = SpeechDetector().push(noise)
    one = SpeechDetector()
    pieces = np.concatenate([one.push(noise[at : at + 700]) for at in range(0, len(noise), 700)])
    assert len(whole) == len(pieces) == len(noise) // FRAME
    assert whole.max() < 0.5
    assert pieces.max() < 0.5
    assert len(SpeechDetector().push(np.zeros(10, np.float32))) == 0
