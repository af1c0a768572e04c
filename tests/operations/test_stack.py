"""The running platform: it says that it is ready, and what its worker processes counted is on the page of the web process."""

from __future__ import annotations

import time
from pathlib import Path

import requests
from prometheus_client.parser import text_string_to_metric_families
from ttsplatform_client import Client

from tests.stacks import LiveStack


def test_a_running_platform_is_ready_and_counts_in_all_processes(stack: LiveStack, tmp_path: Path) -> None:
    ready = requests.get(f"{stack.base_url}/readyz", timeout=30)
    assert (ready.status_code, ready.json()["status"]) == (200, "ready"), ready.text
    before = counted(stack)
    assert before["tts_worker_processes", "speech-cpu"] >= 2
    assert before["tts_live_slots", ""] > 0
    with Client(stack.account(), stack.base_url) as client:
        client.speak("Hello there.", tmp_path / "a.wav", model="fake", voice="tone")
        assert list(client.stream("Hello there.", model="fake", voice="tone"))
    deadline = time.monotonic() + 60
    wanted = [
        ("tts_engine_audio_seconds_total", "fake"),
        ("tts_first_audio_seconds_count", "fake"),
        ("tts_step_wait_seconds_count", "speech-cpu"),
        ("tts_jobs_ended_total", "speech completed"),
    ]
    while not all(counted(stack).get(name, 0) > before.get(name, 0) for name in wanted):
        assert time.monotonic() < deadline, counted(stack)
        time.sleep(0.5)


def counted(stack: LiveStack) -> dict[tuple[str, str], float]:
    """The page: (sample, values of its labels) -> value."""
    page = requests.get(f"{stack.base_url}/metrics", timeout=30).text
    families = text_string_to_metric_families(page)
    return {
        (each.name, " ".join(each.labels.values())): each.value
        for family in families
        for each in family.samples
    }
