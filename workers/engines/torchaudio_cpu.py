"""torchaudio on a machine without CUDA.

PyPI's torchaudio 2.11.0 is a CUDA build: beside a CPU build of torch its import fails on libc10_cuda.so. The only part
that needs the library is `torchaudio._extension`; with a stand-in for it, resampling, transforms, filters, Kaldi
features and models work. `forced_align` and `rnnt_loss` do not, and `load` wants another package: decode with ffmpeg.
"""

from __future__ import annotations

import sys
from functools import lru_cache
from types import ModuleType
from typing import Any


@lru_cache(maxsize=1)
def torchaudio() -> Any:
    """The module torchaudio: whole where it loads, else with the stand-in. Raises ImportError where it is missing."""
    import torch

    if not torch.cuda.is_available() and "torchaudio" not in sys.modules:
        sys.modules["torchaudio._extension"] = _extension()
    import torchaudio as module

    return module


def _extension() -> ModuleType:
    stand_in: Any = ModuleType("torchaudio._extension")
    stand_in._IS_TORCHAUDIO_EXT_AVAILABLE = False
    stand_in._IS_ALIGN_AVAILABLE = False
    stand_in._check_cuda_version = lambda: None

    def fail_if_no_align(function: Any) -> Any:
        def fail(*args: Any, **kwargs: Any) -> Any:
            raise RuntimeError(
                f"torchaudio's {function.__name__} needs its CUDA build, which this machine cannot load."
            )

        return fail

    stand_in.fail_if_no_align = fail_if_no_align
    return stand_in
