"""What is imported is required, what is required is pinned, and docs/licences.md names the licence of it all."""

from __future__ import annotations

import ast
import importlib.metadata
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name

from tools.dependencies import RUN, TEST, alone_in, closure, model_table, requirements_of

REPOSITORY = Path(__file__).resolve().parents[2]
PAGE = (REPOSITORY / "docs/licences.md").read_text()
OURS = {"apps", "workers", "ttsplatform", "tests", "bench", "tools", "ttsplatform_client"}
BENCH = REPOSITORY / "requirements-bench.txt"
OPTIONAL = [file for file in REPOSITORY.glob("requirements-*.txt") if file not in {TEST, BENCH}]
# Installed by hand: a mark whose weights few have.
BY_HAND = {"audioseal", "omegaconf"}
# What these packages are made of: they are always there together.
PARTS = {
    "chatterbox": "chatterbox-light",
    "cosyvoice": "cosyvoice2-eu",
    "gsv_tts": "gsv-tts-lite",
    "qwen_tts": "qwen-tts-hf",
    "allauth": "django-allauth",
    "asgiref": "django",
    "amqp": "celery",
    "kombu": "celery",
    "billiard": "celery",
    "botocore": "boto3",
}


def imports(folder: str) -> Iterator[tuple[str, Path]]:
    """The packages of others that the modules of a folder import, anywhere in them."""
    for file in (REPOSITORY / folder).rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
                names = [node.module]
            else:
                continue
            for name in names:
                package = name.split(".")[0]
                if package not in sys.stdlib_module_names and package not in OURS:
                    yield package, file


@pytest.mark.parametrize("folder", sorted(OURS))
def test_every_import_is_a_requirement(folder: str) -> None:
    files = [RUN, *OPTIONAL] if folder in {"apps", "workers", "ttsplatform"} else [RUN, TEST, BENCH]
    required = {
        canonicalize_name(requirement.name)
        for file in files
        for requirement in [*requirements_of(file), *alone_in(file)]
    }
    providers = importlib.metadata.packages_distributions()
    for package, file in imports(folder):
        provided_by = {
            canonicalize_name(name) for name in providers.get(package, [PARTS.get(package, package)])
        }
        provided_by.add(canonicalize_name(PARTS.get(package, package)))
        assert provided_by & (required | BY_HAND), (
            f"{file} imports {package}, which no requirements file names"
        )


def test_every_requirement_is_pinned() -> None:
    alone = [requirement for file in (TEST, *OPTIONAL) for requirement in alone_in(file)]
    for requirement in [*requirements_of(RUN), *requirements_of(TEST), *alone]:
        assert re.fullmatch(r"==[\w.]+", str(requirement.specifier)), requirement


def test_what_is_installed_is_what_is_pinned_and_its_licence_is_named() -> None:
    constraints = (REPOSITORY / "constraints.txt").read_text().splitlines()
    # torch decides about setuptools; builds of torch for CUDA bring libraries of their own.
    not_ours = ("setuptools", "nvidia-", "cuda-", "triton")
    for name, version in closure([*requirements_of(RUN), *requirements_of(TEST)]).items():
        if not name.startswith(not_ours):
            assert f"{name}=={version}" in constraints, "run: make pins"
            assert f"| {name} |" in PAGE, "run: make pins"


def test_the_page_has_every_model_and_marks_copyleft() -> None:
    assert model_table() in PAGE, "run: make pins"
    for name in ("piper-tts", "phonemizer", "espeakng-loader", "imageio-ffmpeg"):
        (row,) = re.findall(rf"^\| {name} \|.*$", PAGE, re.MULTILINE)
        assert "**" in row
        assert "GPL-3.0" in row
