"""Transcripts of real recorded speech, against the bare model; long ones, speakers, and what can not be written down."""

from __future__ import annotations

import difflib
import json
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from faster_whisper import WhisperModel

from tests.ear import spoken_form, wer
from tests.listening import RATE, austen, conversation, sound, wav
from tests.pipelines.workbench import Engines, Workbench
from workers.audio.ffmpeg import FFmpeg
from workers.engines.base import Audio
from workers.engines.kinds import Hearing, Segment
from workers.engines.store import weights_dir
from workers.pipelines.base import Refused, StepCancelled

ORDER: dict[str, Any] = {"model": "whisper", "language": None, "words": False, "diarize": False}


@pytest.fixture
def bench(tmp_path: Path) -> Workbench:
    return Workbench(tmp_path)


@cache
def bare() -> WhisperModel:
    """What a user would run by hand."""
    return WhisperModel(str(weights_dir("whisper")), device="cpu", compute_type="int8", cpu_threads=2)


def transcript(bench: Workbench, samples: Audio, **wishes: Any) -> dict[str, Any]:
    path = wav(samples, bench.folder / "recording")
    result = bench.run("transcript", {**ORDER, **wishes}, path)
    with bench.files.open(result["key"]) as file:
        read: dict[str, Any] = json.load(file)
    assert result["duration"] == read["duration"] == pytest.approx(len(samples) / RATE, abs=0.01)
    assert result["segments"] == len(read["segments"])
    assert result["characters"] == len(read["text"])
    return read


def words_of(read: dict[str, Any]) -> list[dict[str, Any]]:
    return [word for segment in read["segments"] for word in segment["words"]]


def test_a_recording_is_heard_as_well_as_by_the_bare_model_and_its_words_lie_where_that_puts_them(
    bench: Workbench,
) -> None:
    samples, said = austen()
    read = transcript(bench, samples, words=True)
    segments, _ = bare().transcribe(samples, word_timestamps=True)
    theirs = [word for segment in segments for word in segment.words or []]
    assert wer(said, read["text"]) <= wer(said, "".join(word.word for word in theirs)) + 0.01
    assert (read["language"], bench.steps) == ("en", ["transcript"])
    assert read["language_probability"] > 0.9
    ours = words_of(read)
    same = difflib.SequenceMatcher(
        a=[spoken_form(word.word) for word in theirs],
        b=[spoken_form(word["word"]) for word in ours],
        autojunk=False,
    )
    apart = [
        max(abs(theirs[a + n].start - ours[b + n]["start"]), abs(theirs[a + n].end - ours[b + n]["end"]))
        for a, b, size in same.get_matching_blocks()
        for n in range(size)
    ]
    assert len(apart) > 50
    assert np.median(apart) <= 0.02
    assert np.mean(np.array(apart) <= 0.1) >= 0.95
    assert read["text"] == "".join(segment["text"] for segment in read["segments"]).strip()


def test_a_long_recording_is_heard_in_parts_and_comes_out_whole(bench: Workbench) -> None:
    """Five readings with a long silence among them: every word where it was said."""
    samples, said = austen()
    quiet = np.zeros(40 * RATE, np.float32)
    read = transcript(
        bench, np.concatenate([*[samples] * 3, quiet, *[samples] * 2]), model="whisper-tiny.en", words=True
    )
    assert bench.steps[0] == "transcript"
    assert bench.steps[-1] == "join"
    assert bench.steps.count("part") >= 2
    assert wer(" ".join([said] * 5), read["text"]) <= 0.08
    words = words_of(read)
    starts = [word["start"] for word in words]
    assert starts == sorted(starts)
    each = len(samples) / RATE
    silence = (3 * each, 3 * each + 40)
    assert not [word for word in words if silence[0] + 0.5 < word["start"] < silence[1] - 0.5]
    later = [word for word in words if word["start"] > silence[1] - 0.5]
    assert len(later) == pytest.approx(len(words) * 2 / 5, abs=3)
    assert [segment["id"] for segment in read["segments"]] == list(range(len(read["segments"])))
    assert bench.progress[-1] == 1.0


def test_who_says_which_word(bench: Workbench) -> None:
    turns = [("woman", 0), ("man", 0), ("reader", 0), ("woman", 1), ("man", 1), ("reader", 3)]
    samples, spans = conversation(turns)
    read = transcript(bench, samples, diarize=True, language="en")
    assert read["speakers"] == ["SPEAKER_00", "SPEAKER_01", "SPEAKER_02"]
    names = {"woman": "SPEAKER_00", "man": "SPEAKER_01", "reader": "SPEAKER_02"}
    right = [
        names[who] == word["speaker"]
        for word in words_of(read)
        for start, end, who in spans
        if start <= (word["start"] + word["end"]) / 2 < end
    ]
    assert len(right) > 80
    assert np.mean(right) >= 0.95
    for segment in read["segments"]:
        assert {word["speaker"] for word in segment["words"]} == {segment["speaker"]}
    assert read["text"] == "".join(segment["text"] for segment in read["segments"]).strip()


def test_the_same_people_all_through_a_long_recording(bench: Workbench) -> None:
    turns = [("woman", 0), ("man", 0), ("woman", 1), ("man", 1)] * 5
    samples, spans = conversation(turns)
    read = transcript(bench, samples, diarize=True, model="whisper-tiny.en")
    assert bench.steps.count("part") >= 2
    assert read["speakers"] == ["SPEAKER_00", "SPEAKER_01"]
    names = {"woman": "SPEAKER_00", "man": "SPEAKER_01"}
    right = [
        names[who] == word["speaker"]
        for word in words_of(read)
        for start, end, who in spans
        if start <= (word["start"] + word["end"]) / 2 < end
    ]
    assert np.mean(right) >= 0.95


