"""Kokoro's float form sounds as the plain float model does; the forms can be chosen."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray

from workers.engines.base import EngineError, Utterance
from workers.engines.derive import KOKORO_FLOAT, KOKORO_GRAPH, KOKORO_NAMES, KOKORO_VOICES
from workers.engines.kokoro import FORMS, SAMPLE_RATE, Kokoro
from workers.engines.kokoro_graph import as_float
from workers.engines.store import weights_dir

pytestmark = pytest.mark.slow

TEXTS = (
    ("Would you like me to read it again?", "af_heart"),
    ("The museum keeps its oldest maps in a dark room, for daylight would bleach the ink.", "am_michael"),
    ("It is raining again.", "bf_emma"),
)


def spoken(engine: Kokoro, text: str, voice: str) -> NDArray[np.float32]:
    (chunk,) = engine.speak(Utterance(text, voice, "en"), lambda: False)
    return chunk.samples


def test_the_float_form_is_true_to_the_plain_float_model(tmp_path: Path) -> None:
    folder = weights_dir("kokoro")
    model = onnx.load(str(folder / KOKORO_GRAPH))
    as_float(model, tuned=False)
    onnx.save(model, str(tmp_path / KOKORO_FLOAT))
    for name in (KOKORO_NAMES, KOKORO_VOICES):
        (tmp_path / name).symlink_to(folder / name)
    ours, plain = Kokoro(folder, 2, "f32"), Kokoro(tmp_path, 2, "f32")
    cents, decibels = [], []
    for text, voice in TEXTS:
        a, b = (spoken(engine, text, voice) for engine in (ours, plain))
        # The phonemes' durations are the same, so the two can be laid over each other.
        assert abs(len(a) - len(b)) <= 0.01 * SAMPLE_RATE
        size = min(len(a), len(b))
        pitch_a, pitch_b = pitch(a[:size]), pitch(b[:size])
        voiced = ~np.isnan(pitch_a + pitch_b)
        assert voiced.sum() > 20
        cents.append(np.median(np.abs(1200 * np.log2(pitch_a[voiced] / pitch_b[voiced]))))
        decibels.append(np.median(np.abs(log_mel(a[:size]) - log_mel(b[:size])).mean(1)))
    assert np.median(cents) <= 5
    assert np.median(decibels) <= 1


def test_both_forms_speak_with_the_same_voices(monkeypatch: pytest.MonkeyPatch) -> None:
    folder = weights_dir("kokoro")
    seconds = {}
    for form in FORMS:
        monkeypatch.setenv("KOKORO_FORM", form)
        seconds[form] = len(spoken(Kokoro(folder, 2), *TEXTS[0])) / SAMPLE_RATE
    assert seconds["int8"] == pytest.approx(seconds["f32"], rel=0.1)


def test_an_unknown_form_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KOKORO_FORM", "bf16")
    with pytest.raises(EngineError, match="f32 or int8, not 'bf16'"):
        Kokoro(weights_dir("kokoro"))


def pitch(samples: NDArray[np.float32]) -> NDArray[np.float64]:
    """F0 in Hz every 10 ms, NaN where unvoiced or quiet.

    The highest peak of the autocorrelation of 80 ms (Hann), divided by the window's own, between 60 and 400 Hz, placed
    between samples by a parabola; voiced where it is above 0.6.
    """
    size, hop, lags = 1920, 240, 960
    window = np.hanning(size)
    frames = np.lib.stride_tricks.sliding_window_view(samples.astype(np.float64), size)[::hop]
    frames = (frames - frames.mean(1, keepdims=True)) * window
    spans = [np.fft.irfft(np.abs(np.fft.rfft(x, 4096)) ** 2)[..., :lags] for x in (frames, window)]
    heights = spans[0] / np.maximum(spans[0][:, :1], 1e-9) / (spans[1] / spans[1][0])
    low, high = SAMPLE_RATE // 400, SAMPLE_RATE // 60
    peak = heights[:, low:high].argmax(1) + low
    rows = np.arange(len(peak))
    left, top, right = (heights[rows, peak + step] for step in (-1, 0, 1))
    curve = left - 2 * top + right
    place = peak + 0.5 * (left - right) / np.where(curve == 0, 1, curve)
    sure = (top > 0.6) & (peak > low) & (peak < high - 1) & (np.sqrt((frames**2).mean(1)) > 0.01)
    return np.where(sure, SAMPLE_RATE / place, np.nan)


def log_mel(samples: NDArray[np.float32]) -> NDArray[np.float64]:
    """Power in dB in 80 mel bands up to 12 kHz, every 256 samples (Hann, 1024), with a floor at -60 dB."""
    frames = np.lib.stride_tricks.sliding_window_view(samples.astype(np.float64), 1024)[::256]
    power = np.abs(np.fft.rfft(frames * np.hanning(1024))) ** 2
    edges = 700 * (10 ** (np.linspace(0, 2595 * np.log10(1 + SAMPLE_RATE / 1400), 82) / 2595) - 1)
    bins = np.fft.rfftfreq(1024, 1 / SAMPLE_RATE)
    rise = (bins - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    fall = (edges[2:, None] - bins) / (edges[2:] - edges[1:-1])[:, None]
    bands = np.maximum(0, np.minimum(rise, fall))
    return np.asarray(10 * np.log10(power @ bands.T + 1e-6))
