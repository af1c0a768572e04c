"""WavLM as features: the layers of Microsoft's model up to the one that is wanted, from its files on the model hub.

The folder has config.json and pytorch_model.bin, as transformers wrote them. torchaudio has the network, so nothing
else is needed; of WavLM-Large's 24 layers only those below the wanted one are built and read.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch

from .base import Audio, EngineError
from .torchaudio_cpu import torchaudio

RATE = 16_000
HOP, WINDOW = 320, 400
"""Samples between two frames, and how many a frame is made of."""

Weights = dict[str, torch.Tensor]


class WavLM:
    """The features of one layer."""

    def __init__(self, folder: Path, layer: int, device: str) -> None:
        """Raises EngineError where the files are not WavLM's, OSError where they are missing."""
        config = json.loads((folder / "config.json").read_text("utf-8"))
        stored = tensors(folder / "pytorch_model.bin")
        try:
            self._model: Any = _network(config, layer)
            self._model.load_state_dict(_renamed(stored, layer))
        except (KeyError, RuntimeError) as exc:
            raise EngineError(f"{folder} does not hold WavLM as it should: {exc}") from exc
        self._model.eval().to(device)
        self._device = device

    def features(self, samples: Audio) -> torch.Tensor:
        """Mono at RATE, shape (n,) -> (frames, width), a frame for each HOP begun. Frame i begins at sample i * HOP."""
        frames = -(-len(samples) // HOP)
        padded = np.zeros(frames * HOP + WINDOW - HOP, np.float32)
        padded[: len(samples)] = samples
        with torch.inference_mode():
            # The level is left as it is: what is built on these features was trained so.
            layers, _ = self._model.extract_features(torch.from_numpy(padded)[None].to(self._device))
            made: torch.Tensor = layers[-1][0]
            return made


def tensors(path: Path) -> Weights:
    """What a checkpoint holds, without running any code that might be in it. Raises EngineError, OSError."""
    try:
        # Read from the disk as it is used, where the file is of the newer kind.
        read: Any = torch.load(path, "cpu", weights_only=True, mmap=zipfile.is_zipfile(path) or None)
    except OSError:
        raise
    except Exception as exc:
        raise EngineError(f"{path} is not a checkpoint that can be read: {exc}") from exc
    if not isinstance(read, Mapping):
        raise EngineError(f"{path} is not a checkpoint that can be read: it holds no names")
    return dict(read)


def _network(config: Mapping[str, Any], layers: int) -> torch.nn.Module:
    shapes = zip(config["conv_dim"], config["conv_kernel"], config["conv_stride"], strict=True)
    network: torch.nn.Module = torchaudio().models.wavlm_model(
        extractor_mode=f"{config['feat_extract_norm']}_norm",
        extractor_conv_layer_config=list(shapes),
        extractor_conv_bias=config["conv_bias"],
        encoder_embed_dim=config["hidden_size"],
        encoder_projection_dropout=0.0,
        encoder_pos_conv_kernel=config["num_conv_pos_embeddings"],
        encoder_pos_conv_groups=config["num_conv_pos_embedding_groups"],
        encoder_num_layers=layers,
        encoder_num_heads=config["num_attention_heads"],
        encoder_num_buckets=config["num_buckets"],
        encoder_max_distance=config["max_bucket_distance"],
        encoder_attention_dropout=0.0,
        encoder_ff_interm_features=config["intermediate_size"],
        encoder_ff_interm_dropout=0.0,
        encoder_dropout=0.0,
        encoder_layer_norm_first=config["do_stable_layer_norm"],
        encoder_layer_drop=0.0,
        aux_num_out=None,
    )
    return network


def _renamed(stored: Weights, layers: int) -> Weights:
    """transformers' names to torchaudio's, which keeps a layer's three projections in one matrix."""
    stored = {name.removeprefix("wavlm."): value for name, value in stored.items()}
    # Older and newer ways to write down a normalised weight.
    place = "encoder.pos_conv_embed.conv"
    for number, old in enumerate(("weight_g", "weight_v")):
        if f"{place}.{old}" in stored:
            stored[f"{place}.parametrizations.weight.original{number}"] = stored.pop(f"{place}.{old}")
    named: Weights = {}
    for name, value in stored.items():
        first, _, rest = name.partition(".")
        if first == "feature_extractor":
            named[name] = value
        elif first == "feature_projection":
            named[f"encoder.{name}"] = value
        elif first == "encoder" and not rest.startswith("layers."):
            named[f"encoder.transformer.{rest}"] = value
    for number in range(layers):
        before, after = f"encoder.layers.{number}.", f"encoder.transformer.layers.{number}."
        own = {name.removeprefix(before): value for name, value in stored.items() if name.startswith(before)}
        for kind in ("weight", "bias"):
            three = [own.pop(f"attention.{each}_proj.{kind}") for each in "qkv"]
            own[f"attention.attention.in_proj_{kind}"] = torch.cat(three)
            own[f"attention.attention.out_proj.{kind}"] = own.pop(f"attention.out_proj.{kind}")
        named |= {after + name: value for name, value in own.items()}
    return named
