"""An engine in an environment of its own: a real one with an older numpy, made here, and what goes wrong with it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from workers.engines import apart as apart_module
from workers.engines import environments, registry
from workers.engines.apart import Apart, MissingPackage
from workers.engines.base import AudioChunk, CannotSpeak, EngineError, Utterance
from workers.engines.catalogue import catalogue
from workers.engines.store import ModelUnavailable

OLDER = "1.26.4" if sys.version_info < (3, 13) else "2.2.6"
TINY = "tests.engines.tiny_apart:TinyEngine"
SAMPLES = np.full(24_000, 0.25, np.float32)
RECORDED = {"voice_data": {"kind": "reference", "key": "a", "text": "", "samples": SAMPLES}}


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of a new environment that has nothing but a numpy which the platform could not use."""
    home = tmp_path_factory.mktemp("environment") / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(home)], check=True)
    found = home / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--python", str(found), "install", "--quiet", "--no-deps"]
    subprocess.run([*pip, "--disable-pip-version-check", f"numpy=={OLDER}"], check=True)
    return found


@pytest.fixture
def make(python: Path) -> Iterator[Callable[..., Apart]]:
    made: list[Apart] = []

    def engine(**settings: Any) -> Apart:
        made.append(Apart("Tiny", python, TINY, settings.pop("arguments", {}), **settings))
        return made[-1]

    yield engine
    for each in made:
        each.close()


def spoken(engine: Apart, text: str = "Hello.", **settings: Any) -> list[AudioChunk]:
    return list(engine.speak(Utterance(text, "", "en", **settings), lambda: False))


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # A child that is dead and not yet taken leave of counts as gone.
    return "Z" not in Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]


def gone_within(pid: int, seconds: float) -> bool:
    until = time.monotonic() + seconds
    while alive(pid) and time.monotonic() < until:
        time.sleep(0.02)
    return not alive(pid)


