"""Staff pull a model: once, with its progress, and with the reason where it fails.

The pulls are real processes. Those of the toy fetch from a server of the test; the hub of the others is not there.
"""

from __future__ import annotations

import hashlib
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from unittest import mock

import redis
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.test import override_settings

from apps.accounts.models import User
from apps.live import wire
from apps.operations import pulling
from apps.operations.pulling import Puller, pull_ask, pulls
from tests.base import PlatformTest
from tests.console.base import browser, words
from workers.engines import store
from workers.engines.catalogue import catalogue

from .toy_pull import BYTES, toys

CONTENT = bytes(range(256)) * (BYTES // 256)
SHA256 = hashlib.sha256(CONTENT).hexdigest()
PAGE, ORDER = "/admin/models/", "/admin/models/pull/"
HUB_MODEL = next(
    model.id
    for model in catalogue().models.values()
    if model.weights
    and catalogue().weights[model.weights].hub
    and not catalogue().weights[model.weights].files
)


def forget(*models: str) -> None:
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        client.delete(*(f"models:pull:{model}" for model in models))


def until(true: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not come true"
        time.sleep(0.05)


class Publisher(ThreadingHTTPServer):
    """Serves CONTENT; the second half only once `rest` is set."""

    daemon_threads = True

    def __init__(self) -> None:
        self.rest, self.asked = threading.Event(), 0
        publisher = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                publisher.asked += 1
                self.send_response(200)
                self.send_header("Content-Length", str(len(CONTENT)))
                self.end_headers()
                self.wfile.write(CONTENT[: BYTES // 2])
                publisher.rest.wait(60)
                self.wfile.write(CONTENT[BYTES // 2 :])

            def log_message(self, *_: object) -> None: ...

        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()


class PullTest(PlatformTest):
    def setUp(self) -> None:
        super().setUp()
        self.staff = self.as_staff()
        self.root = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.enterContext(override_settings(MODELS_DIR=self.root))
        self.enterContext(mock.patch.object(pulling, "LOOK_SECONDS", 0.1))
        self.enterContext(mock.patch.object(pulling, "REST_SECONDS", 0.1))
        self.puller = Puller("worker@test")
        forget("toy", HUB_MODEL)
        self.addCleanup(forget, "toy", HUB_MODEL)

    def toy(self, sha256: str = SHA256) -> Publisher:
        server = Publisher()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        self.addCleanup(server.rest.set)
        address = f"http://127.0.0.1:{server.server_port}/toy"
        self.enterContext(mock.patch.object(store, "catalogue", return_value=toys(address, sha256)))
        command = (sys.executable, "-m", "tests.operations.toy_pull")
        self.enterContext(mock.patch.object(pulling, "COMMAND", command))
        names = {"TOY_ADDRESS": address, "TOY_SHA256": sha256, "HF_HUB_OFFLINE": "1"}
        self.enterContext(mock.patch.dict("os.environ", names))
        return server

    def test_two_orders_are_one_pull_whose_progress_is_told(self) -> None:
        server = self.toy()
        self.assertTrue(pull_ask("toy", by="staff"))
        self.assertFalse(pull_ask("toy", by="somebody else"))
        pullers = [threading.Thread(target=self.puller.work, args=[["toy"]]) for _ in range(2)]
        for each in pullers:
            each.start()
        until(lambda: pulls(["toy"])["toy"].done >= BYTES // 4)
        half = pulls(["toy"])["toy"]
        self.assertEqual((half.state, half.by, half.total), ("running", "staff", BYTES))
        self.assertIn("fetching", half.said)
        self.assertFalse(pull_ask("toy", by="somebody else"))
        server.rest.set()
        for each in pullers:
            each.join(60)
        ended = pulls(["toy"])["toy"]
        self.assertEqual((ended.state, ended.done, server.asked), ("done", BYTES, 1))
        self.assertTrue(store.is_installed("toy", models_dir=self.root))
        self.assertEqual(self.puller.work(["toy"]), 0)

    def test_a_file_that_is_not_the_expected_one_is_told_and_may_be_tried_again(self) -> None:
        server = self.toy("0" * 64)
        server.rest.set()
        pull_ask("toy", by="staff")
        self.puller.start(["toy"])
        until(lambda: pulls(["toy"])["toy"].state == "failed")
        said = pulls(["toy"])["toy"].said
        self.assertTrue(said.startswith("toy: toy.bin does not have the sha256"), said)
        self.assertFalse(store.is_installed("toy", models_dir=self.root))
        self.assertTrue(pull_ask("toy", by="staff"))

    def test_a_puller_that_is_gone_keeps_nobody_from_ordering_again(self) -> None:
        with mock.patch.object(pulling, "_RUNNING_SECONDS", 1), mock.patch.object(pulling, "_pull"):
            pull_ask(HUB_MODEL, by="staff")
            self.assertEqual(self.puller.work([HUB_MODEL]), 1)
        until(lambda: pull_ask(HUB_MODEL, by="staff"), 10)

    def test_a_drained_worker_pulls_nothing(self) -> None:
        pull_ask(HUB_MODEL, by="staff")
        with redis.Redis.from_url(settings.REDIS_URL) as client, mock.patch.object(pulling, "_pull"):
            client.sadd(wire.DRAINED, "worker@test")
            self.assertEqual(self.puller.work([HUB_MODEL]), 0)
            client.srem(wire.DRAINED, "worker@test")
            self.assertEqual(self.puller.work([HUB_MODEL]), 1)

    def test_a_hub_that_is_away_is_told_on_the_page(self) -> None:
        page = words(self.staff.get(PAGE))
        self.assertIn(f"Pull {catalogue().models[HUB_MODEL].name}", page)
        answer = self.staff.post(ORDER, {"model": HUB_MODEL})
        self.assertEqual((answer.status_code, answer["Location"]), (302, PAGE))
        self.staff.post(ORDER, {"model": HUB_MODEL})
        entry = LogEntry.objects.get(object_repr=f"model {HUB_MODEL}")
        self.assertEqual(str(entry.user), "staff@example.com")
        self.assertIn("waits for a worker", words(self.staff.get(PAGE)))
        half = pulling.Pull("running", "staff", time.time(), done=3_000_000, total=6_000_000, said="fetching")
        with mock.patch("apps.operations.offering.pulls", return_value={HUB_MODEL: half}):
            self.assertIn('<progress max="100" value="50"', self.staff.get(PAGE).content.decode())
        with mock.patch.dict("os.environ", {"HF_ENDPOINT": "http://127.0.0.1:9", "HF_HUB_OFFLINE": "1"}):
            self.puller.work([HUB_MODEL])
        page = words(self.staff.get(PAGE))
        self.assertIn("The pull failed.", page)
        self.assertIn("from the model hub", page)
        self.assertIn("The pull failed.", self.staff.get("/admin/models.json").json()["html"])

    def test_who_may(self) -> None:
        clerk = browser(User.objects.create_user("clerk@example.com", is_staff=True))
        self.assertNotIn("Pull ", words(clerk.get(PAGE)).split("Packages")[1])
        self.assertEqual(clerk.post(ORDER, {"model": HUB_MODEL}).status_code, 403)
        self.assertEqual(browser(self.alice).post(ORDER, {"model": HUB_MODEL}).status_code, 302)
        for path in (PAGE, "/admin/models.json"):
            self.assertEqual(browser(self.alice).get(path).status_code, 302)
        for name in ("", "nonsense", "fake"):
            self.assertEqual(self.staff.post(ORDER, {"model": name}).status_code, 404, name)
        self.assertEqual(self.staff.get(ORDER).status_code, 405)
        self.assertEqual(pulls([HUB_MODEL]), {})

    def test_without_valkey_the_page_says_so(self) -> None:
        with override_settings(REDIS_URL="redis://127.0.0.1:1/0"):
            self.assertIn("Valkey does not answer", words(self.staff.get(PAGE)))
            answer = self.staff.post(ORDER, {"model": HUB_MODEL}, follow=True)
        self.assertIn("Try again when it does", words(answer))
