"""Queued speech: throughput against the bare engine, scaling of a long text, and the platform's own share."""

from __future__ import annotations

import statistics
import tempfile
import threading
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from tests.stacks import LiveStack

from .bare import bare_seconds
from .client import Client
from .table import Row, percentile
from .texts import long_text, sentences


def unlimited_client(stack: LiveStack, concurrency: int = 64) -> Client:
    """A client on a plan that limits nothing measured here; `concurrency`: so much of its work at once."""
    key = stack.account(plan="business", characters=1_000_000_000)
    stack.manage(
        "shell",
        "-c",
        "from apps.accounts.models import Plan; Plan.objects.filter(slug='business').update("
        f"requests_per_minute=10_000_000, concurrency={concurrency}, "
        "max_queued_jobs=1_000_000, max_text_chars=1_000_000)",
    )
    return Client(stack.base_url, key)


def throughput(client: Client, processes: int, count: int) -> list[Row]:
    """`count` sentences through the queue and through bare engines, in turn: A B A, the mean of both A."""
    texts = sentences(count)
    for text in texts[:2] * processes:
        client.finished(client.order(text))

    def platform() -> tuple[float, float]:
        began = time.monotonic()
        uuids = [client.order(text) for text in texts]
        jobs = [client.finished(uuid, pause=0.05) for uuid in uuids]
        return time.monotonic() - began, sum(job["duration"] for job in jobs)

    bare_first, audio = bare_seconds(texts, processes)
    ours, our_audio = platform()
    bare_second, _ = bare_seconds(texts, processes)
    bare = (bare_first + bare_second) / 2
    return [
        {"what": f"bare engine, {processes} processes, {count} sentences", "value": bare, "unit": "s"},
        {"what": "audio per second, bare", "value": audio / bare, "unit": "s/s"},
        {"what": f"platform, {processes} workers, {count} sentences", "value": ours, "unit": "s"},
        {"what": "audio per second, platform", "value": our_audio / ours, "unit": "s/s"},
        {"what": "platform ÷ bare throughput", "value": bare / ours, "unit": "", "target": ">= 0.9"},
    ]


def long_text_seconds(client: Client, characters: int, model: str) -> float:
    """Seconds from ordering a long text to its finished file, with the model loaded in every worker."""
    warm = [client.order(sentence, model=model, voice="") for sentence in sentences(6)]
    for uuid in warm:
        client.finished(uuid)
    began = time.monotonic()
    client.finished(client.order(long_text(characters), model=model, voice=""))
    return time.monotonic() - began


def accepted_to_running(client: Client, count: int) -> list[Row]:
    """From the job's row to its first worker, with idle workers and the fake engine."""
    waits = []
    for number in range(count):
        job = client.finished(client.order(f"Number {number}.", model="fake", voice="tone"), pause=0.02)
        started, created = (datetime.fromisoformat(job[name]) for name in ("started_at", "created_at"))
        waits.append((started - created).total_seconds() * 1000)
        time.sleep(0.1)
    return [
        {
            "what": "accepted → running, p50",
            "value": statistics.median(waits),
            "unit": "ms",
            "target": "<= 50",
        },
        {"what": "accepted → running, p95", "value": percentile(waits, 0.95), "unit": "ms"},
    ]


def submits(make_client: Callable[[], Client], count: int, callers: int) -> list[Row]:
    """`POST /v1/tts/` alone one after another, then with several callers at once."""
    client = make_client()
    alone = []
    for number in range(count):
        began = time.monotonic()
        client.order(f"Number {number}.", model="fake", voice="tone")
        alone.append((time.monotonic() - began) * 1000)
    together: list[float] = []

    def call(number: int) -> None:
        own = make_client()
        for turn in range(count // callers):
            began = time.monotonic()
            own.order(f"Caller {number}, turn {turn}.", model="fake", voice="tone")
            together.append((time.monotonic() - began) * 1000)

    threads = [threading.Thread(target=call, args=[n]) for n in range(callers)]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.monotonic() - began
    return [
        {"what": "POST /v1/tts/, one caller, p50", "value": statistics.median(alone), "unit": "ms"},
        {"what": "POST /v1/tts/, one caller, p95", "value": percentile(alone, 0.95), "unit": "ms"},
        {"what": f"POST /v1/tts/, {callers} callers, p95", "value": percentile(together, 0.95), "unit": "ms"},
        {"what": f"submits a second, {callers} callers", "value": len(together) / took, "unit": "/s"},
    ]


def run(
    *, sentences_count: int = 50, characters: int = 10_000, posts: int = 200, model: str = "piper"
) -> list[Row]:
    """All of it; `model` speaks the long text. Takes some minutes on two cores."""
    rows: list[Row] = []
    seconds: dict[int, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        for workers in (1, 2):
            with LiveStack(Path(folder) / f"w{workers}", speech_workers=workers, durable=True) as stack:
                client = unlimited_client(stack)
                seconds[workers] = long_text_seconds(client, characters, model)
                if workers == 2:
                    key, url = key_of(client), stack.base_url
                    rows += throughput(client, workers, sentences_count)
                    rows += accepted_to_running(client, 30)
                    rows += submits(lambda url=url, key=key: Client(url, key), posts, 8)  # type: ignore[misc]
    what = f"{characters:,} characters with {model}"
    return [
        *rows,
        {"what": f"{what}, 1 worker", "value": seconds[1], "unit": "s"},
        {"what": f"{what}, 2 workers", "value": seconds[2], "unit": "s"},
        {"what": "2 workers ÷ 1", "value": seconds[1] / seconds[2], "unit": "×", "target": ">= 1.6"},
    ]


def key_of(client: Client) -> str:
    """The API key a client sends."""
    return str(client.session.headers["Authorization"]).removeprefix("Bearer ")
