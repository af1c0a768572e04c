"""Changes the pace of speech and keeps its pitch, as a stream (Signalsmith Stretch, MIT, through `python-stretch`).

The binding takes a whole recording and forgets it afterwards, so a stream is stretched in blocks, each together with
some of what lies before and after it. The parts that two neighbours share sound alike but differ in phase: the later
one is moved by up to 10 ms to where its waveform fits, and one is faded into the other within 10 ms. Places of blocks
do not depend on what is pushed when, so the sound does not either.

Splicing the recording itself all the way (WSOLA) needs a third of the delay, but on two of Kokoro's voices it bent the
pitch by up to 75 cents at 0.5 to 2 where this keeps it within 8 (medians over a sentence).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np
from python_stretch.Signalsmith import Stretch

from workers.engines.base import Audio, AudioChunk, Word

SPEEDS = (0.25, 4.0)
"""What a Stretcher takes. Speech can be followed from about 0.25 to 3."""
NATIVE = (0.5, 2.0)
"""What the engines speak by themselves."""

# The least that tells the harmonics of a low voice apart; with 60 and 80 ms some sentences came out 20 cents off.
_WINDOW_SECONDS = 0.12
_STEP_SECONDS = 0.03
# Blocks of input: short at first, so that sound comes soon, then longer, for fewer seams.
_FIRST_SECONDS, _GROWTH_SECONDS, _LONGEST_SECONDS = 0.04, 0.08, 0.5
_FADE_SECONDS = 0.01
_SLACK_SECONDS = 0.01


def paces(speed: float, native: tuple[float, float] = NATIVE) -> tuple[float, float]:
    """(engine's speed, stretcher's speed), whose product is `speed`: the engine speaks what it can by itself.

    0.25 is (0.5, 0.5) and 3.0 is (2.0, 1.5); where the engine can do it all, the second is 1.0. An engine with one
    pace has `native` (1.0, 1.0). ValueError where what is left is not within SPEEDS.
    """
    spoken = min(native[1], max(native[0], speed))
    return spoken, _checked(speed / spoken)


def scaled(words: Iterable[Word], speed: float) -> list[Word]:
    """The words as they sound after stretching by `speed`: the same places in the text, seconds divided by it."""
    return [replace(word, start=word.start / speed, end=word.end / speed) for word in words]


def stretched(chunks: Iterable[AudioChunk], rate: int, speed: float) -> Iterator[AudioChunk]:
    """The chunks of one utterance (mono, `rate` Hz) at another pace; at speed 1 the very same.

    The end of each chunk, up to 0.6 s of it, comes with the next one. Words keep to their sound: each is in the
    chunk it begins in, its seconds counted from there.
    """
    if _checked(speed) == 1.0:
        yield from chunks
        return
    stretcher = Stretcher(rate, speed)
    waiting: list[Word] = []
    taken = given = 0.0

    def chunk(samples: Audio, last: bool) -> AudioChunk:
        nonlocal waiting, given
        end = given + len(samples) / rate
        begun = [word for word in waiting if last or word.start < end]
        waiting = waiting[len(begun) :]
        moved = [
            replace(word, start=max(0.0, word.start - given), end=max(0.0, word.end - given))
            for word in begun
        ]
        given = end
        return AudioChunk(samples, tuple(moved))

    for heard in chunks:
        waiting += scaled(
            (replace(word, start=word.start + taken, end=word.end + taken) for word in heard.words), speed
        )
        taken += len(heard.samples) / rate
        samples = stretcher.push(heard.samples)
        if len(samples):
            yield chunk(samples, last=False)
    samples = stretcher.finish()
    if len(samples):
        yield chunk(samples, last=True)


class Stretcher:
    """Mono float32 blocks in, mono float32 blocks out. The same sound, bit for bit, however it is cut into blocks.

    No louder than the loudest of the input within the same block, so what was below a ceiling stays below it. Below
    half the pace the library blurs (long vowels waver): let the engine speak slowly as far as it can, see `paces`.
    """

    def __init__(self, rate: int, speed: float) -> None:
        """`rate` in Hz; `speed` 2.0 takes half the time. ValueError where a number is out of range."""
        if rate < 1000:
            raise ValueError(f"A sample rate of {rate} Hz is too low for speech.")
        self.speed = _checked(speed)
        self._rate = rate
        # Seeded: the same input gives the same output.
        self._stretch = Stretch(1)
        self._stretch.configure(1, round(_WINDOW_SECONDS * rate), round(_STEP_SECONDS * rate))
        self._stretch.setTimeFactor(self.speed)
        self._fade, self._slack = round(_FADE_SECONDS * rate), round(_SLACK_SECONDS * rate)
        # What a block needs of its neighbours: half a window to be right at its edge, and the seam.
        self._context = round(_WINDOW_SECONDS / 2 * rate + (self._fade + 2 * self._slack) * self.speed)
        self._rise = ((1 - np.cos(np.pi * (np.arange(self._fade) + 0.5) / self._fade)) / 2).astype(np.float32)
        self._held = _EMPTY
        self._dropped = 0
        """Samples of the input that are gone from `_held`."""
        self._taken = 0
        self._block = (0, round(_FIRST_SECONDS * rate))
        self._given = 0
        self._coming = _EMPTY
        """What the last block would play on with, to fade out."""

    def push(self, samples: Audio) -> Audio:
        """What is ready after these samples, shape (m,), possibly empty. At speed 1.0 the samples themselves."""
        if self.speed == 1.0:
            return samples
        self._taken += len(samples)
        self._held = np.concatenate([self._held, samples.astype(np.float32, copy=False)])
        parts = []
        while self._block[1] + self._context <= self._taken:
            parts.append(self._next())
        return np.concatenate(parts) if parts else _EMPTY

    def finish(self) -> Audio:
        """The rest: all that came out is then round(n / speed) samples for n that went in. Call once."""
        if self.speed == 1.0:
            return _EMPTY
        total = round(self._taken / self.speed)
        # The blocks go on into silence until there is enough: at most two more.
        silence = 2 * round(_LONGEST_SECONDS * self._rate) + self._context
        self._held = np.concatenate([self._held, np.zeros(silence, np.float32)])
        before, parts = self._given, []
        while self._given < total:
            parts.append(self._next())
        return np.concatenate(parts)[: total - before] if parts else _EMPTY

    def _next(self) -> Audio:
        """The sound of the block whose turn it is."""
        start, end = self._block
        first = max(0, start - self._context)
        source = self._held[first - self._dropped : end + self._context - self._dropped]
        ceiling = float(np.abs(source).max(initial=0.0))
        sound: Audio = np.clip(np.asarray(self._stretch.process(source[None, :]))[0], -ceiling, ceiling)
        stop = round((end - first) / self.speed)
        if start:
            # By the clock of the output, so that what earlier seams moved is made up for and never adds up.
            begin, seam = self._seam(sound, self._given - round(first / self.speed))
            part = np.concatenate([seam, sound[begin + self._fade : stop]])
        else:
            part = sound[:stop]
        self._coming = sound[stop : stop + self._fade]
        self._given += len(part)
        length = min(end - start + round(_GROWTH_SECONDS * self._rate), round(_LONGEST_SECONDS * self._rate))
        self._block = (end, end + length)
        unused = max(0, end - self._context - self._dropped)
        self._held = self._held[unused:]
        self._dropped += unused
        return part

    def _seam(self, sound: Audio, begin: int) -> tuple[int, Audio]:
        """Where near `begin` the sound is most like what would have come, and the blend that leads over to it."""
        coming, fade = self._coming, self._fade
        first = max(0, begin - self._slack)
        region = sound[first : begin + self._slack + fade]
        sums = np.concatenate([[0.0], np.cumsum(np.square(region, dtype=np.float64))])
        energy = np.sqrt(np.maximum(sums[fade:] - sums[:-fade], 0.0)) + 1e-6
        likeness = np.correlate(region, coming, "valid") / energy
        best = int(np.argmax(likeness))
        alike = float(np.clip(likeness[best] / (np.sqrt(np.sum(np.square(coming))) + 1e-6), 0.0, 1.0))
        if not alike:
            best = begin - first
        there = region[best : best + fade]
        rise, fall = self._rise, 1 - self._rise
        # Two waves alike add up in amplitude, two noises ("s", "f") in power: without this they would flutter.
        power = rise**2 + fall**2 + np.float32(2 * alike) * rise * fall
        ceiling = max(float(np.abs(coming).max()), float(np.abs(there).max()))
        blend = (fall * coming + rise * there) / np.sqrt(power)
        return first + best, np.clip(blend, -ceiling, ceiling)


_EMPTY: Audio = np.zeros(0, np.float32)


def _checked(speed: float) -> float:
    if not SPEEDS[0] <= speed <= SPEEDS[1]:
        raise ValueError(
            f"Speech can be stretched to {SPEEDS[0]} to {SPEEDS[1]} times its pace, not {speed}."
        )
    return float(speed)
