"""Families whose packages clash with the platform's: each runs in a Python environment of its own (apart.py)."""

from __future__ import annotations

import os
from pathlib import Path

from .catalogue import Model

VARIABLES = {"cosyvoice2": "COSYVOICE2_PYTHON"}
"""Of each such family: the environment variable that names the Python of its environment."""


def interpreter(family: str) -> Path | None:
    """The Python of a family's environment; None where none is named, or where there is no program of that name."""
    named = os.environ.get(VARIABLES.get(family, ""), "")
    # As it is written: where a link leads says nothing about the environment.
    return Path(named) if named and os.access(named, os.X_OK) and Path(named).is_file() else None


def recipe(model: Model) -> str:
    """What the operator types to make the environment, and sets to name it."""
    home = f"/opt/{model.id}"
    return (
        f"python3 -m venv {home} && {home}/bin/python -m pip install -r requirements-{model.id}.txt, "
        f"and set {VARIABLES[model.family]}={home}/bin/python"
    )
