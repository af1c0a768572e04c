"""Engines are loaded once for all tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from workers.engines.base import Engine
from workers.engines.registry import load


@pytest.fixture(scope="session")
def kokoro() -> Iterator[Engine]:
    engine = load("kokoro", threads=2)
    yield engine
    engine.close()


@pytest.fixture(scope="session")
def piper() -> Iterator[Engine]:
    engine = load("piper", threads=2)
    yield engine
    engine.close()
