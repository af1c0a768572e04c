"""`python -m bench.peers`: the same sentences from us and from two servers of others, with one caller and with four.

* `fastkokoro` (PyPI) with the published int8 Kokoro and the same voices, streaming raw samples;
* Piper's own HTTP server (`python -m piper.http_server`) with the same voice: it answers with whole files.

Ours is `/v1/audio/speech` with raw samples, in the form that KOKORO_FORM names. Both servers run, and are asked in
turns of a few sentences, so that both meet the same machine and neither ever computes beside the other.
The peers live in an environment of their own, for fastkokoro does not get on with our packages: `make bench` makes it.
PEERS_VENV names another place. What is not there is left out, and said.
"""

from __future__ import annotations

import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from tests.stacks import LiveStack
from ttsplatform.embedded.process import StartError

from .live_first import voice_of
from .peer_servers import KOKORO_VOICE, PEERS, Server, fastkokoro, is_there, piper_server
from .queued import key_of, unlimited_client
from .table import Row, percentile, row, say, show
from .texts import TWELVE_WORDS

CALLERS = (1, 4)
TURN = 4
"""Sentences before the other server has its turn."""


@dataclass
class Figures:
    """Of one server and number of callers: milliseconds to the first sound of each, and what came in all."""

    firsts: list[float] = field(default_factory=list)
    audio: float = 0.0
    took: float = 0.0

    def add(self, answers: list[tuple[float, float]], took: float) -> None:
        self.firsts += [first for first, _ in answers]
        self.audio += sum(seconds for _, seconds in answers)
        self.took += took


def _speak(server: Server, session: requests.Session, text: str) -> tuple[float, float]:
    """(milliseconds to the first sample, seconds of audio)."""
    began, first, size = time.monotonic(), 0.0, 0
    with session.post(
        server.url, json=server.body(text), headers=server.headers, stream=True, timeout=120
    ) as answer:
        if answer.status_code != 200:
            raise requests.HTTPError(f"{answer.status_code}: {answer.text[:300]}")
        for data in answer.iter_content(None):
            size += len(data)
            if not first and size > server.head:
                first = (time.monotonic() - began) * 1000
    return first, max(0, size - server.head) / 2 / server.rate


def _ask(server: Server, callers: int, texts: list[str], figures: Figures) -> None:
    """The texts by so many callers at once, each with the next as soon as it has one. Raises where none is answered.

    A caller whose request fails leaves the rest to the others.
    """
    waiting = list(texts)
    answers: list[tuple[float, float]] = []
    problems: list[Exception] = []

    def call() -> None:
        with requests.Session() as session:
            try:
                while True:
                    answers.append(_speak(server, session, waiting.pop(0)))
            except IndexError:
                return
            except requests.RequestException as problem:
                say(f"{server.name} failed: {problem}")
                problems.append(problem)

    threads = [threading.Thread(target=call) for _ in range(callers)]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if not answers:
        raise problems[0]
    figures.add(answers, time.monotonic() - began)


def compare(mine: Server, other: Server, callers: int, count: int) -> tuple[Figures, Figures]:
    """At least `count` sentences from each, in turns."""
    figures = Figures(), Figures()
    for server in (mine, other):
        _ask(server, callers, list(TWELVE_WORDS[:TURN]), Figures())
    for start in range(0, count, TURN):
        texts = [TWELVE_WORDS[(start + place) % len(TWELVE_WORDS)] for place in range(TURN)]
        for server, made in zip((mine, other), figures, strict=True):
            _ask(server, callers, texts, made)
    return figures


def ours(stack: LiveStack, key: str, model: str, voice: str) -> Server:
    def body(text: str) -> dict[str, Any]:
        return {"model": model, "voice": voice, "input": text, "response_format": "pcm"}

    headers = {"Authorization": f"Bearer {key}"}
    # OpenAI's raw samples are at 24 kHz, whatever the model's own rate.
    return Server(f"ours, {model}", f"{stack.base_url}/v1/audio/speech", body, 24_000, headers=headers)


def compared(mine: Server, other: Server, count: int) -> list[Row]:
    """Both servers' figures and their ratios, for each number of callers."""
    rows = []
    for callers in CALLERS:
        say(f"{mine.name} and {other.name}: {count} sentences each, {callers} at a time")
        me, it = compare(mine, other, callers, count)
        first, their_first = percentile(me.firsts, 0.5), percentile(it.firsts, 0.5)
        pace, their_pace = me.audio / me.took, it.audio / it.took
        told = f"{callers} caller{'s' if callers > 1 else ''}"
        rows += [
            row(f"{mine.name}, {told}: first audio, p50", first, "ms"),
            row(f"{other.name}, {told}: first audio, p50", their_first, "ms"),
            row(f"{mine.name} ÷ {other.name}, {told}: first audio", first / their_first, "×", "<= 1"),
            row(f"{mine.name}, {told}: audio per second", pace, "s/s"),
            row(f"{other.name}, {told}: audio per second", their_pace, "s/s"),
            row(f"{mine.name} ÷ {other.name}, {told}: audio per second", pace / their_pace, "×", ">= 1"),
            row(f"{mine.name}, {told}: sentences a second", len(me.firsts) / me.took, "/s"),
            row(f"{other.name}, {told}: sentences a second", len(it.firsts) / it.took, "/s"),
        ]
    return rows


PAIRS = {
    "kokoro": ("fastkokoro", KOKORO_VOICE, fastkokoro),
    "piper": ("piper.http_server", voice_of("piper"), piper_server),
}
"""For each model of ours: the peer's Python module, our voice, and how the peer is started."""


def run(count: int = 20) -> list[Row]:
    """Ours beside each peer that is installed."""
    there = {model: pair for model, pair in PAIRS.items() if is_there(pair[0])}
    for model in PAIRS.keys() - there.keys():
        say(f"{PAIRS[model][0]} is not installed in {PEERS}: left out. See the head of bench/peers.py.")
    if not there:
        return []
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as folder, LiveStack(Path(folder) / "ours") as stack:
        key = key_of(unlimited_client(stack))
        for model, (module, voice, start) in there.items():
            try:
                with start(Path(folder)) as other:
                    rows += compared(ours(stack, key, model, voice), other, count)
            except StartError as problem:
                say(f"{module} did not start: left out. {problem}")
    return rows


if __name__ == "__main__":
    show(run())
