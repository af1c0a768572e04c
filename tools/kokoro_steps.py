"""Make workers/engines/kokoro_steps.npz: the steps by which Kokoro's decoder rounds to bytes (kokoro_bytes.py).

    python -m tools.kokoro_steps [FILE]

Ten voices speak a sentence each through the decoder in float32. Each channel's step is the one of fifteen, from its
greatest value / 127 down to a third of that, which leaves the least mean square error. A minute and 4 GB of memory. Run
it again when Kokoro's weights change.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
from kokoro_onnx.config import DEFAULT_VOCAB
from numpy.typing import NDArray
from onnx import helper

from workers.engines.derive import KOKORO_FRONT, KOKORO_GRAPH, KOKORO_NAMES, KOKORO_VOICES
from workers.engines.g2p import spell
from workers.engines.kokoro_bytes import TABLE
from workers.engines.kokoro_parts import float_decoder
from workers.engines.kokoro_split import session
from workers.engines.store import weights_dir

VOICES = (
    *("af_heart", "am_michael", "bf_emma", "af_bella", "am_adam"),
    *("bm_george", "ef_dora", "ff_siwis", "jf_alpha", "zm_yunxi"),
)
TEXTS = (
    "Nobody had expected the small library in the valley to attract visitors.",
    "Would you like me to read it again?",
    "He opened the letter slowly, as if the paper might break.",
    "Well, that is strange!",
    "Seven ships sailed past the harbour at dawn.",
)
ROUNDED = ("resblocks", "noise_res")
"""The convolutions that are rounded: those of the generator's residual blocks, three quarters of the decoder's time."""
MOMENTS = 800
"""At most so many of each sentence are looked at."""


def main() -> None:
    """Speak, count, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", nargs="?", type=Path, default=TABLE)
    file = parser.parse_args().file
    folder = weights_dir("kokoro")
    steps = {name: best_steps(values) for name, values in seen(folder).items()}
    arrays: dict[str, Any] = {name: step.astype(np.float32) for name, step in sorted(steps.items())}
    np.savez_compressed(file, **arrays)
    print(f"{file}: {len(steps)} convolutions")


def seen(folder: Path) -> dict[str, NDArray[np.float32]]:
    """What each of the convolutions was given, float32 (channels, moments)."""
    decoder = float_decoder(onnx.load(str(folder / KOKORO_GRAPH)))
    convolutions = {
        node.name: node.input[0]
        for node in decoder.graph.node
        if node.op_type == "Conv" and any(each in node.name for each in ROUNDED)
    }
    decoder.graph.output.extend(
        helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None)
        for name in sorted(set(convolutions.values()))
    )
    running = onnxruntime.InferenceSession(decoder.SerializeToString(), providers=["CPUExecutionProvider"])
    front = session(folder / KOKORO_FRONT, 2)
    names = json.loads((folder / KOKORO_NAMES).read_text())
    styles = dict(zip(names, np.load(folder / KOKORO_VOICES, mmap_mode="r"), strict=True))
    kept: dict[str, list[NDArray[np.float32]]] = {name: [] for name in convolutions}
    for number, voice in enumerate(VOICES):
        tokens = [
            DEFAULT_VOCAB[symbol]
            for symbol in spell(TEXTS[number % len(TEXTS)], "en", frozenset(DEFAULT_VOCAB)).symbols
        ]
        feed = {
            "tokens": np.array([[0, *tokens, 0]], np.int64),
            "style": np.asarray(styles[voice][len(tokens) - 1][None], np.float32),
            "speed": np.ones(1, np.float32),
            "f0_scale": np.ones(1, np.float32),
        }
        made = dict(zip([each.name for each in front.get_outputs()], front.run(None, feed), strict=True))
        made["style"] = feed["style"]
        wanted = sorted(set(convolutions.values()))
        signals = running.run(wanted, {each.name: made[each.name] for each in running.get_inputs()})
        given = dict(zip(wanted, signals, strict=True))
        for name, signal in convolutions.items():
            values = np.asarray(given[signal], np.float32)
            values = values.reshape(values.shape[1], -1)
            kept[name].append(values[:, :: max(1, values.shape[1] // MOMENTS)])
        print(f"  {voice}", flush=True)
    return {name: np.concatenate(parts, axis=1) for name, parts in kept.items()}


def best_steps(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """The step of each channel, float32 (channels,)."""
    most = np.abs(values).max(1) + 1e-6
    least = np.full(len(most), np.inf)
    best = most / 127
    for share in np.linspace(0.3, 1, 15):
        step = most * share / 127
        rounded = np.clip(np.round(values / step[:, None]), -128, 127) * step[:, None]
        error = ((rounded - values) ** 2).mean(1)
        better = error < least
        least[better], best[better] = error[better], step[better]
    return np.asarray(best, np.float32)


if __name__ == "__main__":
    main()
