"""The mark is found whatever usually happens to a recording, is not found where it is not, and is not heard."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.watermark import ATTACKS, Clip, marked, spoken
from workers.audio.resample import resample
from workers.audio.watermark import Marker, detect, method
from workers.engines.base import Audio
from workers.engines.store import ModelUnavailable

from .signals import tone

WAYS = {"whole": (), "by sentences": (1.3, 0.5, 3.0), "in tenths": (0.1,)}


@pytest.fixture(scope="module")
def clips() -> list[Clip]:
    """Two voices of Kokoro's, and Piper twice."""
    return list(spoken(4, piper_every=2))


@pytest.mark.slow
@pytest.mark.parametrize("way", WAYS)
def test_the_mark_is_found_after_codecs_resampling_and_a_crop(clips: list[Clip], way: str) -> None:
    for clip in clips:
        made = marked(clip, WAYS[way])
        for name, attack in ATTACKS.items():
            after = attack(made)
            assert detect(after.samples, after.rate).found, f"{clip.name}, {name}"


@pytest.mark.slow
def test_speech_without_the_mark_is_left_alone_whatever_happened_to_it(clips: list[Clip]) -> None:
    for clip in clips:
        for name, attack in ATTACKS.items():
            after = attack(clip)
            assert not detect(after.samples, after.rate).found, f"{clip.name}, {name}"


@pytest.mark.slow
def test_the_mark_lies_far_below_the_speech_and_only_under_2_khz(clips: list[Clip]) -> None:
    for clip in clips:
        marker, halves = Marker(clip.rate), np.array_split(clip.samples, 2)
        mark = np.concatenate([marker.mark(half) for half in halves]) - clip.samples
        assert np.sqrt(np.mean(mark**2) / np.mean(clip.samples**2)) < 10 ** (-20 / 20)
        power = np.abs(np.fft.rfft(mark)) ** 2
        above = np.fft.rfftfreq(len(mark), 1 / clip.rate) > 2_100
        assert power[above].sum() < 1e-4 * power.sum()


@pytest.mark.slow
def test_a_few_marked_seconds_in_a_long_recording_count(clips: list[Clip]) -> None:
    rate = 24_000
    others = [resample(clip.samples, clip.rate, rate) for clip in clips]
    ours = [0.5 * Marker(rate).mark(samples) for samples in others[:2]]
    assert detect(np.concatenate([*others, *others, *ours, *others]), rate).found  # 8 s of 50
    assert not detect(np.concatenate([*others, *others]), rate).found


@pytest.mark.slow
@pytest.mark.parametrize("rate", [8_000, 16_000, 22_050, 44_100, 48_000])
def test_speech_is_marked_at_any_rate(clips: list[Clip], rate: int) -> None:
    samples = resample(clips[1].samples, clips[1].rate, rate)
    made = Marker(rate).mark(samples)
    assert detect(made, rate).found
    assert detect(resample(made, rate, 16_000), 16_000).found


@pytest.mark.parametrize("size", [480, 2_400, 12_000])
def test_a_steady_tone_in_chunks_stays_free_of_steps(size: int) -> None:
    whole = tone(2.0, level=0.3)
    marker = Marker(24_000)
    made = np.concatenate([marker.mark(whole[start : start + size]) for start in range(0, len(whole), size)])
    # A step would show as a curvature that the tone itself never has.
    allowed = 1.5 * np.abs(np.diff(whole, 2)).max()
    assert np.abs(np.diff(made, 2)).max() <= allowed
    assert np.abs(made - whole).max() > 0.003


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 4_000), min_size=1, max_size=8), st.sampled_from([8_000, 22_050, 24_000]))
def test_as_many_samples_come_out_as_went_in(sizes: list[int], rate: int) -> None:
    noise = np.random.default_rng(0)
    marker = Marker(rate)
    for size in sizes:
        out = marker.mark(noise.normal(0, 0.2, size).astype(np.float32))
        assert out.shape == (size,)
        assert out.dtype == np.float32
        assert np.isfinite(out).all()


def test_silence_stays_silence_and_shows_no_mark() -> None:
    silence = np.zeros(24_001, np.float32)
    assert not Marker(24_000).mark(silence).any()
    for samples in (silence, silence[:0], silence[:1], np.ones(1, np.float32)):
        assert detect(samples, 24_000).score < 0.05


def test_tones_and_noise_show_no_mark() -> None:
    noise = np.random.default_rng(1).normal(0, 0.1, 96_000).astype(np.float32)
    hum: Audio = tone(4.0, hertz=50) + tone(4.0, hertz=150, level=0.2) + 0.01 * noise
    for samples in (*(tone(4.0, hertz=hertz) for hertz in (100, 220, 440, 1000)), noise, hum):
        assert not detect(samples, 24_000).found


def test_the_mark_of_a_loud_tone_is_a_gentle_one_too() -> None:
    soft, loud = (tone(1.0, level=level) for level in (0.099, 0.99))
    added = [Marker(24_000).mark(samples) - samples for samples in (soft, loud)]
    assert np.allclose(10 * added[0], added[1], atol=1e-4)  # nothing is cut off: the limiter comes after


def test_markers_in_many_threads_do_as_one_alone() -> None:
    samples = np.random.default_rng(2).normal(0, 0.1, 48_000).astype(np.float32)
    alone = Marker(24_000).mark(samples)
    results: list[Audio] = []
    threads = [
        threading.Thread(target=lambda: results.append(Marker(24_000).mark(samples))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [np.array_equal(alone, other) for other in results] == [True] * 4


def test_where_nothing_is_installed_the_command_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match="models pull perth"):
        Marker(24_000, models_dir=tmp_path)
    with pytest.raises(ModelUnavailable, match="models pull perth"):
        detect(tone(1.0), 24_000, models_dir=tmp_path)


def test_a_rate_without_room_for_the_mark_is_refused() -> None:
    with pytest.raises(ValueError, match="4000"):
        Marker(3_999)


def test_marking_imports_neither_torch_nor_onnxruntime() -> None:
    program = (
        "import sys, numpy; from workers.audio.watermark import Marker; "
        "Marker(24000).mark(numpy.ones(24000, 'f')); "
        "sys.exit(bool({'torch', 'onnxruntime'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_the_method_is_one_for_the_process() -> None:
    assert method() is method(None)
