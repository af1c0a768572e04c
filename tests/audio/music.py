"""A small band that plays what it is told: for tests that must know the key, the tempo and the metre of what they hear."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from workers.engines.base import Audio

RATE = 22_050
NAMES = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
MAJOR, MINOR = (0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10)
# Degrees of the scale that chords stand on, one a bar. Minor songs have the major fifth in them, as songs do: what has
# not may as well be in the relative major.
_PROGRESSIONS = {
    "Major": ((0, 4, 5, 3), (0, 3, 4, 0), (0, 5, 3, 4), (0, 1, 4, 0)),
    "Minor": ((0, 5, 4, 0), (0, 3, 4, 0), (0, 5, 3, 4), (0, 3, 0, 4)),
}
_Sound = NDArray[np.float64]


@dataclass(frozen=True)
class Song:
    """What is played. `tuning` is in cents; `seed` decides melody, progression and sounds."""

    tonic: str
    scale: str
    bpm: float
    beats: int
    seed: int = 0
    tuning: float = 0.0
    drums: float = 1.0

    @property
    def metre(self) -> str:
        return f"{self.beats}/4"


def songs(count: int = 24) -> list[Song]:
    """Different songs in all keys: majors and minors, 66 to 172 beats a minute, a third of them in three."""
    chance = np.random.default_rng(5)
    tempos = chance.permutation(np.linspace(66, 172, count))
    return [
        Song(
            NAMES[number * 7 % 12],
            "Major" if number // 12 % 2 == 0 else "Minor",
            round(float(tempo), 1),
            3 if number % 3 == 1 else 4,
            seed=number,
            tuning=float(chance.uniform(-25, 25)),
            drums=float(chance.uniform(0.5, 1.2)),
        )
        for number, tempo in enumerate(tempos)
    ]


@lru_cache(maxsize=64)
def played(song: Song, seconds: float = 24.0, rate: int = RATE) -> Audio:
    """The song, mono at `rate` Hz, no sample above 0.8."""
    band = _Band(song, seconds, rate)
    bar = song.beats * 60 / song.bpm
    progression = _PROGRESSIONS[song.scale][song.seed % 4]
    for number in range(int(seconds / bar) + 1):
        band.play_bar(number * bar, progression[number % len(progression)])
    mixed = band.mixed[: round(seconds * rate)]
    return np.asarray(0.8 * mixed / np.abs(mixed).max(), np.float32)


class _Band:
    def __init__(self, song: Song, seconds: float, rate: int) -> None:
        self.song, self.rate = song, rate
        self.chance = np.random.default_rng(song.seed)
        self.mixed: _Sound = np.zeros(round((seconds + 8) * rate))
        self.scale = MAJOR if song.scale == "Major" else MINOR
        self.brightness = self.chance.uniform(1.0, 2.2)
        self.plucked = bool(song.seed % 2)
        self.melody = 2

    def play_bar(self, at: float, degree: int) -> None:
        beat = 60 / self.song.bpm
        chord = [self._pitch(degree + step, octave=4) for step in (0, 2, 4)]
        if self.song.scale == "Minor" and degree == 4:
            chord[1] += 1
        self._note(at, self._pitch(degree, octave=2), beat * 1.8, 0.9)
        if self.song.beats == 4:
            self._note(at + 2 * beat, self._pitch(degree, octave=2) + 7, beat * 1.6, 0.6)
        for number in range(self.song.beats):
            time = at + number * beat + self.chance.normal(0, 0.004)
            strum = number > 0 if self.song.beats == 3 else number % 2 == 1 or number == 0
            for pitch in chord if strum else ():
                self._note(time, pitch, beat * 0.9, 0.3)
            self._drum(time, number)
            for half in (0.0, 0.5):
                if self.chance.random() < (0.75 if half == 0.0 else 0.35):
                    self.melody = int(np.clip(self.melody + self.chance.integers(-2, 3), -2, 7))
                    on_beat = half == 0.0 and self.chance.random() < 0.6
                    tone = degree + 2 * int(self.chance.integers(3)) if on_beat else self.melody
                    self._note(time + half * beat, self._pitch(tone, octave=5), beat * 0.5, 0.35)

    def _pitch(self, degree: int, octave: int) -> int:
        """The MIDI number of a degree of the scale."""
        up, step = divmod(degree, 7)
        return 12 * (octave + 1 + up) + NAMES.index(self.song.tonic) + self.scale[step]

    def _note(self, at: float, pitch: int, seconds: float, level: float) -> None:
        hertz = 440 * 2 ** ((pitch - 69 + self.song.tuning / 100) / 12)
        time = np.arange(round((seconds + 0.2) * self.rate)) / self.rate
        sound = sum(
            np.sin(2 * np.pi * hertz * n * time + n) / n**self.brightness
            for n in range(1, 9)
            if hertz * n < self.rate / 2
        )
        shape = np.minimum(1, time / 0.008) * np.minimum(1, np.maximum(0, seconds + 0.2 - time) / 0.2)
        if self.plucked:
            shape = shape * np.exp(-3.0 * time)
        self._add(at, level * shape * np.asarray(sound))

    def _drum(self, at: float, beat: int) -> None:
        time = np.arange(round(0.3 * self.rate)) / self.rate
        noise = self.chance.normal(size=len(time))
        if beat == 0 or (self.song.beats == 4 and beat == 2):
            self._add(
                at,
                self.song.drums
                * np.sin(2 * np.pi * (50 * time - 3 * np.exp(-30 * time)))
                * np.exp(-14 * time),
            )
        elif self.song.beats == 4:
            self._add(at, 0.5 * self.song.drums * noise * np.exp(-20 * time))
        self._add(at, 0.15 * self.song.drums * noise * np.exp(-60 * time))

    def _add(self, at: float, sound: _Sound) -> None:
        start = max(0, round(at * self.rate))
        end = min(len(self.mixed), start + len(sound))
        if end > start:
            self.mixed[start:end] += sound[: end - start]
