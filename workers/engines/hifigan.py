"""HiFi-GAN as kNN-VC's authors trained it: from WavLM's features to sound, 320 samples at 16 kHz for each.

The checkpoint (`generator` in prematch_g_02500000.pt) tells the widths; strides are half their kernels, as everywhere
in that family, and the rest is the same in all of it.
"""

from __future__ import annotations

from itertools import count, takewhile
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.nn.functional import leaky_relu

from .base import EngineError
from .wavlm import HOP, Weights, tensors

DILATIONS = (1, 3, 5)
REACH = 12
"""How many features around it a sample of sound depends on."""
_SLOPE = 0.1


class HiFiGAN(nn.Module):
    """Features of shape (frames, width) -> samples of shape (frames * HOP,), -1 to 1."""

    def __init__(self, stored: Weights) -> None:
        super().__init__()
        first, last = stored["conv_pre.weight"], stored["conv_post.weight"]
        width, heard = stored["lin_pre.weight"].shape
        self.lin_pre = nn.Linear(heard, width)
        self.conv_pre = _conv(first)
        self.ups = nn.ModuleList()
        self.resblocks = nn.ModuleList()
        for name in _numbered(stored, "ups.{}.weight"):
            into, out, kernel = stored[name].shape
            stride = kernel // 2
            self.ups.append(nn.ConvTranspose1d(into, out, kernel, stride, padding=(kernel - stride) // 2))
        for name in _numbered(stored, "resblocks.{}.convs1.0.weight"):
            channels, _, kernel = stored[name].shape
            self.resblocks.append(_Block(channels, kernel))
        self.conv_post = _conv(last)
        self.load_state_dict(stored)
        self._together = len(self.resblocks) // len(self.ups)

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        sound = self.conv_pre(self.lin_pre(features).T[None])
        for number, up in enumerate(self.ups):
            sound = up(leaky_relu(sound, _SLOPE))
            blocks = self.resblocks[number * self._together : (number + 1) * self._together]
            sound = torch.stack([block(sound) for block in blocks]).mean(0)
        # This slope is torch's own, not the family's: so it was trained.
        made: torch.Tensor = torch.tanh(self.conv_post(leaky_relu(sound)))[0, 0]
        return made


class _Block(nn.Module):
    def __init__(self, channels: int, kernel: int) -> None:
        super().__init__()
        self.convs1, self.convs2 = (
            nn.ModuleList(
                nn.Conv1d(channels, channels, kernel, dilation=each, padding=each * (kernel - 1) // 2)
                for each in dilations
            )
            for dilations in (DILATIONS, (1,) * len(DILATIONS))
        )

    def forward(self, sound: torch.Tensor) -> torch.Tensor:
        for wide, narrow in zip(self.convs1, self.convs2, strict=True):
            sound = sound + narrow(leaky_relu(wide(leaky_relu(sound, _SLOPE)), _SLOPE))
        return sound


def load_hifigan(path: Path, device: str) -> HiFiGAN:
    """The vocoder of a checkpoint. Raises EngineError where it holds another, OSError where it is missing."""
    try:
        vocoder = HiFiGAN(_folded(tensors(path)["generator"]))
    except (KeyError, ValueError, RuntimeError, TypeError, AttributeError) as exc:
        raise EngineError(f"{path} does not hold a vocoder as it should: {exc}") from exc
    hop = 1
    for up in vocoder.ups:
        hop *= int(up.stride[0])  # type: ignore[index]
    if hop != HOP:
        raise EngineError(f"{path} holds a vocoder for other features: {hop} samples each, not {HOP}")
    return vocoder.eval().to(device)


def _folded(stored: Any) -> Weights:
    """The weights as they are used: direction and length of each filter, kept apart for training, multiplied."""
    made: Weights = {}
    for name, value in stored.items():
        if name.endswith(".weight_v"):
            length = stored[name.removesuffix("v") + "g"]
            made[name.removesuffix("_v")] = value * (length / value.flatten(1).norm(dim=1)[:, None, None])
        elif not name.endswith(".weight_g"):
            made[name] = value
    return made


def _numbered(stored: Weights, pattern: str) -> list[str]:
    """The names of a pattern for 0, 1, 2 … as far as there are any."""
    return list(takewhile(stored.__contains__, map(pattern.format, count())))


def _conv(weight: torch.Tensor) -> nn.Conv1d:
    out, into, kernel = weight.shape
    return nn.Conv1d(into, out, kernel, padding=kernel // 2)
