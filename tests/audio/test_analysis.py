"""Key, tempo and metre: of songs whose makers know them, of silence, and of sound however it is cut."""

from __future__ import annotations

import numpy as np
import pytest

from tests.audio.music import MAJOR, NAMES, RATE, Song, played, songs
from workers.audio.analysis import analyse
from workers.audio.analysis.key import Key

SONGS = songs(24)


def test_songs() -> None:
    right = {"key": 0, "bpm": 0, "metre": 0}
    wrong = []
    for song in SONGS:
        heard = analyse(iter(np.array_split(played(song), 7)))
        assert heard.key is not None
        assert heard.rhythm is not None
        found = {
            "key": (heard.key.tonic, heard.key.scale) == (NAMES.index(song.tonic), song.scale),
            "bpm": abs(heard.rhythm.bpm / song.bpm - 1) < 0.02,
            "metre": heard.rhythm.beats == song.beats,
        }
        wrong += [(song, heard)] if not all(found.values()) else []
        for name, good in found.items():
            right[name] += good
    # The issue asks for nine in ten.
    assert min(right.values()) >= 22, (right, wrong)


def test_a_tempo_is_found_to_a_tenth() -> None:
    for bpm in (90.3, 128.0):
        heard = analyse([played(Song("G", "Major", bpm, 4, seed=4), 40.0)])
        assert heard.rhythm is not None
        assert heard.rhythm.bpm == pytest.approx(bpm, abs=0.4)


def test_it_does_not_matter_how_the_sound_is_cut_or_how_loud_it_is() -> None:
    sound = played(SONGS[3])
    whole = analyse([sound])
    cut = analyse(iter(np.array_split(sound, 97)))
    assert cut.key is not None
    quiet = analyse([sound * np.float32(0.1)])
    assert quiet.key is not None
    assert whole.key is not None
    assert (cut.key.name, cut.key.scale, cut.rhythm) == (whole.key.name, whole.key.scale, whole.rhythm)
    assert (quiet.key.name, quiet.key.scale, quiet.rhythm) == (whole.key.name, whole.key.scale, whole.rhythm)


def test_a_scale_without_a_beat_has_a_key_and_no_tempo() -> None:
    time = np.arange(8 * RATE) / RATE
    chord = sum(np.sin(2 * np.pi * 440 * 2 ** ((step - 9) / 12) * time) for step in (*MAJOR, 0, 0, 4, 7))
    heard = analyse([np.asarray(0.05 * np.asarray(chord), np.float32)])
    assert heard.key is not None
    assert (heard.key.name, heard.key.scale) == ("C", "Major")
    assert heard.rhythm is None


def test_silence_has_neither() -> None:
    heard = analyse([np.zeros(RATE, np.float32)] * 5)
    assert (heard.key, heard.rhythm, heard.seconds) == (None, None, 5.0)
    assert analyse([]).key is None


def test_the_wheel_of_keys() -> None:
    c_major = Key(0, True, 1.0)
    assert (c_major.camelot, c_major.compatible) == ("8B", ["C Major", "G Major", "F Major", "A Minor"])
    a_minor = Key(9, False, 1.0)
    assert (a_minor.camelot, a_minor.compatible) == ("8A", ["A Minor", "E Minor", "D Minor", "C Major"])
    known = {
        ("E", True): "12B",
        ("F#", True): "2B",
        ("Eb", True): "5B",
        ("G#", False): "1A",
        ("F", False): "4A",
    }
    for (name, major), place in known.items():
        key = next(key for key in (Key(tonic, major, 1.0) for tonic in range(12)) if key.name == name)
        assert key.camelot == place
    assert len({Key(tonic, major, 1.0).camelot for tonic in range(12) for major in (True, False)}) == 24
