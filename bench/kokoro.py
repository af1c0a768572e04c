"""`python -m bench.kokoro [--quick] [--wer]`: our Kokoro against the package kokoro-onnx on the published int8 file.

Sentences of mixed lengths, none of which either has seen: each is spoken by both in turn, then the same once more, on
the same number of threads. Wall time and processor time; where other work runs on the machine, trust the latter.
Pitch and spectrum are compared with the same weights in plain float32.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import kokoro_onnx
import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray

from tests.likeness import apart
from workers.engines.base import Utterance
from workers.engines.derive import KOKORO_FLOAT, KOKORO_GRAPH, KOKORO_NAMES, KOKORO_VOICES
from workers.engines.kokoro import SAMPLE_RATE, Kokoro
from workers.engines.kokoro_graph import as_float
from workers.engines.kokoro_split import session
from workers.engines.store import weights_dir

from .queued import Row
from .texts import sentences

VOICES = ("af_heart", "am_michael", "bf_emma")
Samples = NDArray[np.float32]
Say = Callable[[str, str], Samples]


def ours(folder: Path, threads: int, form: str | None = None) -> Say:
    """Our engine, warm as a worker's is."""
    engine = Kokoro(folder, threads, form)
    engine.warm()

    def say(text: str, voice: str) -> Samples:
        return np.concatenate(
            [c.samples for c in engine.speak(Utterance(text, voice, "en-us"), lambda: False)]
        )

    return say


class AtItsPitch:
    """A session whose runs leave the pitch alone: our graph has an input for it that the peer does not know."""

    def __init__(self, session: onnxruntime.InferenceSession) -> None:
        self._session = session

    def run(self, outputs: list[str] | None, feed: dict[str, Any]) -> Any:
        return self._session.run(outputs, {**feed, "f0_scale": np.ones(1, np.float32)})

    def __getattr__(self, name: str) -> Any:
        return getattr(self._session, name)


def peer(folder: Path, threads: int, scratch: Path) -> Say:
    """kokoro-onnx on the int8 file, with our session's options, warmed alike."""
    names = json.loads((folder / KOKORO_NAMES).read_text())
    table = np.load(folder / KOKORO_VOICES, mmap_mode="r")
    np.savez(scratch / "voices.npz", **{name: table[names.index(name)][:, None] for name in VOICES})
    engine = kokoro_onnx.Kokoro.from_session(
        AtItsPitch(session(folder / KOKORO_GRAPH, threads)), str(scratch / "voices.npz")
    )
    engine.create("Ready.", VOICES[0])

    def say(text: str, voice: str) -> Samples:
        return np.asarray(engine.create(text, voice, lang="en-us")[0], np.float32)

    return say


def plain(folder: Path, threads: int, scratch: Path) -> Say:
    """The same weights in plain float32."""
    model = onnx.load(str(folder / KOKORO_GRAPH))
    as_float(model, tuned=False)
    onnx.save(model, str(scratch / KOKORO_FLOAT))
    for name in (KOKORO_NAMES, KOKORO_VOICES):
        (scratch / name).symlink_to(folder / name)
    return ours(scratch, threads, "f32")


class Tally:
    """Seconds of audio, of wall time and of processor time that one engine took for one pass."""

    def __init__(self) -> None:
        self.audio = self.wall = self.processor = 0.0

    def take(self, say: Say, text: str, voice: str) -> Samples:
        wall, processor = time.perf_counter(), time.process_time()
        samples = say(text, voice)
        self.wall += time.perf_counter() - wall
        self.processor += time.process_time() - processor
        self.audio += len(samples) / SAMPLE_RATE
        return samples


def run(count: int = 60, threads: int = 2, wer: bool = False, form: str | None = None) -> list[Row]:
    """Speed on `count` sentences first and warm, ours ÷ the peer's; how far ours is from plain float32; word errors."""
    folder = weights_dir("kokoro")
    texts = [(text, VOICES[number % len(VOICES)]) for number, text in enumerate(sentences(count))]
    rows: list[Row] = []
    spoken: dict[str, list[Samples]] = {}
    with tempfile.TemporaryDirectory() as scratch:
        engines = {"ours": ours(folder, threads, form), "kokoro-onnx": peer(folder, threads, Path(scratch))}
        for turn, target in (("first", ">= 1.7"), ("warm", ">= 2.2")):
            tallies = {name: Tally() for name in engines}
            spoken = {name: [] for name in engines}
            for text, voice in texts:
                for name, say in engines.items():
                    spoken[name].append(tallies[name].take(say, text, voice))
            for kind in ("wall", "processor"):
                speeds = {name: tally.audio / getattr(tally, kind) for name, tally in tallies.items()}
                rows += [
                    {"what": f"Kokoro, {turn} pass, {kind} time, {name}", "value": speed, "unit": "s/s"}
                    for name, speed in speeds.items()
                ]
                what = f"Kokoro ÷ kokoro-onnx, {turn} pass, {kind} time"
                ratio = speeds["ours"] / speeds["kokoro-onnx"]
                rows.append({"what": what, "value": ratio, "unit": "", "target": target})
        reference = plain(folder, threads, Path(scratch))
        distances = [
            apart(samples, reference(*each)) for samples, each in zip(spoken["ours"], texts, strict=True)
        ]
    cents, decibels = (statistics.median(each) for each in zip(*distances, strict=True))
    rows.append({"what": "pitch against plain f32, median", "value": cents, "unit": "ct", "target": "<= 5"})
    rows.append(
        {"what": "log-mel against plain f32, median", "value": decibels, "unit": "dB", "target": "<= 1"}
    )
    return rows + word_errors(spoken, [text for text, _ in texts]) if wer else rows


def word_errors(spoken: dict[str, list[Samples]], texts: list[str]) -> list[Row]:
    """The share of words that Whisper tiny.en hears wrong, of all sentences of an engine together."""
    from tests.ear import hear
    from tests.ear import wer as error_rate

    return [
        {
            "what": f"word errors, {name}",
            "value": 100
            * error_rate(
                " ".join(texts), " ".join(hear(each, SAMPLE_RATE, model="base").text for each in samples)
            ),
            "unit": "%",
        }
        for name, samples in spoken.items()
    ]


def main() -> None:
    from .table import machine, show

    parser = argparse.ArgumentParser(prog="bench.kokoro", description="Our Kokoro against kokoro-onnx.")
    parser.add_argument("--quick", action="store_true", help="12 sentences, to see that it runs")
    parser.add_argument("--sentences", type=int, default=60)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--form", help="in place of KOKORO_FORM")
    parser.add_argument("--wer", action="store_true", help="let Whisper hear them too")
    options = parser.parse_args()
    count = 12 if options.quick else options.sentences
    rows = run(count, options.threads, options.wer, options.form)
    print(f"\n{machine()['cpu']}, {options.threads} threads, {count} sentences")
    show(rows)


if __name__ == "__main__":
    main()
