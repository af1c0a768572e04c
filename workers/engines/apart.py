"""An engine whose package cannot live beside the platform's: it runs in a process on an environment of its own.

To the rest of the platform it is an engine like any other. The process (apart_worker.py) loads the real one and speaks
over its stdin and stdout. It is started when the engine is loaded, and again for the next sentence when it died; it
dies with this process, however that ends.
"""

from __future__ import annotations

import logging
import os
import subprocess
import threading
import time
from collections import deque
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from select import POLLIN, POLLOUT, poll
from typing import IO, Any

import numpy as np

from workers.audio.stretch import stretched

from . import frames
from .base import Audio, AudioChunk, Cancelled, CannotSpeak, EngineError, Utterance, Word

logger = logging.getLogger(__name__)

ROOT = Path(__file__).resolve().parents[2]
LOAD_SECONDS = 900.0
SILENT_SECONDS = 300.0
"""The longest that the process may compute without a sign: then it hangs, and is ended."""
POLL_SECONDS = 0.02
LINES_KEPT = 8
PASSED_ON = ("PATH", "HOME", "LANG", "TMPDIR", "LD_LIBRARY_PATH", "XDG_CACHE_HOME", "MODELSCOPE_CACHE")
PASSED_ON_PREFIXES = ("LC_", "CUDA_", "NVIDIA_", "OMP_", "MKL_", "HF_", "TORCH")
"""What of our environment it gets. The platform's secrets and servers are none of its business."""

# The kernel ends the process when the *thread* is gone that started it: this one lives as long as we do.
_spawner: tuple[int, ThreadPoolExecutor] | None = None


class MissingPackage(ImportError):
    """The environment lacks a package."""


class Apart:
    """An Engine that is `engine` ("module:Class") made with `arguments` by another `python`.

    Paces other than its own are made here. `name` is for messages. Raises EngineError where it does not load, and
    MissingPackage where its environment lacks a package.
    """

    reentrant = False
    at_once = 1

    def __init__(
        self,
        name: str,
        python: Path,
        engine: str,
        arguments: Mapping[str, Any],
        *,
        load_seconds: float = LOAD_SECONDS,
        silent_seconds: float = SILENT_SECONDS,
    ) -> None:
        self._name, self._python = name, python
        self._load = {"do": "load", "engine": engine, "arguments": dict(arguments)}
        self._load_seconds, self._silent_seconds = load_seconds, silent_seconds
        self._child: _Child | None = None
        self._number = 0
        self.sample_rate = 0
        self._started()

    @property
    def pid(self) -> int | None:
        """The process, where one is running."""
        return self._child.pid if self._child else None

    def warm(self) -> None:
        """Nothing to do: the engine was warmed where it was loaded."""

    def close(self) -> None:
        """End the process."""
        if self._child is not None:
            self._child.end()
        self._child = None

    def speak(self, utterance: Utterance, cancelled: Cancelled) -> Iterator[AudioChunk]:
        """The other engine's chunks as they come. `cancelled` is asked while it computes, too, and passed on.

        Raises what it raises, and EngineError where its process dies or hangs.
        """
        speed = utterance.speed
        yield from stretched(self._spoken(utterance, cancelled), self._started().rate, speed)

    def _spoken(self, utterance: Utterance, cancelled: Cancelled) -> Iterator[AudioChunk]:
        child = self._started()
        self._number += 1
        number, done = self._number, False
        header, samples = _order(utterance, number)
        try:
            child.send(header, samples, self._silent_seconds)
            while True:
                answer = child.next(self._silent_seconds, cancelled)
                if answer is None:
                    return
                told, sound = answer
                if told.get("id") != number:
                    continue  # of a sentence that nobody wanted to the end
                if told["is"] == "end":
                    done = True
                    return
                if told["is"] == "failed":
                    done = True
                    raise _error(self._name, told)
                yield AudioChunk(sound, tuple(Word(**word) for word in told["words"]))
        except (_Gone, frames.BadFrame) as exc:
            done = True
            self._lost(child)
            raise EngineError(f"The process of {self._name} {exc}") from exc
        finally:
            # What it still says of this sentence is passed over when the next one is spoken.
            if not done:
                try:
                    child.send({"do": "cancel", "id": number}, frames.EMPTY, self._silent_seconds)
                except _Gone:
                    self._lost(child)

    def _started(self) -> _Child:
        """The process with the engine loaded; a new one where there is none, or where it died."""
        if self._child is not None and self._child.alive:
            return self._child
        if self._child is not None:
            self._lost(self._child)
        child = _Child(self._name, self._python)
        try:
            child.send(self._load, frames.EMPTY, self._load_seconds)
            answer = child.next(self._load_seconds, lambda: False)
            assert answer is not None
            told, _ = answer
            if told["is"] != "ready":
                raise _error(self._name, told)
        except (_Gone, frames.BadFrame) as exc:
            child.end()
            raise EngineError(f"{self._name} could not be loaded: its process {exc}") from exc
        except BaseException:
            child.end()
            raise
        child.rate = self.sample_rate = int(told["sample_rate"])
        self._child = child
        return child

    def _lost(self, child: _Child) -> None:
        child.end()
        if self._child is child:
            self._child = None


