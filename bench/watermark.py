"""`python -m bench.watermark`: is the mark found, is it heard, what does it cost?

50 sentences in many voices, marked whole and in chunks of a stream, each looked at as it is and after mp3 at 64 kbit/s,
opus at 32 kbit/s, 8 kHz and a crop of 3 s; PESQ (wide band) against the unmarked sentence; 50 and more unmarked
recordings; processor time. `--recordings FOLDER` adds audio files of real, unmarked speech. PESQ needs the package
pesq 0.0.4, which is in no requirements file because it needs a C compiler to install.
"""

from __future__ import annotations

import argparse
import itertools
import json
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from workers.audio.decode import decode
from workers.audio.ffmpeg import ffmpeg_path
from workers.audio.resample import resample
from workers.audio.watermark import Marker, detect, method
from workers.engines.base import Audio, Utterance
from workers.engines.catalogue import catalogue
from workers.engines.registry import load

from .texts import sentences

CROP_SECONDS = 3
CHUNKS: dict[str, tuple[float, ...]] = {
    "whole": (),
    "stream, 0.5-3 s": (0.5, 1.3, 3.0, 0.8),
    "stream, 0.1 s": (0.1,),
    "stream, 0.02 s": (0.02,),
}
"""How a clip is cut before it is marked: lengths in seconds, in turns."""


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


def marked(clip: Clip, lengths: tuple[float, ...]) -> Clip:
    """The clip with the mark, cut before marking."""
    marker, pieces, start = Marker(clip.rate), [], 0
    for length in itertools.cycle(lengths or (clip.seconds + 1,)):
        size = round(length * clip.rate)
        pieces.append(marker.mark(clip.samples[start : start + size]))
        start += size
        if start >= len(clip.samples):
            break
    return Clip(clip.name, np.concatenate(pieces), clip.rate)


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
    """PESQ wide band of `other` against `clip`, 1.0 to 4.64."""
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


def cost_of_finding(clip: Clip) -> float:
    """Processor milliseconds per second of audio."""
    began = time.process_time()
    detect(clip.samples, clip.rate)
    return 1000 * (time.process_time() - began) / clip.seconds


def line(what: str, scores: list[float], want: bool) -> str:
    right = sum((score >= method().threshold) == want for score in scores)
    worst = min(scores) if want else max(scores)
    return (
        f"{what:<34}{right:>4} of {len(scores)} {'found' if want else 'left alone'}, worst score {worst:.2f}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.watermark", description=__doc__)
    parser.add_argument("--clips", type=int, default=50)
    parser.add_argument("--recordings", type=Path, help="a folder of real, unmarked speech")
    options = parser.parse_args()

    clips = list(spoken(options.clips))
    print(
        f"{len(clips)} clips, {sum(clip.seconds for clip in clips):.0f} s; method {method().name}", flush=True
    )
    rows: dict[str, dict[str, list[float]]] = {}
    for way, lengths in CHUNKS.items():
        made = [marked(clip, lengths) for clip in clips]
        rows[way] = found(made)
        rows[way]["pesq"] = [quality(clip, other) for clip, other in zip(clips, made, strict=True)]
        for attack in ATTACKS:
            print(line(f"{way}: {attack}", rows[way][attack], True), flush=True)
        pesq = np.array(rows[way]["pesq"])
        print(f"{way + ': PESQ-wb':<34}least {pesq.min():.2f}, median {np.median(pesq):.2f}, "
              f"{(pesq >= 4.2).sum()} of {len(pesq)} reach 4.2", flush=True)  # fmt: skip
    rows["unmarked"] = found(clips)
    if options.recordings:
        files = sorted(path for path in options.recordings.rglob("*") if path.is_file())
        real = [Clip(path.name, np.concatenate(list(decode(path, 16_000))), 16_000) for path in files]
        rows["real"] = found(real)
        joined = np.concatenate([clip.samples for clip in real])
        rows["real"]["all in one"] = [detect(joined, 16_000).score]
    for kind in {"unmarked", "real"} & set(rows):
        for attack, scores in rows[kind].items():
            print(line(f"{kind}: {attack}", scores, False), flush=True)
    for seconds in (1.5, 0.1, 0.02):
        print(
            f"marking the first {seconds} s at {clips[0].rate} Hz: {cost(clips[0], seconds):.2f} ms of processor"
        )
    print(f"finding: {cost_of_finding(clips[0]):.1f} ms of processor a second of audio")
    folder = Path(__file__).parent / "results"
    folder.mkdir(exist_ok=True)
    target = folder / f"watermark-{time.strftime('%Y%m%d-%H%M%S')}.json"
    target.write_text(json.dumps(rows, indent=1))
    print(f"written to {target}")


if __name__ == "__main__":
    main()
