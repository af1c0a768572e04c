"""The other end of apart.py: one engine, in the Python of an environment of its own, ruled over stdin and stdout.

    PYTHON -m workers.engines.apart_worker PARENT_PID

Needs Python 3.10, numpy and what the engine imports. Frames (frames.py) come in on stdin: {"do": "load", "engine":
"module:Class", "arguments": {…}}, {"do": "speak", "id", "utterance": {…}} with the recording's samples as sound, and
{"do": "cancel", "id"}. Out go {"is": "ready", "sample_rate"}, {"is": "chunk", "id", "words"} with sound, {"is": "end",
"id"} and {"is": "failed", "id", "kind", "message"}. What anybody prints goes to stderr.
"""

from __future__ import annotations

import ctypes
import importlib
import os
import queue
import signal
import sys
import threading
from dataclasses import asdict
from typing import Any, BinaryIO

from . import frames
from .base import CannotSpeak, EngineError, Utterance

PR_SET_PDEATHSIG = 1


class Worker:
    """Reads orders in a thread, so that a cancel is heard in the middle of a sentence; speaks in the main one."""

    def __init__(self, orders: BinaryIO, answers: BinaryIO) -> None:
        self._orders, self._answers = orders, answers
        self._todo: queue.Queue[frames.Frame] = queue.Queue()
        self._cancelled = -1
        """All that was ordered up to this number is not wanted any more."""

    def run(self) -> None:
        """Until the other side is gone."""
        threading.Thread(target=self._listen, daemon=True).start()
        engine: Any = None
        while True:
            order, samples = self._todo.get()
            number = int(order.get("id", 0))
            try:
                if order["do"] == "load":
                    engine = _load(str(order["engine"]), dict(order["arguments"]))
                    self._send({"is": "ready", "sample_rate": int(engine.sample_rate)})
                else:
                    self._speak(engine, number, order, samples)
            except CannotSpeak as exc:
                self._send({"is": "failed", "id": number, "kind": "cannot_speak", "message": str(exc)})
            except ImportError as exc:
                self._send({"is": "failed", "id": number, "kind": "missing", "message": str(exc)})
            except EngineError as exc:
                self._send({"is": "failed", "id": number, "kind": "engine", "message": str(exc)})
            except Exception as exc:
                message = f"{type(exc).__name__}: {exc}"
                self._send({"is": "failed", "id": number, "kind": "engine", "message": message})

    def _speak(self, engine: Any, number: int, order: dict[str, Any], samples: frames.Audio) -> None:
        said = dict(order["utterance"])
        if len(samples):
            said["options"]["voice_data"]["samples"] = samples
        for chunk in engine.speak(Utterance(**said), lambda: self._cancelled >= number):
            if self._cancelled >= number:
                break
            words = [asdict(word) for word in chunk.words]
            self._send({"is": "chunk", "id": number, "words": words}, chunk.samples)
        self._send({"is": "end", "id": number})

    def _send(self, header: dict[str, Any], samples: frames.Audio = frames.EMPTY) -> None:
        self._answers.write(frames.packed(header, samples))
        self._answers.flush()

    def _listen(self) -> None:
        try:
            while head := self._orders.read(frames.HEAD.size):
                text, sound = frames.lengths(head)
                order, samples = frames.unpacked(self._orders.read(text), self._orders.read(sound))
                if order["do"] == "cancel":
                    self._cancelled = max(self._cancelled, int(order["id"]))
                else:
                    self._todo.put((order, samples))
        finally:
            # The platform is gone, and with it the reason to be here: also in the middle of a sentence.
            os._exit(0)


def _load(engine: str, arguments: dict[str, Any]) -> Any:
    module, name = engine.split(":")
    loaded = getattr(importlib.import_module(module), name)(**arguments)
    loaded.warm()
    return loaded


def die_with(parent: int) -> None:
    """Have the kernel end this process when the one that started it is gone, however it went."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(0)


def main(parent: str) -> None:
    die_with(int(parent))
    # Packages print; only frames may come out where frames are expected.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    # The folder we were started in has modules whose names some package may have, too.
    here = sys.path.pop(0)
    sys.path.append(here)
    Worker(sys.stdin.buffer, answers).run()


if __name__ == "__main__":
    main(sys.argv[1])