class _Gone(Exception):
    """The process died or hangs; the message goes on from "The process of X"."""


class _Child:
    """One process: frames in, frames out, its stderr in our log."""

    rate = 0

    def __init__(self, name: str, python: Path) -> None:
        self._name = name
        command = [str(python), "-m", "workers.engines.apart_worker", str(os.getpid())]
        try:
            self._process = _spawned(command)
        except OSError as exc:
            raise EngineError(f"{name}: {python} could not be started: {exc}") from exc
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        self._in, self._out = self._process.stdin.fileno(), self._process.stdout.fileno()
        os.set_blocking(self._in, False)
        os.set_blocking(self._out, False)
        self._buffer = bytearray()
        self._lines: deque[str] = deque(maxlen=LINES_KEPT)
        threading.Thread(target=self._log, args=(self._process.stderr,), daemon=True).start()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def send(self, header: dict[str, Any], samples: Audio, seconds: float) -> None:
        """Raises _Gone where the process takes nothing for so long."""
        rest = memoryview(frames.packed(header, samples))
        until = time.monotonic() + seconds
        while rest:
            if not _ready(self._in, POLLOUT, until - time.monotonic()):
                raise _Gone(f"took nothing for {seconds:.0f} s and was ended.")
            try:
                rest = rest[os.write(self._in, rest) :]
            except BlockingIOError:
                continue
            except OSError:
                raise self._died() from None

    def next(self, seconds: float, cancelled: Cancelled) -> frames.Frame | None:
        """The next frame; None as soon as it is cancelled. Raises _Gone where there is none for so long."""
        until = time.monotonic() + seconds
        while (frame := self._frame()) is None:
            if cancelled():
                return None
            if time.monotonic() > until:
                raise _Gone(f"said nothing for {seconds:.0f} s and was ended.")
            if not _ready(self._out, POLLIN, POLL_SECONDS):
                continue
            data = os.read(self._out, 1 << 18)
            if not data:
                raise self._died()
            self._buffer += data
        return None if cancelled() else frame

    def _frame(self) -> frames.Frame | None:
        """The first whole frame of what has come."""
        head = frames.HEAD.size
        if len(self._buffer) < head:
            return None
        text, sound = frames.lengths(bytes(self._buffer[:head]))
        end = head + text + sound
        if len(self._buffer) < end:
            return None
        frame = frames.unpacked(
            bytes(self._buffer[head : head + text]), bytes(self._buffer[head + text : end])
        )
        del self._buffer[:end]
        return frame

    def _died(self) -> _Gone:
        try:
            status = self._process.wait(5)
        except subprocess.TimeoutExpired:
            status = None
        for line in self._lines:
            logger.warning("last words of an engine apart", extra={"engine": self._name, "line": line})
        return _Gone(f"ended (status {status}).")

    def end(self) -> None:
        """Kill it, and take leave of it."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            try:
                pipe.close()
            except OSError:
                pass

    def _log(self, lines: IO[bytes]) -> None:
        with lines:
            for line in lines:
                # A progress bar writes over itself: its last state is enough.
                text = line.decode(errors="replace").rstrip().rsplit("\r", 1)[-1][:500]
                self._lines.append(text)
                logger.info("an engine apart", extra={"engine": self._name, "line": text})


def _order(utterance: Utterance, number: int) -> tuple[dict[str, Any], Audio]:
    """The order of an utterance at its own pace, its recording as sound."""
    options, samples = dict(utterance.options), frames.EMPTY
    data = options.get("voice_data")
    if isinstance(data, Mapping) and "samples" in data:
        samples = np.asarray(data["samples"], np.float32)
        options["voice_data"] = {name: value for name, value in data.items() if name != "samples"}
    said = {
        "text": utterance.text,
        "voice": utterance.voice,
        "language": utterance.language,
        "options": options,
    }
    return {"do": "speak", "id": number, "utterance": said}, samples


def _error(name: str, told: Mapping[str, Any]) -> Exception:
    kind, message = told.get("kind"), str(told.get("message", ""))
    if kind == "cannot_speak":
        return CannotSpeak(message)
    return MissingPackage(message) if kind == "missing" else EngineError(f"{name}: {message}")


def _ready(pipe: int, how: int, seconds: float) -> bool:
    """Whether something can be read or written (or the other end is gone) within so many seconds."""
    waiting = poll()
    waiting.register(pipe, how)
    return bool(waiting.poll(max(0.0, seconds) * 1000))


def _environment() -> dict[str, str]:
    kept = {
        name: value
        for name, value in os.environ.items()
        if name in PASSED_ON or name.startswith(PASSED_ON_PREFIXES)
    }
    kept.pop("HF_TOKEN", None)
    return kept | {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1", "PYTHONUNBUFFERED": "1"}


def _spawned(command: list[str]) -> subprocess.Popen[bytes]:
    global _spawner
    if _spawner is None or _spawner[0] != os.getpid():  # a fork takes no threads along
        _spawner = os.getpid(), ThreadPoolExecutor(1, thread_name_prefix="apart")

    def start() -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=ROOT,
            env=_environment(),
            start_new_session=True,
        )

    return _spawner[1].submit(start).result()
