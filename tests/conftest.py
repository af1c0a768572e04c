"""Every test runs on a real PostgreSQL and a real Valkey; tests of the whole run on a whole real platform.

Where DATABASE_URL and REDIS_URL are not set, embedded servers are started before Django reads its settings, so
`pytest tests/usage` works anywhere. Tests are kept apart by making accounts of their own, not by clean tables.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers import SessionServers, folder_of_this_run
from tests.stacks import LiveStack, StackFactory

_folder = folder_of_this_run()
_servers = SessionServers(_folder)
_servers.start()
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ttsplatform.settings")

import django  # noqa: E402  (the settings need the servers' addresses)

django.setup()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that start a whole platform are slow ones."""
    for item in items:
        if {"stack", "stack_factory"} & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.slow)


def pytest_unconfigure() -> None:
    _servers.stop()


@pytest.fixture(scope="session")
def run_folder() -> Path:
    """The folder of this run of the tests; it is gone afterwards."""
    return _folder


@pytest.fixture(scope="session")
def stack(run_folder: Path) -> Iterator[LiveStack]:
    """A whole platform for the session: servers, web, two speech workers and reaper of its own."""
    with LiveStack(run_folder / "stack", durable=False) as live:
        yield live


@pytest.fixture
def stack_factory(run_folder: Path) -> Iterator[StackFactory]:
    """Makes platforms to break: each in a folder of its own, on data that outlive a crash."""
    factory = StackFactory(run_folder)
    yield factory
    factory.stop_all()
