"""Text translation: what pairs there are is what is installed, and Apertium is asked as its program wants it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from workers.engines import translation
from workers.engines.base import EngineError

# In place of the real program, which no Python package carries: says its pairs, and turns words round.
FAKE_APERTIUM = """#!/bin/sh
if [ "$1" = "-l" ]; then printf '  eng-spa\\n  spa-eng\\n  eng-zzz\\n  es-pt\\n  spa-eng_US\\n'; exit 0; fi
[ "$1 $2" = "-u eng-spa" ] || [ "$1 $2" = "-u es-pt" ] || exit 1
rev
"""


@pytest.fixture
def fake_apertium(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "apertium"
    program.write_text(FAKE_APERTIUM)
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setenv("ARGOS_PACKAGES_DIR", str(tmp_path / "none"))


def test_apertium_pairs_and_words(fake_apertium: None) -> None:
    assert set(translation.pairs()) == {("en", "es"), ("es", "en"), ("es", "pt")}
    assert set(translation.pairs().values()) == {"apertium"}
    assert translation.targets_from("en") == ["es"]
    assert translation.targets_from("es") == ["en", "pt"]
    assert translation.targets_from("sw") == ["en"], "what is heard is always had in English"
    assert translation.translate("abc def", "en", "es") == "fed cba"
    assert translation.translate("abc", "es", "pt") == "cba", "older pairs have names of two letters"
    with pytest.raises(EngineError):
        translation.translate("abc", "es", "en")
    with pytest.raises(KeyError):
        translation.translate("abc", "en", "fr")


def test_packages_of_argos_count_only_with_the_program_that_reads_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setenv("ARGOS_PACKAGES_DIR", str(tmp_path))
    folder = tmp_path / "translate-en_de-1_0"
    folder.mkdir()
    (folder / "metadata.json").write_text(
        json.dumps({"from_code": "en", "to_code": "de", "type": "translate"})
    )
    found = translation.importlib.util.find_spec("argostranslate")
    assert translation.pairs() == ({("en", "de"): "argos"} if found else {})
