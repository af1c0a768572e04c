"""What the platform stands on, one check each. A check returns when all is well and raises `Amiss` or anything else.

None waits longer than `SECONDS` by itself where its client lets one say so; apps.operations.readiness bounds the rest.
What an exception says never leaves the house: it may name hosts. What does is written here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import psycopg
import redis
from django.conf import settings
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from apps.media.store import media_store
from ttsplatform.celery import app
from workers.runtime.presence import present

SECONDS = 2.0


class Amiss(Exception):
    """A check that can say itself what is wrong, in words that anybody may read."""


@dataclass(frozen=True)
class Check:
    """`remedy`: what an operator does where it fails."""

    run: Callable[[], None]
    remedy: str


def database() -> None:
    """PostgreSQL answers a new connection, so that neither our pool nor a connection that hangs is in the way."""
    with _connected() as fresh:
        fresh.execute("SELECT 1")


def migrations() -> None:
    """Every migration of this code has been applied."""
    with _connected() as fresh:
        applied = {
            (app_label, name) for app_label, name in fresh.execute("SELECT app, name FROM django_migrations")
        }
    missing = len(_migrations_known() - applied)
    if missing:
        raise Amiss(f"{missing} migrations have not been applied")


def valkey() -> None:
    """The Valkey (or Redis) of limits, events and presence answers."""
    with redis.Redis.from_url(
        settings.REDIS_URL, socket_connect_timeout=SECONDS, socket_timeout=SECONDS
    ) as client:
        client.ping()


def broker() -> None:
    """The broker of Celery's hints answers. (Opening a channel to a Redis pings it.)"""
    options = {
        **app.conf.broker_transport_options,
        "socket_connect_timeout": SECONDS,
        "socket_timeout": SECONDS,
    }
    with app.connection_for_write(connect_timeout=SECONDS, transport_options=options) as opened:
        opened.default_channel.close()


def storage() -> None:
    """The store takes and gives back."""
    media_store().check()


def workers() -> None:
    """Each of settings.READY_QUEUES has a living worker."""
    served = {queue for state in present() for queue in state["queues"]}
    unserved = sorted(set(settings.READY_QUEUES) - served)
    if unserved:
        raise Amiss(f"no worker serves {', '.join(unserved)}")


CHECKS: Mapping[str, Check] = {
    "database": Check(database, "Start PostgreSQL, or correct DATABASE_URL."),
    "migrations": Check(migrations, "Run: python manage.py migrate"),
    "valkey": Check(valkey, "Start Valkey, or correct REDIS_URL."),
    "broker": Check(broker, "Start the broker, or correct BROKER_URL."),
    "storage": Check(
        storage, "Make room and let the web process write in MEDIA_DIR; with S3, look at the S3_… variables."
    ),
    "workers": Check(
        workers,
        "Start a worker for each queue of READY_QUEUES (docs/running.md), or take the queue out of it.",
    ),
}


def _connected() -> psycopg.Connection[Any]:
    """A connection of its own to Django's database, which ends by itself what takes too long."""
    values = connection.get_connection_params()
    names = ("dbname", "user", "password", "host", "port")
    parameters = {name: values[name] for name in names if values.get(name)}
    return psycopg.connect(
        **parameters, connect_timeout=int(SECONDS), options=f"-c statement_timeout={int(SECONDS * 1000)}"
    )


@lru_cache(maxsize=1)
def _migrations_known() -> frozenset[tuple[str, str]]:
    return frozenset(MigrationLoader(None).disk_migrations)
