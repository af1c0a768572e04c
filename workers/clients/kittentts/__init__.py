"""KittenTTS's Python class, spoken by this platform's engines in the caller's own process: no server, no Django.

    PYTHONPATH=workers/clients python your_program.py

and `from kittentts import KittenTTS` works as its document shows. It needs the platform's requirements and weights; see
`model.py` for what speaks where KittenTTS's own weights are not installed.
"""

import sys
from pathlib import Path

# The engines are found however this package was; at the end, so that no module of the caller's is hidden.
sys.path.append(str(Path(__file__).resolve().parents[3]))

from .model import KittenTTS, get_model
from .streamer import Streamer

__all__ = ["KittenTTS", "Streamer", "get_model"]
