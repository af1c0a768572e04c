"""A whole job of a pipeline in this process, without queue and database: steps, forks and joins in order."""

from __future__ import annotations

import contextlib
import importlib
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

from workers.audio.measure import measured_seconds
from workers.engines import registry
from workers.pipelines.base import Done, Fork, PartDone, StepContext


class Files:
    """A store in a folder."""

    def __init__(self, folder: Path, recording: Path | None) -> None:
        self._folder = folder
        self._recording = recording
        self._count = 0

    def put(self, name: str, path: Path) -> str:
        self._count += 1
        key = f"{self._count:05}-{name}"
        shutil.move(path, self._folder / key)
        return key

    lend = put

    def open(self, key: str) -> BinaryIO:
        return (self._folder / key).open("rb")

    def source(self) -> BinaryIO:
        if self._recording is None:
            raise FileNotFoundError
        return self._recording.open("rb")


class Engines:
    """Models, each loaded once for the process."""

    loaded: dict[str, Any] = {}

    def __init__(self, threads: int = 2) -> None:
        self._threads = threads

    @contextlib.contextmanager
    def lease(self, model_id: str) -> Iterator[Any]:
        if model_id not in self.loaded:
            self.loaded[model_id] = registry.load(model_id, threads=self._threads)
        yield self.loaded[model_id]

    tool = lease


class Workbench:
    """Runs the job of `kind` that `request` orders; `progress` has what its steps said."""

    def __init__(self, folder: Path, engines: Any = None) -> None:
        self.folder = folder
        self.engines = engines or Engines()
        self.progress: list[float] = []
        self.steps: list[str] = []

    def run(
        self,
        kind: str,
        request: Mapping[str, Any],
        recording: Path | None = None,
        *,
        seconds: float | None = None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> dict[str, Any]:
        """The job's result. `seconds`: what the recording declares; it is measured where that is not given."""
        self.files = Files(self.folder, recording)
        if recording is not None:
            request = {**request, "source": {"seconds": seconds or measured_seconds(recording)}}
        outcome = self._step(kind, kind, request, {}, [], cancelled)
        if isinstance(outcome, Fork):
            parts = []
            for payload in outcome.payloads:
                done = self._step(kind, outcome.part, request, payload, [], cancelled)
                assert isinstance(done, PartDone)
                parts.append(done.result)
            payload = {"parts": len(parts)}
            outcome = self._step(kind, outcome.then, request, payload, parts, cancelled)
        assert isinstance(outcome, Done)
        return dict(outcome.result)

    def _step(
        self,
        kind: str,
        name: str,
        request: Mapping[str, Any],
        payload: Mapping[str, Any],
        parts: list[Mapping[str, Any]],
        cancelled: Callable[[], bool],
    ) -> Any:
        self.steps.append(name)
        scratch = Path(tempfile.mkdtemp(dir=self.folder))
        try:
            context = StepContext(
                request=request,
                payload=payload,
                files=self.files,
                engines=self.engines,
                scratch=scratch,
                cancelled=cancelled,
                progress=self.progress.append,
                parts=lambda: iter(parts),
            )
            return importlib.import_module(f"workers.pipelines.{kind}").STEPS[name](context)
        finally:
            shutil.rmtree(scratch)
