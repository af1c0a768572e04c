"""What a pipeline step is given and what it answers. Pipelines know no Django and no queue."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Protocol, TypeVar

from workers.engines.base import Engine

JSON = Any
T = TypeVar("T")


class StepCancelled(Exception):
    """The job was cancelled or the lease was lost: stop and leave nothing behind."""


class Refused(Exception):
    """This recording, or this text, can never be worked on. The message is for the customer; nothing is charged."""


class Files(Protocol):
    """Where a step leaves files. Keys are opaque; each attempt of a step has keys of its own."""

    def put(self, name: str, path: Path) -> str:
        """Move the finished file at `path` into the store under this attempt; returns its key."""
        ...

    def lend(self, name: str, path: Path) -> str:
        """As `put`, for what only later steps need: it is deleted when the job has ended, however it ends."""
        ...

    def open(self, key: str) -> BinaryIO:
        """A stored file, for reading from the start."""
        ...

    def source(self) -> BinaryIO:
        """The recording that came with the order. Raises FileNotFoundError where there is none (any more)."""
        ...


class Engines(Protocol):
    """Where a step gets loaded engines from."""

    def lease(self, model_id: str) -> AbstractContextManager[Engine]:
        """The loaded speech engine for as long as the context lasts."""
        ...

    def tool(self, model_id: str) -> AbstractContextManager[Any]:
        """As `lease`, for models of every other type: a Transcriber, a Separator, … (workers.engines.kinds)."""
        ...


@dataclass(frozen=True)
class StepContext:
    """Everything a step may touch.

    `request` is what the customer ordered (the job's), `payload` what this step is to do of it, `parts` yields
    the results of the parts in order (only in a step that runs after a fork), `scratch` is a folder of its own,
    `watermark` whether generated speech is marked.
    """

    request: Mapping[str, JSON]
    payload: Mapping[str, JSON]
    files: Files
    engines: Engines
    scratch: Path
    cancelled: Callable[[], bool]
    progress: Callable[[float], None]
    parts: Callable[[], Iterator[Mapping[str, JSON]]]
    watermark: bool = True

    def tool(self, kind: type[T], model_id: str) -> AbstractContextManager[T]:
        """A loaded model of one of workers.engines.kinds."""
        return self.engines.tool(model_id)

    def source_path(self) -> Path:
        """The recording that came with the order, as a file in `scratch`."""
        path = self.scratch / "source"
        if not path.exists():
            with self.files.source() as source, path.open("wb") as copy:
                shutil.copyfileobj(source, copy, 1 << 20)
        return path

    def check(self) -> None:
        """Raise StepCancelled where there is no use in going on."""
        if self.cancelled():
            raise StepCancelled


@dataclass(frozen=True)
class Done:
    """The job is complete; `result` is stored on it."""

    result: Mapping[str, JSON]


@dataclass(frozen=True)
class Fork:
    """The job goes on as several parts side by side, and then as the step `then`."""

    part: str
    payloads: Sequence[Mapping[str, JSON]]
    then: str


@dataclass(frozen=True)
class PartDone:
    """One part is complete; `result` is handed to the step that joins."""

    result: Mapping[str, JSON] = field(default_factory=dict)


Outcome = Done | Fork | PartDone
