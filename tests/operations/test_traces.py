"""One order's trace: from the caller's traceparent through the web process and a worker to the engine and the webhook.

The processes are real ones: uvicorn, and a worker in a process of its own; what they log is looked at too.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import requests
from django.db import connection
from django.test import override_settings

from tests.base import PlatformTransactionTest
from tests.receiver import Receiver
from ttsplatform import tracing
from ttsplatform.embedded.places import free_port
from ttsplatform.embedded.process import guarded

from .otlp import Collector

REPOSITORY = Path(__file__).resolve().parents[2]
TRACE, LIVE_TRACE = "0af7651916cd43dd8448eb211c80319c", "1bf7651916cd43dd8448eb211c80319c"
# A worker of everything, in one process: live sessions, steps until one was done, then webhooks.
WORKER = """
import threading, time
import django
django.setup()
from apps.webhooks.sending import Sender
from ttsplatform import tracing
from workers.engines import registry
from workers.runtime.host import ModelHost
from workers.runtime.live import LiveWorker
from workers.runtime.runner import Runner
tracing.role = "worker"
host = ModelHost(registry.load)
live = LiveWorker(host, 2)
threading.Thread(target=live.run, daemon=True).start()
print("ready", flush=True)
runner = Runner("test", host)
while not runner.run_next("speech-cpu"):
    time.sleep(0.05)
Sender().drain()
tracing.flush()
input()
live.stop()
"""


class TracesTest(PlatformTransactionTest):
    def start(self, command: list[str], **environment: str) -> tuple[subprocess.Popen[str], Path]:
        """A process on the databases of this test, and the file of its log lines."""
        log = self.folder / f"{len(list(self.folder.iterdir()))}.log"
        database = connection.settings_dict
        name = f"{os.environ['DATABASE_URL'].partition('?')[0].rsplit('/', 1)[0]}/{database['NAME']}"
        query = os.environ["DATABASE_URL"].partition("?")[2]
        process = subprocess.Popen(
            guarded([sys.executable, *command]),
            cwd=REPOSITORY,
            env={
                **os.environ,
                "DATABASE_URL": f"{name}?{query}" if query else name,
                "MEDIA_DIR": str(self.folder / "media"),
                "LOG_JSON": "true",
                "FAKE_ENGINE": "true",
                "WEBHOOK_ALLOW": "127.0.0.1",
                "OTEL_BSP_SCHEDULE_DELAY": "200",
                **environment,
            },
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log.open("w"),
            text=True,
        )
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process, log

    def test_one_order_is_one_trace_in_all_processes(self) -> None:
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.enterContext(override_settings(WEBHOOK_ALLOW=["127.0.0.1"]))
        collector = self.enterContext(Collector())
        receiver = self.enterContext(Receiver())
        port = free_port()
        web = ["-m", "uvicorn", "ttsplatform.asgi:application", "--port", str(port), "--no-access-log"]
        _, web_log = self.start(web, OTEL_EXPORTER_OTLP_ENDPOINT=collector.url)
        worker, worker_log = self.start(["-c", WORKER], OTEL_EXPORTER_OTLP_ENDPOINT=collector.url)
        assert worker.stdout is not None
        self.assertEqual(worker.stdout.readline(), "ready\n", worker_log.read_text())
        base = f"http://127.0.0.1:{port}"
        until(lambda: answers(f"{base}/healthz"))

        headers = {"Authorization": f"Bearer {self.alice_key}", "X-Request-Id": "req_of_the_tests"}
        order = {"text": "Hello there.", "model": "fake", "voice": "tone"}
        live = requests.post(
            f"{base}/v1/tts/stream/",
            json={**order, "format": "wav"},
            headers={**headers, "traceparent": f"00-{LIVE_TRACE}-b7ad6b7169203331-01"},
            timeout=60,
        )
        self.assertIn("event: done", live.text)
        queued = requests.post(
            f"{base}/v1/tts/",
            json={**order, "webhook_url": receiver.url},
            headers={**headers, "traceparent": f"00-{TRACE}-b7ad6b7169203331-01"},
            timeout=60,
        )
        job_id = queued.json()["uuid"]

        until(lambda: len(collector.of_trace(TRACE)) >= 4 and len(collector.of_trace(LIVE_TRACE)) >= 4)
        spans = collector.of_trace(TRACE)
        request, step = spans["POST v1/tts/"], spans["step speech.speech"]
        self.assertEqual((request.service, request.parent), ("ttsplatform-web", "b7ad6b7169203331"))
        self.assertEqual(request.attributes["http.response.status_code"], 200)
        self.assertEqual((step.service, step.parent), ("ttsplatform-worker", request.id))
        self.assertEqual((step.attributes["job"], step.attributes["outcome"]), (job_id, "done"))
        self.assertGreaterEqual(step.attributes["queue.wait_seconds"], 0)
        self.assertEqual({each.attributes["request_id"] for each in (request, step)}, {"req_of_the_tests"})
        self.assertEqual(spans["engine speak"].parent, step.id)
        self.assertGreater(spans["engine speak"].attributes["audio_seconds"], 0)
        self.assertEqual((spans["webhook"].parent, spans["webhook"].failed), (request.id, False))
        spans = collector.of_trace(LIVE_TRACE)
        turn, session = spans["live turn"], spans["live session"]
        self.assertEqual(turn.parent, spans["POST v1/tts/stream/"].id)
        self.assertEqual((session.service, session.parent), ("ttsplatform-worker", turn.id))
        self.assertEqual(spans["engine speak"].parent, session.id)
        said = json.dumps([dict(span.attributes) for span in collector.spans])
        for private in ("Hello there", self.alice_key[7:15], receiver.url):
            self.assertNotIn(private, said)

        known = {
            "request_id": "req_of_the_tests",
            "trace_id": TRACE,
            "job": job_id,
            "account": str(self.account.pk),
        }
        self.assertLessEqual(known.items(), line_of(web_log, "job ordered").items())
        self.assertLessEqual(known.items(), line_of(worker_log, "step done").items())
        for log in (web_log, worker_log):
            self.assertNotIn(self.alice_key[15:], log.read_text())

    def test_without_a_receiver_nothing_is_imported(self) -> None:
        # (redis-py imports what it finds of OpenTelemetry by itself.)
        script = "import sys, django; django.setup(); import workers.tasks, ttsplatform.asgi; "
        script += "print([name for name in sys.modules if name.startswith('opentelemetry.exporter')])"
        environment = {**os.environ, "OTEL_EXPORTER_OTLP_ENDPOINT": ""}
        done = subprocess.run(
            [sys.executable, "-c", script],
            cwd=REPOSITORY,
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        self.assertEqual(done.stdout, "[]\n")

    def test_a_callers_traceparent_is_taken_only_where_it_is_one(self) -> None:
        good = f"00-{TRACE}-b7ad6b7169203331-01"
        self.assertEqual(tracing.acceptable(good), good)
        for bad in (
            "",
            good[:-1],
            f"ff-{TRACE}-b7ad6b7169203331-01",
            good.replace("b7ad6b7169203331", "0" * 16),
            good + "x",
        ):
            self.assertEqual(tracing.acceptable(bad), "")


def answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=2).status_code == 200
    except requests.ConnectionError:
        return False


def until(done: Callable[[], bool], seconds: float = 90) -> None:
    deadline = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.1)


def line_of(log: Path, event: str) -> dict[str, Any]:
    """The one line with these words that is about a job."""
    lines = [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]
    (found,) = [line for line in lines if line["event"] == event]
    return dict(found)
