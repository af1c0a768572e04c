"""What tools make of whole recordings: long ones in parts as in one piece, one voice kept, and music without its voice."""

from __future__ import annotations

import wave
import zipfile
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.audio.mixes import mixed, si_sdr, speech
from tests.audio.music import played, songs
from tests.pipelines.workbench import Workbench
from workers.audio.decode import decode_channels
from workers.audio.encode import to_int16
from workers.engines.base import Audio
from workers.engines.kinds import Stereo
from workers.pipelines import sharing
from workers.pipelines.base import Refused

RATE = 44_100
SEPARATE: dict[str, Any] = {"model": "spleeter", "stems": 2, "format": "wav"}
ENHANCE: dict[str, Any] = {
    "model": "deepfilternet",
    "denoise": True,
    "clarity": True,
    "super_resolution": False,
    "strength": 2,
    "format": "wav",
    "sample_rate": None,
    "channels": None,
}
ECHO: dict[str, Any] = {"echo": True, "reverb": True, "intensity": 3, "format": "wav"}


@pytest.fixture
def bench(tmp_path: Path) -> Workbench:
    return Workbench(tmp_path)


def recording(folder: Path, sound: Stereo, rate: int = RATE) -> Path:
    path = folder / "recording"
    with wave.open(str(path), "wb") as file:
        file.setparams((len(sound), 2, rate, 0, "NONE", ""))
        file.writeframes(to_int16(sound.T.ravel()).tobytes())
    return path


def read(path: Path, rate: int = RATE, channels: int = 2) -> Stereo:
    return np.concatenate(list(decode_channels(path, rate, channels)), axis=1)


def stems_of(bench: Workbench, result: dict[str, Any]) -> dict[str, Stereo]:
    """The stems, each cut out of the ZIP where the result says that it lies."""
    made = {}
    with bench.files.open(result["key"]) as file:
        names = zipfile.ZipFile(file).namelist()
        assert names == [each["filename"] for each in result["files"]]
        for each in result["files"]:
            file.seek(each["offset"])
            path = bench.folder / each["filename"]
            path.write_bytes(file.read(each["bytes"]))
            made[each["name"]] = read(path)
    return made


@cache
def song(number: int, seconds: float) -> Audio:
    return played(songs()[number], seconds, RATE)


@cache
def mix(number: int, name: str) -> tuple[Audio, Audio]:
    """Somebody speaking, and the same over music that is as loud."""
    voice = speech(name, RATE, 6.0)
    return voice, 0.6 * mixed(voice, song(number, 6.0)[: len(voice)], 0.0)


# ---- Music -----------------------------------------------------------------------------------------------------------


def test_the_voice_comes_out_of_the_music(bench: Workbench) -> None:
    """In each of five mixes it is at least five decibels clearer than it was: a deep one over a bass, too."""
    gains = []
    for number, name in enumerate(("man", "reader", "another man", "woman", "man")):
        voice, heard = mix(number * 4 + number // 4, name)
        result = bench.run("separate", SEPARATE, recording(bench.folder, np.stack([heard, heard])))
        made = stems_of(bench, result)
        assert made["vocals"].shape == (2, len(voice))
        np.testing.assert_allclose(
            made["vocals"] + made["accompaniment"], np.stack([heard, heard]), atol=2e-4
        )
        gains.append(si_sdr(voice, made["vocals"][0]) - si_sdr(voice, heard))
    assert min(gains) >= 5.0, gains


def through_parts(
    bench: Workbench,
    kind: str,
    order: dict[str, Any],
    path: Path,
    monkeypatch: pytest.MonkeyPatch,
    seconds: float,
) -> dict[str, Any]:
    """The job's result with a recording that counts as long, in parts of so many seconds."""
    with monkeypatch.context() as patch:
        patch.setattr(sharing, "FORK_FROM", 1.0)
        patch.setattr(sharing, "PART_SECONDS", seconds)
        bench.steps.clear()
        result = bench.run(kind, order, path)
    assert bench.steps[0] == kind
    assert bench.steps[-1] == "join"
    assert bench.steps.count("part") >= 2
    return result


def test_separation_in_parts_is_separation_of_the_whole(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    voice = np.concatenate(
        [speech(name, RATE, 6.0) for name in ("woman", "reader", "another man", "man")] * 2
    )
    left = 0.6 * mixed(voice, np.resize(song(3, 24.0), len(voice)), 0.0)
    sound = np.stack([left, 0.8 * left])
    path = recording(bench.folder, sound)
    whole = stems_of(bench, bench.run("separate", SEPARATE, path))
    assert bench.steps == ["separate"]
    parts = stems_of(bench, through_parts(bench, "separate", SEPARATE, path, monkeypatch, 12.0))
    for name in ("vocals", "accompaniment"):
        assert parts[name].shape == whole[name].shape == sound.shape
        error = parts[name] - whole[name]
        assert si_sdr(whole[name].ravel(), parts[name].ravel()) > 40, name
        assert np.abs(error).max() < 0.02, name


# ---- Speech ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "order"), [("enhance", ENHANCE), ("echo", ECHO)])
def test_speech_in_parts_is_nearly_speech_in_one_piece(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch, kind: str, order: dict[str, Any]
) -> None:
    rate = 48_000
    voice = np.concatenate([speech(name, rate, 6.0) for name in ("woman", "reader", "another man")])
    hiss = np.random.default_rng(1).normal(size=len(voice))
    path = recording(bench.folder, mixed(voice, hiss, 15.0)[None], rate)
    results = [bench.run(kind, order, path), through_parts(bench, kind, order, path, monkeypatch, 6.0)]
    whole, parts = (read(bench.folder / each["key"], rate, 1)[0] for each in results)
    assert len(parts) == len(whole) == len(voice)
    assert si_sdr(whole, parts) > 15
    assert results[0]["applied"] == results[1]["applied"]


def test_a_recording_that_is_longer_than_it_was_is_refused(bench: Workbench) -> None:
    path = recording(bench.folder, np.stack([song(0, 6.0)] * 2))
    for kind, order in (("separate", SEPARATE), ("enhance", ENHANCE), ("echo", ECHO), ("analyse", {})):
        with pytest.raises(Refused, match="more sound than it declares"):
            bench.run(kind, order, path, seconds=2.0)
    with pytest.raises(Refused, match="more sound than it declares"):
        bench.run("reformat", {"format": "mp3"}, path, seconds=2.0)
