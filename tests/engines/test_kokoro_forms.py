"""Kokoro's precise forms sound as the plain float model does; the forms can be chosen."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray

from tests.likeness import apart
from workers.engines.base import EngineError, Utterance
from workers.engines.derive import KOKORO_FLOAT, KOKORO_GRAPH, KOKORO_NAMES, KOKORO_VOICES
from workers.engines.kokoro import FORMS, SAMPLE_RATE, Kokoro, chosen
from workers.engines.kokoro_graph import as_float
from workers.engines.kokoro_split import multiplies_bf16
from workers.engines.store import weights_dir

pytestmark = pytest.mark.slow

TEXTS = (("Would you like me to read it again?", "af_heart"), ("It is raining again.", "bf_emma"))


def spoken(engine: Kokoro, text: str, voice: str) -> NDArray[np.float32]:
    (chunk,) = engine.speak(Utterance(text, voice, "en"), lambda: False)
    return chunk.samples


@pytest.fixture(scope="module")
def engines() -> dict[str, Kokoro]:
    return {form: Kokoro(weights_dir("kokoro"), 2, form) for form in FORMS if form != "auto"}


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> list[NDArray[np.float32]]:
    """What the same weights say in plain float32."""
    folder, ours = tmp_path_factory.mktemp("plain"), weights_dir("kokoro")
    model = onnx.load(str(ours / KOKORO_GRAPH))
    as_float(model, tuned=False)
    onnx.save(model, str(folder / KOKORO_FLOAT))
    for name in (KOKORO_NAMES, KOKORO_VOICES):
        (folder / name).symlink_to(ours / name)
    engine = Kokoro(folder, 2, "f32")
    return [spoken(engine, *each) for each in TEXTS]


@pytest.mark.parametrize("form", ["f32", "split"])
def test_the_precise_forms_are_true_to_the_plain_float_model(
    form: str, engines: dict[str, Kokoro], plain: list[NDArray[np.float32]]
) -> None:
    distances = []
    for each, expected in zip(TEXTS, plain, strict=True):
        heard = spoken(engines[form], *each)
        # The phonemes' durations are the same, so the two can be laid over each other.
        assert abs(len(heard) - len(expected)) <= 0.01 * SAMPLE_RATE
        distances.append(apart(heard, expected))
    cents, decibels = np.median(distances, axis=0)
    assert cents <= 5
    assert decibels <= 1


def test_one_split_kokoro_speaks_on_several_threads_at_once(engines: dict[str, Kokoro]) -> None:
    alone = [spoken(engines["split"], *each) for each in TEXTS]
    with ThreadPoolExecutor(len(TEXTS)) as pool:
        together = list(pool.map(lambda each: spoken(engines["split"], *each), TEXTS))
    for a, b in zip(alone, together, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-3)


def test_the_small_form_speaks_at_the_same_pace(
    engines: dict[str, Kokoro], plain: list[NDArray[np.float32]]
) -> None:
    assert len(spoken(engines["int8"], *TEXTS[0])) == pytest.approx(len(plain[0]), rel=0.1)


@pytest.mark.parametrize(
    ("flags", "fits"),
    [("fma avx512_bf16", True), ("amx_bf16 amx_tile", True), ("fma avx2 avx512f", False), (None, False)],
)
def test_the_split_is_chosen_where_the_processor_multiplies_bfloat16(
    tmp_path: Path, flags: str | None, fits: bool
) -> None:
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text("" if flags is None else f"processor\t: 0\nflags\t\t: fpu {flags}\n")
    assert multiplies_bf16(cpuinfo) is fits


def test_auto_is_the_split_or_the_float_form(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KOKORO_FORM", raising=False)
    assert chosen() == ("split" if multiplies_bf16() else "f32")
    monkeypatch.setenv("KOKORO_FORM", "int8")
    assert chosen() == "int8"


def test_an_unknown_form_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KOKORO_FORM", "bf16")
    with pytest.raises(EngineError, match="auto, split, f32 or int8, not 'bf16'"):
        Kokoro(weights_dir("kokoro"))
