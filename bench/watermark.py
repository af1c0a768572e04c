"""`python -m bench.watermark`: is the mark found, is it heard, does it flag what is not ours, what does it cost?

50 sentences in many voices, finished as files and streams are (marked whole or in chunks, limited, in 16 bits), each
looked for as it is and after mp3 at 64 kbit/s, opus at 32 kbit/s, 8 kHz and a crop of 3 s; PESQ (wide band) against the
same without the mark; the sentences without the mark, and recordings of people. `--recordings FOLDER` names those:
audio files, of which clips of 3 to 10 s are taken; without it there are the few of the tests. PESQ needs
requirements-bench.txt and is left out without it.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tests.stacks import LiveStack
from workers.audio.decode import decode
from workers.audio.encode import from_int16
from workers.audio.ffmpeg import ffmpeg_path
from workers.audio.limiter import limited
from workers.audio.resample import resample
from workers.audio.streaming import StreamEncoder
from workers.audio.watermark import Marker, detect, method
from workers.engines.base import Audio, Utterance
from workers.engines.catalogue import catalogue
from workers.engines.registry import load

from .listener import Listener
from .queued import key_of, unlimited_client
from .table import Row, percentile, row, say, show
from .texts import TWELVE_WORDS, sentences

RESULTS = Path(__file__).parent / "results"
RECORDINGS = Path(__file__).parents[1] / "tests/engines/speakers"
CROP_SECONDS = 3
CLIP_SECONDS = 10
PESQ = 4.2
"""What the mark must leave of 4.64, PESQ's best."""
CHUNKS: dict[str, tuple[float, ...]] = {
    "file": (),
    "stream": (0.5, 1.3, 3.0, 0.8),
    "stream in 80 ms": (0.08,),
    "stream in 20 ms": (0.02,),
}
"""How a clip is cut before it is marked: lengths in seconds, in turns. Most engines give chunks as in "stream"; Pocket
TTS's, the shortest, are of 80 ms. No engine's are of 20: that row only shows where the mark gets lost."""
_SHORTER_THAN_ANY = "stream in 20 ms"


@dataclass(frozen=True)
class Clip:
    """Mono float32 samples at `rate` Hz."""

    name: str
    samples: Audio
    rate: int

    @property
    def seconds(self) -> float:
        return len(self.samples) / self.rate


def spoken(count: int, piper_every: int = 5) -> Iterator[Clip]:
    """Sentences of some two seconds or more: by Kokoro in its English voices in turn, each so many-th by Piper."""
    texts = (text for text in sentences(4 * count) if len(text) > 35)
    voices = itertools.cycle(catalogue().voices("kokoro", "en"))
    engines = {name: load(name) for name in ("kokoro", "piper")}
    for number in range(count):
        name = "piper" if number % piper_every == piper_every - 1 else "kokoro"
        voice = "en_US-joe-medium" if name == "piper" else next(voices).id
        engine = engines[name]
        chunks = engine.speak(Utterance(next(texts), voice, "en"), lambda: False)
        samples = np.concatenate([chunk.samples for chunk in chunks])
        yield Clip(f"{number:02d} {voice}", samples, engine.sample_rate)


def recorded(folder: Path) -> Iterator[Clip]:
    """Clips of all audio files in a folder, at 16 kHz: each file's first CLIP_SECONDS, if that is a crop or more."""
    for path in sorted(
        path for path in folder.rglob("*") if path.suffix in {".flac", ".wav", ".opus", ".mp3"}
    ):
        samples = np.concatenate(list(decode(path, 16_000)))[: CLIP_SECONDS * 16_000]
        if len(samples) >= CROP_SECONDS * 16_000:
            yield Clip(str(path.relative_to(folder)), samples, 16_000)


def marked(clip: Clip, lengths: tuple[float, ...], *, mark: bool = True) -> Clip:
    """The clip with the mark (or without), cut into chunks before, and finished as a stream of raw samples is."""
    marker, start, parts = Marker(clip.rate), 0, []
    with StreamEncoder("pcm", clip.rate) as encoder:
        for length in itertools.cycle(lengths or (clip.seconds + 1,)):
            chunk = clip.samples[start : start + round(length * clip.rate)]
            parts.append(encoder.push(marker.mark(chunk) if mark else chunk))
            start += len(chunk)
            if start >= len(clip.samples):
                break
        parts.append(encoder.finish())
    return Clip(clip.name, from_int16(b"".join(parts)), encoder.rate)


