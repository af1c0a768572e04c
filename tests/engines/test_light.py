"""What needs no model: the fake engine, the registry, levels, torchaudio without CUDA, the ear's spelling."""

from __future__ import annotations

import subprocess
import sys
import time

import numpy as np
import pytest

from tests.ear import spoken_form, wer
from workers.engines.base import EngineError, Utterance, Word
from workers.engines.fake import FakeEngine
from workers.engines.levels import resampled, trimmed
from workers.engines.registry import ModelUnavailable, can_load, load
from workers.engines.torchaudio_cpu import torchaudio

TEXT = "One two three four five."


def never() -> bool:
    return False


def test_the_registry_and_the_catalogue_import_nothing_heavy() -> None:
    script = "import sys, workers.engines.registry, workers.engines.pull; sys.exit(any(m in sys.modules for m in %r))"
    heavy = ["onnxruntime", "torch", "onnx", "piper", "kokoro_onnx", "django", "huggingface_hub"]
    assert subprocess.run([sys.executable, "-c", script % heavy]).returncode == 0


def test_a_model_without_weights_says_the_command(tmp_path) -> None:
    with pytest.raises(ModelUnavailable, match="models pull kokoro") as caught:
        load("kokoro", models_dir=tmp_path)
    assert caught.value.model_id == "kokoro"
    assert caught.value.install_command == "python manage.py models pull kokoro"
    assert not can_load("kokoro", models_dir=tmp_path)
    assert can_load("fake", models_dir=tmp_path)


def test_a_family_without_an_engine_says_so(tmp_path) -> None:
    with pytest.raises(ModelUnavailable, match="no engine for Tortoise"):
        load("tortoise", models_dir=tmp_path)
    with pytest.raises(KeyError):
        load("nonsense")


def test_the_fake_engine_speaks_an_unbroken_tone_and_places_every_word() -> None:
    chunks = list(FakeEngine(chunk_seconds=0.25).speak(Utterance(TEXT, "tone", "en"), never))
    samples = np.concatenate([chunk.samples for chunk in chunks])
    expected = 0.3 * np.sin(2 * np.pi * 440 * np.arange(len(samples)) / 24_000)
    assert np.allclose(samples, expected, atol=1e-4)
    words = [word for chunk in chunks for word in chunk.words]
    assert [TEXT[word.char_start : word.char_end] for word in words] == [
        "One",
        "two",
        "three",
        "four",
        "five",
    ]


def test_the_fake_engine_keeps_its_pace_fails_on_request_and_stops() -> None:
    engine = FakeEngine(rtf=0.2)
    started = time.monotonic()
    seconds = sum(len(chunk.samples) for chunk in engine.speak(Utterance(TEXT, "tone", "en"), never)) / 24_000
    assert time.monotonic() - started >= 0.19 * seconds
    with pytest.raises(EngineError):
        next(engine.speak(Utterance("a [fail] b", "tone", "en"), never))
    asked = iter([False, False, True])
    chunks = FakeEngine(chunk_seconds=0.1).speak(Utterance(TEXT, "tone", "en"), lambda: next(asked, True))
    assert len(list(chunks)) == 2


def test_silence_is_trimmed_to_a_known_edge_and_words_move_with_it() -> None:
    rate = 24_000
    tone = 0.3 * np.sin(2 * np.pi * 300 * np.arange(rate) / rate)
    samples = np.concatenate([np.zeros(rate // 2), tone, np.zeros(rate)]).astype(np.float32)
    chunk = trimmed(samples, (Word("tone", 0.5, 1.5, 0, 4),), rate)
    assert len(chunk.samples) / rate == pytest.approx(1.1, abs=0.011)
    assert chunk.words[0].start == pytest.approx(0.05, abs=0.006)
    assert chunk.words[0].end == pytest.approx(1.05, abs=0.006)


def test_torchaudio_resamples_without_cuda() -> None:
    torch = pytest.importorskip("torch")
    tone = torch.sin(2 * torch.pi * 440 * torch.arange(24_000) / 24_000)[None]
    out = torchaudio().functional.resample(tone, 24_000, 16_000)
    expected = torch.sin(2 * torch.pi * 440 * torch.arange(16_000) / 16_000)
    assert out.shape == (1, 16_000)
    assert torch.allclose(out[0, 500:-500], expected[500:-500], atol=0.01)


def test_resampling_keeps_a_tone() -> None:
    tone = np.sin(2 * np.pi * 440 * np.arange(22_050) / 22_050).astype(np.float32)
    out = resampled(tone, 22_050, 16_000)
    assert np.allclose(
        out[500:-500], np.sin(2 * np.pi * 440 * np.arange(16_000) / 16_000)[500:-500], atol=0.01
    )


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("At 5%, NO!", "at five percent no"),
        ("It cost $5.50 in 1984.", "it cost five dollars and fifty cents in nineteen eighty four"),
        ("The 3rd of 1,234; 3.14", "the third of one thousand two hundred thirty four three point one four"),
        ("Twenty-one", "twenty one"),
        ("10:30 don’t", "ten thirty don't"),
        ("the 21st and 20th", "the twenty first and twentieth"),
    ],
)
def test_the_ear_compares_what_was_said_not_how_it_is_written(written: str, spoken: str) -> None:
    assert spoken_form(written) == spoken
    assert wer(written, spoken) == 0
