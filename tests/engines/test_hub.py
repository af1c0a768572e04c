"""Files of the model hub: the hub's own client against a small hub of ours."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

COMMIT = "c" * 40
SMALL, LARGE = b'{"small": true}', b"large weights" * 100
PULL = """
import json, sys
from pathlib import Path
from workers.engines.catalogue import HubFiles, Weights
from workers.engines.pull import pull_set
from workers.engines.store import StoreError
weights = Weights("toy", hub=(HubFiles("some/toy", tuple(sys.argv[2:])),))
try:
    pull_set(weights, print, Path(sys.argv[1]))
except StoreError as exc:
    sys.exit(f"StoreError: {exc}")
"""


class Hub(BaseHTTPRequestHandler):
    """Two files; the hash of the large one is what `declared` says."""

    declared = hashlib.sha256(LARGE).hexdigest()

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_HEAD(self) -> None:
        self.answer(body=False)

    def do_GET(self) -> None:
        self.answer(body=True)

    def answer(self, body: bool) -> None:
        path = self.path.split("?")[0]
        blob = hashlib.sha1(b"blob %d\0" % len(SMALL) + SMALL).hexdigest()
        if path.startswith("/api/models/some/toy"):
            large = {"rfilename": "sub/model.bin", "size": len(LARGE), "blobId": "b" * 40}
            large["lfs"] = {"sha256": self.declared, "size": len(LARGE), "pointerSize": 130}
            small = {"rfilename": "config.json", "size": len(SMALL), "blobId": blob}
            data = json.dumps({"id": "some/toy", "sha": COMMIT, "siblings": [small, large]}).encode()
            etag = "info"
        elif path.startswith(f"/some/toy/resolve/{COMMIT}/"):
            data, etag = (SMALL, blob) if path.endswith("config.json") else (LARGE, self.declared)
        else:
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.send_header("ETag", f'"{etag}"')
        self.send_header("X-Repo-Commit", COMMIT)
        self.end_headers()
        if body:
            self.wfile.write(data)


@pytest.fixture
def hub() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


def pull(hub: str, root: Path, *names: str) -> subprocess.CompletedProcess[str]:
    # A process of its own: the client reads HF_ENDPOINT when it is imported.
    env = {"HF_ENDPOINT": hub, "HF_HOME": str(root / "home"), "PATH": "", "HF_HUB_DISABLE_XET": "1"}
    return subprocess.run(
        [sys.executable, "-c", PULL, str(root), *names], env=env, capture_output=True, text=True
    )


def test_files_are_fetched_and_the_commit_and_hashes_recorded(hub: str, tmp_path: Path) -> None:
    done = pull(hub, tmp_path, "config.json", "sub/*.bin")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "toy/config.json").read_bytes() == SMALL
    assert (tmp_path / "toy/sub/model.bin").read_bytes() == LARGE
    manifest = json.loads((tmp_path / "toy/manifest.json").read_text())
    assert manifest["sources"] == [{"repo": "some/toy", "commit": COMMIT, "hashes": "declared by the hub"}]
    assert manifest["files"]["sub/model.bin"]["sha256"] == hashlib.sha256(LARGE).hexdigest()
    assert set(manifest["files"]) == {"config.json", "sub/model.bin"}


def test_a_file_that_does_not_fit_its_declared_hash_is_refused(
    hub: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Hub, "declared", "0" * 64)
    done = pull(hub, tmp_path, "sub/*.bin")
    assert "StoreError: some/toy: sub/model.bin is damaged" in done.stderr
    assert not (tmp_path / "toy").exists()


def test_a_missing_file_and_an_unreachable_hub_are_one_line(hub: str, tmp_path: Path) -> None:
    done = pull(hub, tmp_path, "nothing.bin")
    assert done.stderr.strip().startswith("StoreError: some/toy has no nothing.bin")
    done = pull("http://127.0.0.1:9", tmp_path, "config.json")
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("StoreError: could not fetch some/toy from the model hub")
    assert "HF_ENDPOINT" in last
