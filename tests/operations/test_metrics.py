"""/metrics: what it says after work was done, who may read it, and that the dashboard asks for nothing that is not there."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from django.test import Client, override_settings
from prometheus_client.parser import text_string_to_metric_families

from apps.jobs import services
from apps.jobs.speech import SpeechRequest
from apps.media.store import media_store
from apps.operations import gauges
from apps.webhooks.sending import Sender
from apps.webhooks.services import endpoint_create, endpoint_test
from tests.base import PlatformTest, PlatformTransactionTest
from tests.jobs.orders import QUEUE, submitted
from ttsplatform import counting
from workers.engines import registry
from workers.runtime.host import ModelHost
from workers.runtime.runner import Runner

REPOSITORY = Path(__file__).resolve().parents[2]


def scraped(client: Client | None = None) -> dict[str, dict[tuple[tuple[str, str], ...], float]]:
    """The page as Prometheus reads it: sample -> labels -> value."""
    answer = (client or Client()).get("/metrics")
    assert answer.status_code == 200, answer.content
    found: dict[str, dict[tuple[tuple[str, str], ...], float]] = {}
    for family in text_string_to_metric_families(answer.content.decode()):
        for sample in family.samples:
            found.setdefault(sample.name, {})[tuple(sorted(sample.labels.items()))] = sample.value
    return found


def value(page: dict[str, Any], name: str, **labels: str) -> float:
    return page.get(name, {}).get(tuple(sorted(labels.items())), 0.0)


class WorkTest(PlatformTransactionTest):
    def test_work_shows(self) -> None:
        folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.enterContext(override_settings(VAR_DIR=folder, MEDIA_DIR=folder / "media", MEDIA_STORE="local"))
        media_store.cache_clear()
        self.addCleanup(media_store.cache_clear)
        runner = Runner("test", ModelHost(lambda model_id: registry.load(model_id)))
        self.addCleanup(runner.close)
        before = scraped()
        request = asdict(SpeechRequest("Hello there. How are you?", "fake", "tone", "en", "wav", 1.0))
        submitted(self.alice_key, 25, request=request)
        waiting = submitted(self.alice_key, 25, request=request)
        queued = scraped()
        self.assertEqual(value(queued, "tts_queue_steps", queue=QUEUE, state="queued"), 2)
        self.assertEqual(value(queued, "tts_jobs_unfinished", status="queued"), 2)
        self.assertGreater(value(queued, "tts_queue_oldest_wait_seconds", queue=QUEUE), 0)
        self.assertTrue(runner.run_next(QUEUE))
        services.job_cancel(waiting.pk)
        after = scraped()

        def gained(name: str, **labels: str) -> float:
            return value(after, name, **labels) - value(before, name, **labels)

        self.assertEqual(gained("tts_steps_total", kind="speech", outcome="done"), 1)
        self.assertEqual(gained("tts_step_wait_seconds_count", queue=QUEUE), 1)
        self.assertEqual(gained("tts_step_duration_seconds_bucket", kind="speech", le="+Inf"), 1)
        self.assertEqual(gained("tts_jobs_ended_total", kind="speech", status="completed"), 1)
        self.assertEqual(gained("tts_jobs_ended_total", kind="speech", status="canceled"), 1)
        self.assertGreater(gained("tts_engine_audio_seconds_total", model="fake"), 0.5)
        self.assertGreater(gained("tts_engine_busy_seconds_total", model="fake"), 0)
        self.assertEqual(value(after, "tts_queue_steps", queue=QUEUE, state="queued"), 0)
        self.assertEqual(value(after, "tts_source_up", source="database"), 1)

    def test_a_receiver_that_is_away_shows(self) -> None:
        before = scraped()
        with override_settings(WEBHOOK_ALLOW=["127.0.0.1"]):
            endpoint_test(endpoint_create(self.account, url="http://127.0.0.1:9/hook"))
            Sender().drain()
        after = scraped()
        tries = {
            labels: amount - before.get("tts_webhook_attempts_total", {}).get(labels, 0)
            for labels, amount in after["tts_webhook_attempts_total"].items()
        }
        self.assertEqual(sum(tries.values()), 1)
        self.assertEqual(tries.get((("outcome", "accepted"),), 0), 0)


class RequestsTest(PlatformTest):
    def test_requests_are_counted_by_pattern_and_errors_by_code(self) -> None:
        before = scraped()
        for job_id in ("0" * 32, "1" * 32):
            self.assertEqual(self.as_alice.get(f"/v1/jobs/{job_id}").status_code, 404)
        self.as_nobody.get("/no/such/path/4711")
        after = scraped()
        route = {"method": "GET", "route": "v1/jobs/<job_id>", "status": "404"}
        self.assertEqual(
            value(after, "tts_http_requests_total", **route)
            - value(before, "tts_http_requests_total", **route),
            2,
        )
        self.assertGreaterEqual(
            value(after, "tts_http_requests_total", method="GET", route="none", status="404"), 1
        )
        gained = value(after, "tts_errors_total", code="not_found") - value(
            before, "tts_errors_total", code="not_found"
        )
        self.assertEqual(gained, 3)
        for word in ("4711", "0" * 32, self.alice_key[7:15]):
            # In no label; the amounts have digits enough for anything.
            self.assertNotIn(word, str([list(labels) for labels in after.values()]))

    def test_an_unnamed_method_makes_no_series_of_its_own(self) -> None:
        Client().generic("BREW", "/healthz")
        self.assertNotIn("BREW", str(scraped()["tts_http_requests_total"]))

    def test_who_may_read_it(self) -> None:
        elsewhere = Client(REMOTE_ADDR="10.1.2.3")
        self.assertEqual(elsewhere.get("/metrics").status_code, 403)
        self.assertEqual(Client(REMOTE_ADDR="::1").get("/metrics").status_code, 200)
        self.assertEqual(Client().get("/metrics", headers={"X-Forwarded-For": "10.1.2.3"}).status_code, 403)
        with override_settings(EMBEDDED=False):
            self.assertEqual(Client().get("/metrics").status_code, 403)
        with override_settings(METRICS_TOKEN="a-token"):
            for words in (
                "",
                "Bearer",
                "Bearer a-toke",
                "Bearer a-token2",
                "Basic a-token",
                f"Bearer {self.alice_key}",
            ):
                answer = Client().get("/metrics", headers={"Authorization": words})
                self.assertEqual(answer.status_code, 401, words)
            answer = elsewhere.get("/metrics", headers={"Authorization": "Bearer a-token"})
            self.assertEqual(answer.status_code, 200)

    def test_without_valkey_the_rest_is_told(self) -> None:
        with override_settings(REDIS_URL="redis://127.0.0.1:1/0"):
            page = scraped()
        self.assertEqual(value(page, "tts_source_up", source="valkey"), 0)
        self.assertEqual(value(page, "tts_source_up", source="database"), 1)
        self.assertIn("tts_jobs_unfinished", page)
        self.assertNotIn("tts_worker_processes", page)


def test_what_other_processes_count_is_there_after_they_have_ended() -> None:
    script = "import django; django.setup(); from ttsplatform.counting import count, observe; "
    script += "[count('tts_steps', kind='test', outcome='apart') for _ in range(3)]; "
    script += "observe('tts_step_duration_seconds', 0.3, kind='apart')"
    before = counting.counted()["tts_steps"].get(("test", "apart"), 0)
    for _ in range(2):
        subprocess.run([sys.executable, "-c", script], cwd=REPOSITORY, check=True)
    assert counting.counted()["tts_steps"]["test", "apart"] - before == 6
    assert counting.counted()["tts_step_duration_seconds"]["apart", "0.5"] % 2 == 0


def test_counts_wait_for_a_valkey_that_is_away() -> None:
    counts = counting.Counts()
    with override_settings(REDIS_URL="redis://127.0.0.1:1/0"):
        counts.add({("tts_steps", ("test", "later")): 2.0})
        counts.flush()
    before = counting.counted()["tts_steps"].get(("test", "later"), 0)
    counts.flush()
    assert counting.counted()["tts_steps"]["test", "later"] - before == 2


@pytest.mark.django_db
def test_the_dashboard_asks_only_for_metrics_that_there_are() -> None:
    board = json.loads((REPOSITORY / "docker/grafana/dashboard.json").read_text())
    asked = {
        name
        for panel in board["panels"]
        for target in panel["targets"]
        for name in re.findall(r"\btts_\w+", target["expr"])
    }
    there = {name for name, what in counting.COUNTED.items() if not what.buckets}
    there = {f"{name}_total" for name in there} | {"tts_source_up"}
    there |= {f"{name}_bucket" for name, what in counting.COUNTED.items() if what.buckets}
    found = [*gauges.of_database(), *gauges.of_valkey(), *gauges.of_storage()]
    there |= {gauge.name for gauge in found}
    assert asked <= there, asked - there
    assert there <= asked, f"no panel shows {there - asked}"
    assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])