def coded(clip: Clip, codec: str, bitrate: str, container: str) -> Clip:
    """The clip through a lossy codec and back."""
    raw = ["-f", "f32le", "-ar", str(clip.rate), "-ac", "1"]
    quiet = [ffmpeg_path(), "-loglevel", "error"]
    encode = [*quiet, *raw, "-i", "-", "-c:a", codec, "-b:a", bitrate, "-f", container, "-"]
    file = subprocess.run(encode, input=clip.samples.tobytes(), capture_output=True, check=True).stdout
    decoded = subprocess.run(
        [*quiet, "-i", "-", *raw, "-"], input=file, capture_output=True, check=True
    ).stdout
    return Clip(clip.name, np.frombuffer(decoded, "<f4").copy(), clip.rate)


def cropped(clip: Clip) -> Clip:
    size = CROP_SECONDS * clip.rate
    start = max(0, (len(clip.samples) - size) // 2)
    return Clip(clip.name, clip.samples[start : start + size], clip.rate)


ATTACKS: dict[str, Callable[[Clip], Clip]] = {
    "none": lambda clip: clip,
    "mp3 64k": lambda clip: coded(clip, "libmp3lame", "64k", "mp3"),
    "opus 32k": lambda clip: coded(clip, "libopus", "32k", "ogg"),
    "8 kHz": lambda clip: Clip(clip.name, resample(clip.samples, clip.rate, 8000), 8000),
    "crop 3 s": cropped,
}


def quality(clip: Clip, other: Clip) -> float:
    """PESQ wide band of `other` against `clip`, 1.0 to 4.64. Raises ImportError without requirements-bench.txt."""
    from pesq import pesq

    return float(pesq(16_000, *(resample(c.samples, c.rate, 16_000) for c in (clip, other)), "wb"))


def found(clips: list[Clip]) -> dict[str, list[float]]:
    """For each attack the score of every clip."""
    return {
        name: [detect(made.samples, made.rate).score for made in map(attack, clips)]
        for name, attack in ATTACKS.items()
    }


def cost(clip: Clip, seconds: float, runs: int = 40) -> float:
    """Processor milliseconds of the first chunk of a stream, the marker made anew each time; the median."""
    chunk = np.resize(clip.samples, round(seconds * clip.rate))
    times = []
    for _ in range(runs):
        began = time.process_time()
        Marker(clip.rate).mark(chunk)
        times.append(1000 * (time.process_time() - began))
    return float(np.median(times))


def cost_of(work: Callable[[Audio, int], object], clip: Clip) -> float:
    """Processor milliseconds per second of audio."""
    began = time.process_time()
    work(clip.samples, clip.rate)
    return 1000 * (time.process_time() - began) / clip.seconds


async def _first_audio(stacks: dict[str, LiveStack], model: str, count: int) -> dict[str, list[float]]:
    """Milliseconds to first audio through /ws/tts, each sentence from all stacks in turn."""
    times: dict[str, list[float]] = {name: [] for name in stacks}
    keys = {name: key_of(unlimited_client(stack)) for name, stack in stacks.items()}
    for number in range(count + 3):
        for name, stack in stacks.items():
            async with Listener(stack.base_url, keys[name]) as listener:
                text = TWELVE_WORDS[number % len(TWELVE_WORDS)]
                heard = await listener.answer(text, model_id=model, language="en")
            if number >= 3:
                times[name].append(heard.first_audio)
    return times


def first_audio_rows(count: int) -> list[Row]:
    """What the mark adds to the first audio: a platform with it and one without, side by side."""
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as folder:
        stacks = {
            "with the mark": LiveStack(Path(folder) / "with", speech_workers=1),
            "without": LiveStack(Path(folder) / "without", speech_workers=1, env={"WATERMARK": "false"}),
        }
        try:
            for stack in stacks.values():
                stack.start()
            for model in ("kokoro", "piper", "fake"):
                say(f"first audio of {model} with and without the mark, {count} sentences")
                times = asyncio.run(_first_audio(stacks, model, count))
                middle = {name: percentile(values, 0.5) for name, values in times.items()}
                rows += [row(f"first audio, {model}, {name}, p50", middle[name], "ms") for name in middle]
                added = middle["with the mark"] - middle["without"]
                rows.append(row(f"first audio, {model}: the mark adds, p50", added, "ms"))
        finally:
            for stack in stacks.values():
                stack.stop()
    return rows


def marked_rows(clips: list[Clip], kept: dict[str, dict[str, list[float]]]) -> list[Row]:
    """How surely the mark is found and how little it is heard, for each way of cutting; scores go into `kept`."""
    rows: list[Row] = []
    count = len(clips)
    for way, lengths in CHUNKS.items():
        say(f"{count} clips marked as a {way}")
        plain = [marked(clip, lengths, mark=False) for clip in clips]
        made = [marked(clip, lengths) for clip in clips]
        all_of_them = None if way == _SHORTER_THAN_ANY else f">= {count}"
        kept[way] = scores = found(made)
        for attack, values in scores.items():
            right = sum(value >= method().threshold for value in values)
            rows.append(row(f"mark in a {way}, {attack}: found, of {count}", right, "", all_of_them))
            rows.append(row(f"mark in a {way}, {attack}: least score", min(values)))
        try:
            heard = kept[way]["pesq"] = [quality(*pair) for pair in zip(plain, made, strict=True)]
        except ImportError:
            say("PESQ is left out: python -m pip install --no-deps -r requirements-bench.txt")
            continue
        good = sum(value >= PESQ for value in heard)
        rows.append(row(f"mark in a {way}: PESQ-wb of {PESQ} or more, of {count}", good, "", f">= {count}"))
        rows.append(row(f"mark in a {way}: least PESQ-wb", min(heard), "", f">= {PESQ}"))
        rows.append(row(f"mark in a {way}: median PESQ-wb", float(np.median(heard))))
    return rows


def unmarked_rows(name: str, clips: list[Clip], kept: dict[str, dict[str, list[float]]]) -> list[Row]:
    """How many clips without the mark are taken for ours, after each attack."""
    say(f"{len(clips)} {name} without the mark")
    kept[name] = found(clips)
    return [
        row(
            f"{name}, {attack}: flagged, of {len(clips)}",
            sum(value >= method().threshold for value in values),
            "",
            "<= 0",
        )
        for attack, values in kept[name].items()
    ] + [row(f"{name}: greatest score", max(map(max, kept[name].values())))]


def cost_rows(clip: Clip) -> list[Row]:
    """Processor time of marking, limiting and finding."""
    works: dict[str, Callable[[Audio, int], object]] = {
        "marking": lambda samples, rate: Marker(rate).mark(samples),
        "limiting": limited,
        "finding the mark in": detect,
    }
    return [
        *(
            row(f"marking the first {s} s of a stream, processor", cost(clip, s), "ms")
            for s in (1.5, 0.1, 0.02)
        ),
        *(row(f"{name} a second, processor", cost_of(work, clip), "ms") for name, work in works.items()),
    ]


def run(count: int = 50, recordings: Path = RECORDINGS, streams: int = 20) -> list[Row]:
    """All of it; the scores of every clip are written to bench/results."""
    clips = list(spoken(count))
    kept: dict[str, dict[str, list[float]]] = {}
    rows = [
        row(f"{count} clips, method {method().name}: seconds of speech", sum(c.seconds for c in clips), "s")
    ]
    rows += marked_rows(clips, kept)
    rows += unmarked_rows("own speech", clips, kept)
    rows += unmarked_rows("recordings", list(recorded(recordings)), kept)
    rows += cost_rows(clips[0])
    if streams:
        rows += first_audio_rows(streams)
    RESULTS.mkdir(exist_ok=True)
    target = RESULTS / f"watermark-{time.strftime('%Y%m%d-%H%M%S')}.json"
    target.write_text(json.dumps(kept, indent=1))
    say(f"every clip's scores are in {target}")
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.watermark", description=__doc__)
    parser.add_argument("--clips", type=int, default=50, help="0: measure nothing but first audio")
    parser.add_argument(
        "--recordings", type=Path, default=RECORDINGS, help="a folder of real, unmarked speech"
    )
    parser.add_argument("--streams", type=int, default=20, help="sentences for first audio; 0 leaves it out")
    options = parser.parse_args()
    if options.clips:
        show(run(options.clips, options.recordings, options.streams))
    else:
        show(first_audio_rows(options.streams))


if __name__ == "__main__":
    main()