def test_one_person_is_one_speaker(bench: Workbench) -> None:
    read = transcript(bench, austen()[0], diarize=True, model="whisper-tiny.en")
    assert read["speakers"] == ["SPEAKER_00"]


def test_english_out_of_another_language(bench: Workbench) -> None:
    """Spoken by our own Spanish voice, for want of a recording."""
    from workers.audio.resample import resample
    from workers.engines.base import Utterance

    with bench.engines.lease("kokoro") as kokoro:
        text = "Mañana vamos a la playa con nuestros amigos."
        chunks = list(kokoro.speak(Utterance(text, "ef_dora", "es"), lambda: False))
        spanish = resample(np.concatenate([chunk.samples for chunk in chunks]), kokoro.sample_rate, RATE)
    read = transcript(bench, spanish, translate=True)
    assert read["language"] == "es"
    assert "beach" in read["text"].lower()
    assert "friends" in read["text"].lower()


def loud_noise() -> Audio:
    return np.random.default_rng(2).normal(0, 0.2, 20 * RATE).astype(np.float32)


def a_tune() -> Audio:
    time = np.arange(20 * RATE) / RATE
    notes = 220 * 2 ** (np.floor(time * 2) % 7 / 7)
    return (0.3 * np.sin(2 * np.pi * np.cumsum(notes) / RATE)).astype(np.float32)


@pytest.mark.parametrize("make", [lambda: np.zeros(30 * RATE, np.float32), loud_noise, a_tune])
def test_where_nobody_speaks_there_is_nothing_to_write_down(bench: Workbench, make: Any) -> None:
    with pytest.raises(Refused, match="No speech"):
        transcript(bench, make())


def test_a_file_that_holds_more_than_it_declares_is_refused(bench: Workbench) -> None:
    path = wav(np.zeros(60 * RATE, np.float32), bench.folder / "recording")
    with pytest.raises(Refused, match="more sound than it declares"):
        bench.run("transcript", ORDER, path, seconds=20)


def test_it_stops_when_the_job_is_cancelled(bench: Workbench) -> None:
    path = wav(austen()[0], bench.folder / "recording")
    asked = iter(range(1000))
    with pytest.raises(StepCancelled):
        bench.run("transcript", ORDER, path, cancelled=lambda: next(asked) > 10)


class Murmur:
    """A fake recogniser, quick enough for hours: a word a second."""

    reentrant = True
    sample_rate = RATE

    def __init__(self, language: tuple[str, float] = ("en", 0.9)) -> None:
        self.language = language
        self.asked: list[Hearing] = []

    def warm(self) -> None: ...

    def close(self) -> None: ...

    def language_of(self, samples: Audio) -> tuple[str, float]:
        return self.language

    def hear(self, samples: Audio, hearing: Hearing, cancelled: Any) -> Iterator[Segment]:
        self.asked.append(hearing)
        for second in range(len(samples) // RATE):
            yield Segment(second, second + 0.9, f" word{second}")


def test_a_language_that_is_less_than_likely_is_unknown_and_left_to_each_window(tmp_path: Path) -> None:
    for told, language in ((("cy", 0.3), None), (("cy", 0.6), "cy")):
        murmur = Murmur(told)
        engines = Engines()
        engines.loaded = {"whisper": murmur}
        read = transcript(Workbench(tmp_path, engines), austen()[0])
        assert (read["language"], read["language_probability"]) == (language, told[1])
        assert {hearing.language for hearing in murmur.asked} == {language}


MEASURED = """
import resource, sys
from pathlib import Path
from tests.pipelines.test_transcript import Murmur
from tests.pipelines.workbench import Engines, Workbench
engines = Engines()
engines.loaded = {"whisper": Murmur()}
bench = Workbench(Path(sys.argv[2]), engines)
order = {"model": "whisper", "language": None, "words": False, "diarize": False}
result = bench.run("transcript", order, Path(sys.argv[1]))
print(result["segments"], len(bench.steps), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


def test_three_quarters_of_an_hour_take_no_more_memory_than_minutes(tmp_path: Path) -> None:
    """Real decoding, detector and files; only the recogniser is a fake one."""
    samples = np.concatenate(
        [sound(path) for path in sorted((Path(__file__).parents[1] / "engines/speakers").glob("*.opus"))]
    )
    peaks = []
    for minutes in (4, 45):
        times = round(minutes * 60 * RATE / len(samples))
        path = tmp_path / f"{minutes}.flac"
        short = wav(samples, tmp_path / "short.wav")
        encoder = FFmpeg(["-stream_loop", str(times - 1), "-i", str(short), "-c:a", "flac", "-y", str(path)])
        assert encoder.wait(120) == 0
        folder = tmp_path / f"bench-{minutes}"
        folder.mkdir()
        done = subprocess.run(
            [sys.executable, "-c", MEASURED, str(path), str(folder)],
            capture_output=True,
            text=True,
            cwd=Path(__file__).parents[2],
            check=False,
        )
        assert done.returncode == 0, done.stderr
        segments, steps, peak = map(int, done.stdout.split())
        assert segments > minutes * 30
        assert steps >= minutes / 2
        peaks.append(peak)
    assert peaks[1] - peaks[0] < 60, f"{peaks} MB"
