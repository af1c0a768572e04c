"""Kokoro in three parts (kokoro_parts.py): the decoder in OpenVINO, in bfloat16 where the processor multiplies that.

The first sentence of a length costs about a tenth more than the next: OpenVINO adapts its code to each length. Rounding
lengths up would save that and change the sound, as the norms average over time.
"""

from __future__ import annotations

import contextlib
import importlib.util
import itertools
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from .base import Cancelled, EngineError
from .derive import KOKORO_DECODER, KOKORO_FRONT, KOKORO_INVERSE
from .interrupting import interruptible

_POLL_MS = 20

Feed = dict[str, NDArray[Any]]
Spoken = tuple[NDArray[Any], NDArray[Any]]


def multiplies_bf16(cpuinfo: Path = Path("/proc/cpuinfo")) -> bool:
    """True where the processor has products of bfloat16: AMX (Intel from 2023) or AVX-512 BF16 (AMD from Zen 4)."""
    try:
        flags = next(line for line in cpuinfo.read_text().splitlines() if line.startswith("flags")).split()
    except (OSError, StopIteration):
        return False
    return "amx_bf16" in flags or "avx512_bf16" in flags


def is_worth_it() -> bool:
    """True where the split is the faster form: products of bfloat16, and the package openvino."""
    return multiplies_bf16() and importlib.util.find_spec("openvino") is not None


def session(path: Path, threads: int) -> onnxruntime.InferenceSession:
    """An onnxruntime session on `threads` threads that sleep when idle."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    # Spinning threads would take the processor from the other workers of the machine.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


class Whole:
    """The whole graph in onnxruntime."""

    def __init__(self, path: Path, threads: int) -> None:
        self._session = session(path, threads)

    def run(self, feed: Feed, cancelled: Cancelled) -> Spoken:
        """(audio, durations) as the graph gives them. May run on several threads at once.

        Fails soon after `cancelled` says so.
        """
        with interruptible(cancelled) as options:
            audio, durations = self._session.run(["audio", "duration"], feed, options)
        return np.asarray(audio), np.asarray(durations)


class Split:
    """The three parts. Raises EngineError where the package openvino is missing."""

    def __init__(self, folder: Path, threads: int) -> None:
        try:
            import openvino
        except ImportError:
            raise EngineError(
                "KOKORO_FORM=split needs OpenVINO: python -m pip install -r requirements.txt, or take f32."
            ) from None
        self._front = session(folder / KOKORO_FRONT, threads)
        self._inverse = session(folder / KOKORO_INVERSE, 1)
        self._cuts = [output.name for output in self._front.get_outputs()]
        self._spectrum = self._inverse.get_inputs()[0].name
        self.precision = "bf16" if multiplies_bf16() else "f32"
        """What the decoder computes in."""
        self._decoder = openvino.Core().compile_model(
            str(folder / KOKORO_DECODER),
            "CPU",
            {
                "INFERENCE_PRECISION_HINT": self.precision,
                "INFERENCE_NUM_THREADS": threads,
                # One at a time on all threads: a second stream would hold a second set of activations.
                "NUM_STREAMS": 1,
                # Code kept for each length that was spoken: without a bound a process grows by 17 MB a sentence.
                "CPU_RUNTIME_CACHE_CAPACITY": 0,
                "ENABLE_CPU_PINNING": False,
            },
        )
        self._names = [port.get_any_name() for port in self._decoder.inputs]
        # Two, so that no run of `_forget` has the shape of the one before.
        self._shortest = itertools.cycle((8, 9))
        # A request belongs to one caller at a time; there come to be as many as callers at once.
        self._idle: list[Any] = []

    def run(self, feed: Feed, cancelled: Cancelled) -> Spoken:
        """(audio, durations) as the whole graph gives them. May run on several threads at once.

        Fails soon after `cancelled` says so.
        """
        with interruptible(cancelled) as options:
            made = dict(zip(self._cuts, self._front.run(None, feed, options), strict=True))
        made["style"] = feed["style"]
        # pop and append are atomic: no two threads get the same request.
        try:
            request = self._idle.pop()
        except IndexError:
            request = self._decoder.create_infer_request()
        request.start_async({name: made[name] for name in self._names})
        while not request.wait_for(_POLL_MS):
            if cancelled():
                request.cancel()
                # Waited for, it stops at its next node and says so. Merely dropped, it would compute to the end, and
                # keep the whole interpreter waiting for that.
                with contextlib.suppress(RuntimeError):
                    request.wait()
                self._forget(request, made)
                self._idle.append(request)
                raise EngineError("cancelled")
        spectrum = request.get_output_tensor(0).data.copy()
        self._idle.append(request)
        (audio,) = self._inverse.run(["audio"], {self._spectrum: spectrum})
        return np.asarray(audio), made["duration"]

    def _forget(self, request: Any, made: Feed) -> None:
        """Speak a few frames, so that the decoder's graph holds no shapes of a run that was cut off.

        OpenVINO's nodes work out their shapes only where those of their inputs differ from the run before. A run that
        ends in its middle leaves some with the new ones and some with the old, and the next one may then fail on it.
        """
        # The text's features have a column for each frame, the others a whole number of them and one more at the most.
        frames, few = (
            min(made[name].shape[-1] for name in self._names if name != "style"),
            next(self._shortest),
        )
        short = {}
        for name in self._names:
            given = made[name]
            each, more = divmod(given.shape[-1], frames)
            short[name] = given if name == "style" else np.ascontiguousarray(given[..., : each * few + more])
        request.infer(short)
