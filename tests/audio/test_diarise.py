"""Grouping by voice: who belongs together, at any length of recording."""

from __future__ import annotations

import time

import numpy as np
from numpy.typing import NDArray

from workers.audio.diarise import SAME, Groups, Speakers, linked, speakers_of

RANDOM = np.random.default_rng(4)


def people(count: int) -> NDArray[np.float32]:
    """Voices of strangers: cosines of about 0.4 between them."""
    common = RANDOM.normal(size=256)
    found = 0.8 * common + RANDOM.normal(size=(count, 256))
    return unit(found)


def unit(rows: NDArray[np.floating]) -> NDArray[np.float32]:
    return np.asarray(rows / np.linalg.norm(rows, axis=-1, keepdims=True), np.float32)


def heard(person: NDArray[np.float32], moments: int) -> NDArray[np.float32]:
    """The same voice at several moments: cosines of about 0.85 between them."""
    return unit(person + RANDOM.normal(size=(moments, 256)) * 0.027)


def test_average_linkage_is_what_it_says() -> None:
    """Against the plain definition, on few enough rows to try all pairs."""
    rows = np.concatenate([heard(person, 5) for person in people(3)])
    groups: list[list[int]] = [[n] for n in range(len(rows))]
    alike = rows @ rows.T
    while len(groups) > 1:
        pairs = [(a, b) for a in range(len(groups)) for b in range(a)]
        best = max(pairs, key=lambda pair: alike[np.ix_(groups[pair[0]], groups[pair[1]])].mean())
        if alike[np.ix_(groups[best[0]], groups[best[1]])].mean() < SAME:
            break
        groups[best[1]] += groups.pop(best[0])
    labels = linked(Groups.of(rows), SAME)
    assert {frozenset(group) for group in groups} == {
        frozenset(np.flatnonzero(labels == label).tolist()) for label in set(labels)
    }


def test_the_same_people_are_found_in_all_parts_and_named_as_they_come() -> None:
    one, two, three = people(3)
    speakers = Speakers()
    times = np.arange(20, dtype=np.float32)
    first = speakers.add(times, np.concatenate([heard(two, 10), heard(one, 10)]))
    second = speakers.add(times + 100, np.concatenate([heard(one, 10), heard(three, 10)]))
    assert [speakers.at(first, moment) for moment in (0.0, 4.4, 15.0)] == [
        "SPEAKER_00",
        "SPEAKER_00",
        "SPEAKER_01",
    ]
    assert [speakers.at(second, moment) for moment in (0.0, 105.0, 500.0)] == [
        "SPEAKER_01",
        "SPEAKER_01",
        "SPEAKER_02",
    ]


def test_one_person_is_one_speaker_and_a_cough_is_nobody() -> None:
    person, noise = people(2)
    assert set(speakers_of(Groups.of(heard(person, 60)))) == {0}
    assert set(speakers_of(Groups.of(np.concatenate([heard(person, 60), heard(noise, 2)])))) == {0}


def test_nobody_is_speaker_00() -> None:
    speakers = Speakers()
    part = speakers.add(np.zeros(0, np.float32), np.zeros((0, 256), np.float32))
    assert speakers.at(part, 3.0) == "SPEAKER_00"


def test_four_hours_take_seconds() -> None:
    crowd = people(5)
    speakers, parts = Speakers(), []
    began = time.process_time()
    for number in range(160):
        voices = np.concatenate([heard(crowd[number % 5], 110), heard(crowd[(number + 1) % 5], 110)])
        parts.append(speakers.add(np.arange(220, dtype=np.float32), voices))
    names = {speakers.at(part, moment) for part in parts for moment in (10.0, 200.0)}
    assert len(names) == 5
    assert time.process_time() - began < 20
