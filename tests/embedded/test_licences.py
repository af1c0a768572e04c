"""docs/licences.md names every package and every model, and constraints.txt pins every package."""

from __future__ import annotations

import re
from pathlib import Path

from tools.dependencies import RUN, TEST, closure, model_table, requirements_of

REPOSITORY = Path(__file__).resolve().parents[2]
PAGE = (REPOSITORY / "docs/licences.md").read_text()


def test_every_requirement_is_pinned() -> None:
    for requirement in [*requirements_of(RUN), *requirements_of(TEST)]:
        assert re.fullmatch(r"==[\w.]+", str(requirement.specifier)), requirement


def test_what_is_installed_is_what_is_pinned_and_its_licence_is_named() -> None:
    constraints = (REPOSITORY / "constraints.txt").read_text().splitlines()
    for name, version in closure([*requirements_of(RUN), *requirements_of(TEST)]).items():
        assert name == "setuptools" or f"{name}=={version}" in constraints, "run: make pins"
        assert f"| {name} |" in PAGE, "run: make pins"


def test_the_page_has_every_model_and_marks_copyleft() -> None:
    assert model_table() in PAGE, "run: make pins"
    for name in ("piper-tts", "phonemizer", "espeakng-loader", "imageio-ffmpeg"):
        (row,) = re.findall(rf"^\| {name} \|.*$", PAGE, re.MULTILINE)
        assert "**" in row
        assert "GPL-3.0" in row
