"""What README.md tells a newcomer to type works as it is written there."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.stacks import LiveStack
from ttsplatform.embedded.demo import Keys, write_keys

REPOSITORY = Path(__file__).resolve().parents[2]
README = (REPOSITORY / "README.md").read_text()


@pytest.fixture
def desk(stack: LiveStack, tmp_path: Path) -> Path:
    """A folder with the var/dev.env that `make run` would have written."""
    (tmp_path / "var").mkdir()
    write_keys(
        tmp_path / "var" / "dev.env", stack.base_url, Keys(stack.account(), stack.account(characters=0))
    )
    return tmp_path


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def test_the_shell_lines(desk: Path) -> None:
    short, long, streamed, heard = blocks("sh")
    for lines, name in ((short, "hello.mp3"), (streamed, "streamed.mp3")):
        subprocess.run(["bash", "-euo", "pipefail", "-c", lines], cwd=desk, check=True, timeout=120)
        audio = (desk / name).read_bytes()
        assert audio[:3] == b"ID3" or audio[0] == 0xFF
    subprocess.run(["bash", "-euo", "pipefail", "-c", heard], cwd=desk, check=True, timeout=120)
    assert "hello" in json.loads((desk / "hello.json").read_text())["text"].lower()
    assert (desk / "michael.wav").read_bytes()[:4] == b"RIFF"
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", long],
        cwd=desk,
        check=True,
        timeout=120,
        capture_output=True,
        text=True,
    )
    assert '"uuid"' in done.stdout
    assert "af_heart" in done.stdout
    assert "kokoro" in done.stdout


def test_the_python_lines(desk: Path) -> None:
    (code,) = blocks("python")
    (desk / "hello.py").write_text(code)
    (command,) = re.findall(r"`(env .* hello\.py)`", README)
    command = command.replace(".venv/bin/python", sys.executable)
    subprocess.run(["bash", "-c", command], cwd=desk, check=True, timeout=120)
    assert (desk / "output.mp3").stat().st_size > 5_000


def test_every_page_and_make_target_it_names_exists() -> None:
    for link in re.findall(r"\]\(([^)]+)\)", README):
        assert (REPOSITORY / link).exists(), link
    makefile = (REPOSITORY / "Makefile").read_text()
    for target in re.findall(r"make ([a-z]+)", README):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
