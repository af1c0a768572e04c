"""The servers of others that `bench.peers` measures: how each is started on our files, and asked."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import requests
from onnx import numpy_helper

from ttsplatform.embedded.places import free_port
from ttsplatform.embedded.process import Process
from workers.engines.derive import KOKORO_GRAPH, KOKORO_NAMES, KOKORO_VOICES
from workers.engines.store import models_root

from .live_first import voice_of

PEERS = Path(os.environ.get("PEERS_VENV") or Path(__file__).parents[1] / "var" / "peers")
"""The environment they are installed in."""
KOKORO_VOICE = "af_bella"


@dataclass
class Server:
    """Whom to ask: `body` makes the request's JSON; `rate` is Hz of the mono int16 samples after `head` bytes."""

    name: str
    url: str
    body: Callable[[str], dict[str, Any]]
    rate: int
    head: int = 0
    headers: dict[str, str] = field(default_factory=dict)


def is_there(module: str) -> bool:
    """Whether a peer's Python module is installed."""
    python = PEERS / "bin" / "python"
    command = [str(python), "-c", f"import {module}"]
    return python.exists() and subprocess.run(command, capture_output=True).returncode == 0


@contextmanager
def _running(
    name: str, command: list[str], folder: Path, ready: Callable[[], bool], **env: str
) -> Iterator[None]:
    inherited = {key: os.environ[key] for key in ("PATH", "HOME", "LD_LIBRARY_PATH") if key in os.environ}
    process = Process(
        name, command, {**inherited, **env}, folder / f"{name}.log", ready=ready, deadline=300, cwd=folder
    )
    process.start()
    try:
        yield
    finally:
        process.stop()


def _answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=2).status_code < 500
    except requests.RequestException:
        return False


def _published(graph: Path, target: Path) -> None:
    """The int8 graph as it was published, in all that is computed: without the input for pitch that we gave it."""
    model = onnx.load(str(graph))
    for given in [value for value in model.graph.input if value.name == "f0_scale"]:
        model.graph.input.remove(given)
        model.graph.initializer.append(numpy_helper.from_array(np.ones(1, np.float32), given.name))
    onnx.save(model, str(target))


@contextmanager
def fastkokoro(folder: Path) -> Iterator[Server]:
    """fastkokoro on our files, with as many threads as it takes by itself. StartError where it does not start."""
    weights, port = models_root(None) / "kokoro", free_port()
    voices = np.load(weights / KOKORO_VOICES)
    names = json.loads((weights / KOKORO_NAMES).read_text())
    np.savez(folder / "voices.npz", **dict(zip(names, voices[:, :, None, :], strict=True)))
    _published(weights / KOKORO_GRAPH, folder / "kokoro.onnx")
    env = {
        "FASTKOKORO_MODEL_PATH": str(folder / "kokoro.onnx"),
        "FASTKOKORO_VOICES_PATH": str(folder / "voices.npz"),
        "FASTKOKORO_CACHE_DIR": str(folder / "cache"),
        "FASTKOKORO_HOST": "127.0.0.1",
        "FASTKOKORO_PORT": str(port),
        "FASTKOKORO_WARMUP_REQUEST": "true",
        "HF_HUB_OFFLINE": "1",
    }
    base = f"http://127.0.0.1:{port}"
    with _running(
        "fastkokoro", [str(PEERS / "bin/fastkokoro")], folder, lambda: _answers(f"{base}/health"), **env
    ):
        yield Server(
            "fastkokoro",
            f"{base}/v1/audio/speech",
            lambda text: {
                "model": "kokoro",
                "input": text,
                "voice": KOKORO_VOICE,
                "response_format": "pcm",
                "stream": True,
            },
            24_000,
        )


@contextmanager
def piper_server(folder: Path) -> Iterator[Server]:
    """Piper's HTTP server with our voice. StartError where it does not start."""
    weights, port, voice = models_root(None) / "piper", free_port(), voice_of("piper")
    command = [str(PEERS / "bin/python"), "-m", "piper.http_server", "--host", "127.0.0.1"]
    command += ["--port", str(port), "--model", str(weights / f"{voice}.onnx")]
    base = f"http://127.0.0.1:{port}"
    rate = json.loads((weights / f"{voice}.onnx.json").read_text())["audio"]["sample_rate"]
    with _running("piper", command, folder, lambda: _answers(f"{base}/info")):
        yield Server("Piper's server", f"{base}/synthesize", lambda text: {"text": text}, rate, head=44)
