"""Engines are loaded once for all tests of this folder."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

# As in workers: what is missing on the disk is missing, and nothing is looked for elsewhere.
os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TRANSFORMERS_OFFLINE", "1")

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
