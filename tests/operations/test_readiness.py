"""/healthz and /readyz: what load balancers see when all is well, when something is missing and when it hangs."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import pytest
import redis
from botocore.exceptions import ClientError
from django.conf import settings
from django.db import connection
from django.test import Client, TestCase, override_settings
from moto.server import ThreadedMotoServer

from apps.media.store import LocalStore, S3Store
from apps.operations.checks import Amiss, Check
from apps.operations.readiness import Readiness
from workers.runtime.presence import Presence

CHECKS = {"database", "migrations", "valkey", "broker", "storage", "workers"}


@contextlib.contextmanager
def mute_server() -> Iterator[int]:
    """A port that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


@contextlib.contextmanager
def workers() -> Iterator[None]:
    """Workers for all queues, as far as their presence goes."""
    with Presence("worker", ["speech-cpu", "tools", "io"]), Presence("live", ["live"]):
        client = redis.Redis.from_url(settings.REDIS_URL)
        until = time.monotonic() + 5
        while len(list(client.scan_iter("presence:*"))) < 2 and time.monotonic() < until:
            time.sleep(0.01)
        yield


class ReadinessTest(TestCase):
    def setUp(self) -> None:
        client = redis.Redis.from_url(settings.REDIS_URL)
        for key in client.scan_iter("presence:*"):
            client.delete(key)

    def test_the_process_answers_without_asking_anybody(self) -> None:
        with patch.object(connection, "cursor", side_effect=AssertionError("asked the database")):
            answer = Client().get("/healthz")
        self.assertEqual((answer.status_code, answer.json()), (200, {"status": "ok"}))

    def test_all_is_well(self) -> None:
        with workers():
            answer = Client().get("/readyz")
        body = answer.json()
        self.assertEqual((answer.status_code, body["status"]), (200, "ready"), body)
        self.assertEqual(set(body["checks"]), CHECKS)
        for check in body["checks"].values():
            self.assertEqual(set(check), {"ok", "ms"})
        self.assertEqual(answer["Cache-Control"], "no-store")

    def test_without_workers_it_says_which_and_what_to_do(self) -> None:
        answer = Client().get("/readyz")
        body = answer.json()
        self.assertEqual((answer.status_code, body["status"]), (503, "not_ready"))
        self.assertEqual([name for name, check in body["checks"].items() if not check["ok"]], ["workers"])
        self.assertIn("io, live, speech-cpu, tools", body["checks"]["workers"]["problem"])
        self.assertIn("READY_QUEUES", body["checks"]["workers"]["remedy"])
        with override_settings(READY_QUEUES=[]):
            self.assertEqual(Client().get("/readyz").status_code, 200)

    def test_a_migration_that_was_not_applied(self) -> None:
        known = frozenset({("jobs", "0001_initial"), ("jobs", "9999_from_tomorrow")})
        with (
            patch("apps.operations.checks._migrations_known", return_value=known),
            override_settings(READY_QUEUES=[]),
        ):
            answer = Client().get("/readyz")
        self.assertEqual(answer.status_code, 503)
        self.assertEqual(
            answer.json()["checks"]["migrations"]["problem"], "1 migrations have not been applied"
        )

    def test_servers_that_are_away_or_hang_cost_bounded_time_and_name_no_host(self) -> None:
        with mute_server() as port:
            mute = f"redis://:hidden-word@127.0.0.1:{port}/0"
            with override_settings(REDIS_URL=mute):
                began = time.monotonic()
                answer = Client().get("/readyz")
        self.assertLess(time.monotonic() - began, 10)  # two, on a machine with nothing else to do
        checks = answer.json()["checks"]
        self.assertEqual(answer.status_code, 503)
        self.assertEqual({name for name, check in checks.items() if not check["ok"]}, {"valkey", "workers"})
        for word in ("hidden-word", "127.0.0.1", str(port)):
            self.assertNotIn(word, json.dumps(checks))

    def test_it_is_not_counted_against_any_limit(self) -> None:
        for _ in range(40):  # the free plan has fewer a minute
            self.assertEqual(Client(REMOTE_ADDR="10.9.9.9").get("/healthz").status_code, 200)


def test_whoever_asks_meanwhile_waits_for_the_same_check() -> None:
    runs: list[int] = []
    go_on = threading.Event()

    def hangs() -> None:
        runs.append(1)
        go_on.wait(30)

    ready = Readiness({"slow": Check(hangs, "Wait.")}, seconds=0.2)
    for _ in range(3):
        assert ready.report()["checks"]["slow"]["problem"] == "does not answer within 0.2 seconds"
    assert len(runs) == 1
    go_on.set()
    until = time.monotonic() + 5
    while ready.report()["status"] != "ready" and time.monotonic() < until:
        time.sleep(0.01)
    assert ready.report()["status"] == "ready"


def test_only_words_that_were_meant_for_it_are_told() -> None:
    def leaks() -> None:
        raise RuntimeError("password=secret host=db.internal")

    def says() -> None:
        raise Amiss("there are too few")

    found = Readiness({"leaks": Check(leaks, "Mend it."), "says": Check(says, "More.")}).report()["checks"]
    assert found["leaks"]["problem"] == "does not answer"
    assert found["says"]["problem"] == "there are too few"


def test_a_local_store_that_cannot_be_written_is_amiss(tmp_path: Path) -> None:
    LocalStore(tmp_path / "new").check()
    assert list((tmp_path / "new").iterdir()) == []
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError):
        LocalStore(tmp_path / "file").check()


def test_a_bucket_that_is_not_there_is_amiss() -> None:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    try:
        host, port = server.get_host_and_port()
        store = S3Store(
            "missing",
            endpoint_url=f"http://{host}:{port}",
            region_name="us-east-1",
            access_key="a",
            secret_key="b",
        )
        with pytest.raises(ClientError, match="404"):
            store.check()
        store.storage.connection.create_bucket(Bucket="missing")
        store.check()
    finally:
        server.stop()