def test_the_engine_runs_on_other_versions_than_the_platform(
    make: Callable[..., Apart], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_KEY", "the platform's own")
    engine = make()
    chunks = spoken(engine)
    assert engine.sample_rate == 8000
    assert [len(chunk.samples) for chunk in chunks] == [800, 800, 800]
    assert all(chunk.samples.dtype == np.float32 for chunk in chunks)
    (word,) = chunks[2].words
    assert word.text == f"numpy {OLDER}, pid {engine.pid}, secret none", "and knows nothing of our secrets"
    assert np.__version__ != OLDER
    assert engine.pid != os.getpid()


def test_a_recording_goes_along_and_its_sound_comes_back(make: Callable[..., Apart]) -> None:
    long = {"voice_data": {**RECORDED["voice_data"], "samples": np.full(60 * 24_000, 0.75, np.float32)}}
    engine = make()
    for options, level in ((RECORDED, 0.25), (long, 0.75), ({}, 0.1)):
        assert spoken(engine, options=options)[0].samples.max() == np.float32(level)


def test_other_paces_are_made_here(make: Callable[..., Apart]) -> None:
    engine = make()
    faster = np.concatenate([chunk.samples for chunk in spoken(engine, speed=1.5)])
    assert len(faster) == pytest.approx(2400 / 1.5, abs=2)


def test_what_packages_print_does_not_come_between(make: Callable[..., Apart]) -> None:
    assert len(spoken(make(), "print this")) == 3


def test_what_the_engine_raises_is_raised_here(make: Callable[..., Apart]) -> None:
    engine = make()
    with pytest.raises(CannotSpeak, match="not for me"):
        spoken(engine, "refuse")
    with pytest.raises(EngineError, match="it broke"):
        spoken(engine, "break")
    assert len(spoken(engine)) == 3, "in the same process"


def test_cancelling_reaches_into_a_sentence_and_the_next_is_whole(make: Callable[..., Apart]) -> None:
    engine = make()
    process, began = engine.pid, time.monotonic()
    stream = engine.speak(Utterance("slow", "", "en"), lambda: time.monotonic() - began > 0.3)
    assert len(list(stream)) == 1
    assert time.monotonic() - began < 2.0
    assert len(spoken(engine)) == 3
    assert time.monotonic() - began < 3.0, "the other side went on with a sentence that nobody wanted"
    stream = engine.speak(Utterance("slow", "", "en"), lambda: False)
    next(stream)
    stream.close()  # type: ignore[attr-defined]
    assert len(spoken(engine)) == 3
    assert time.monotonic() - began < 4.0
    assert engine.pid == process


@pytest.mark.parametrize("how", ["kill", "crash"])
def test_a_process_that_dies_costs_one_sentence(make: Callable[..., Apart], how: str) -> None:
    engine = make()
    process = engine.pid
    assert process
    stream = engine.speak(Utterance("slow" if how == "kill" else "crash", "", "en"), lambda: False)
    next(stream)
    if how == "kill":
        os.kill(process, signal.SIGKILL)
    with pytest.raises(EngineError, match="ended"):
        next(stream)
    assert len(spoken(engine)) == 3
    assert engine.pid not in (None, process)
    assert engine.pid
    os.kill(engine.pid, signal.SIGKILL)
    time.sleep(0.1)
    assert len(spoken(engine)) == 3, "killed between two sentences, it costs none"


def test_a_process_that_hangs_is_ended(make: Callable[..., Apart]) -> None:
    engine = make(silent_seconds=0.5)
    process = engine.pid
    assert process
    with pytest.raises(EngineError, match="said nothing"):
        spoken(engine, "hang")
    assert gone_within(process, 2.0)
    assert len(spoken(engine)) == 3


def test_closing_ends_the_process(make: Callable[..., Apart]) -> None:
    engine = make()
    process = engine.pid
    assert process
    engine.close()
    assert gone_within(process, 2.0)


def test_no_process_outlives_a_platform_that_is_killed(python: Path) -> None:
    script = (
        "import pathlib, sys, time\nfrom workers.engines.apart import Apart\n"
        f"engine = Apart('Tiny', pathlib.Path({str(python)!r}), {TINY!r}, {{}})\n"
        "print(engine.pid, flush=True)\n"
        "from workers.engines.base import Utterance\n"
        "list(engine.speak(Utterance('hang', '', 'en'), lambda: False))"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script], cwd=apart_module.ROOT, stdout=subprocess.PIPE, text=True
    ) as platform:
        assert platform.stdout
        process = int(platform.stdout.readline())
        assert alive(process)
        platform.kill()
    assert gone_within(process, 3.0)


def test_an_environment_that_lacks_something_says_what(python: Path, tmp_path: Path) -> None:
    with pytest.raises(MissingPackage, match="torch"):
        Apart("Tiny", python, TINY, {"wanted": "torch"})
    with pytest.raises(EngineError, match="could not be started"):
        Apart("Tiny", tmp_path / "no-such-python", TINY, {})


def test_cosyvoice_is_there_only_with_its_environment(
    python: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "is_installed", lambda *_, **__: True)
    monkeypatch.setattr(registry, "weights_dir", lambda *_, **__: tmp_path)
    model = catalogue().models["cosyvoice2"]
    for named in ("", str(tmp_path / "gone"), str(tmp_path)):
        monkeypatch.setenv("COSYVOICE2_PYTHON", named)
        assert environments.interpreter(model.family) is None
        assert not registry.can_load("cosyvoice2")
        assert not registry.can_clone("cosyvoice2")
        with pytest.raises(ModelUnavailable, match="set COSYVOICE2_PYTHON=") as caught:
            registry.load("cosyvoice2")
        assert "pip install -r requirements-cosyvoice2.txt" in caught.value.install_command
        assert "set COSYVOICE2_PYTHON=" in registry.remedy("cosyvoice2")
    monkeypatch.setenv("COSYVOICE2_PYTHON", str(python))
    assert registry.can_clone("cosyvoice2")
    # An environment without the package: the real module is asked for, and says what it misses.
    with pytest.raises(ModelUnavailable, match="lacks a package"):
        registry.load("cosyvoice2")
