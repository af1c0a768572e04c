"""The embedded PostgreSQL and Valkey keep what they are given, whatever happens to them."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest
import redis

from tests.servers import remove
from ttsplatform.embedded.postgres import Postgres
from ttsplatform.embedded.process import StartError
from ttsplatform.embedded.valkey import Valkey


@pytest.fixture
def folder(run_folder: Path, request: pytest.FixtureRequest):
    place = run_folder / request.node.name
    yield place
    remove(place)


def make_postgres(folder: Path) -> Postgres:
    return Postgres(folder / "postgres", folder / "log" / "postgres.log", password="secret", durable=False)


def test_postgres_keeps_its_data_over_a_crash_and_a_new_start(folder: Path) -> None:
    first = make_postgres(folder)
    first.start()
    first.ensure_database("shop")
    first.ensure_database("shop")  # a second call finds it there
    with psycopg.connect(first.url("shop")) as connection:
        connection.execute("CREATE TABLE orders AS SELECT 42 AS number")
    first.kill()
    second = make_postgres(folder)  # as a new supervisor would; another port
    second.start()
    try:
        with psycopg.connect(second.url("shop")) as connection:
            assert connection.execute("SELECT number FROM orders").fetchone() == (42,)
    finally:
        second.stop()


def test_postgres_is_closed_to_those_without_its_password(folder: Path) -> None:
    server = make_postgres(folder)
    server.start()
    try:
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(server.url("postgres").replace("secret", "guess"))
    finally:
        server.stop()


def test_postgres_starts_where_a_pid_file_names_a_stranger(folder: Path) -> None:
    server = make_postgres(folder)
    server.start()
    pid_file = server.data / "postmaster.pid"
    text = pid_file.read_text().splitlines()
    server.kill()
    pid_file.write_text("\n".join(["1", *text[1:]]) + "\n")  # process 1 is always there, and never ours
    server.start()
    server.stop()


def test_an_orphaned_postgres_is_replaced(folder: Path) -> None:
    orphan, server = make_postgres(folder), make_postgres(folder)
    orphan.start()
    server.start()
    try:
        orphan.wait_stopped()
        assert not orphan.running
        with psycopg.connect(server.url("postgres")) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
    finally:
        server.stop()


def test_data_of_another_postgres_are_refused_and_left_alone(folder: Path) -> None:
    server = make_postgres(folder)
    server.start()
    server.stop()
    (server.data / "PG_VERSION").write_text("12\n")
    with pytest.raises(StartError, match="PostgreSQL 12"):
        server.start()


def test_valkey_keeps_its_data_over_a_crash(folder: Path) -> None:
    server = Valkey(folder / "valkey", folder / "log" / "valkey.log", password="secret")
    server.start()
    client = redis.Redis.from_url(server.url)
    client.set("colour", "green")
    client.execute_command("WAITAOF", 1, 0, 5000)
    server.kill()
    server.restart()
    try:
        assert client.get("colour") == b"green"
        assert client.config_get("maxmemory-policy")["maxmemory-policy"] == "noeviction"
        with pytest.raises(redis.AuthenticationError):
            redis.Redis(port=server.port).ping()
    finally:
        server.stop()
