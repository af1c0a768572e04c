"""Lay out what was pulled for GPT-SoVITS as its package looks for it, and add the dictionaries that no hub has.

The package would fetch all of this itself when it is first loaded, from wherever answers fastest and unchecked.
"""

from __future__ import annotations

import hashlib
import shutil
import urllib.request
import zipfile
from pathlib import Path

from .store import StoreError

LANGUAGE_MODEL = "s1v3.ckpt"
ACOUSTICS = "s2Gv2ProPlus.pth"
NEEDED = (
    LANGUAGE_MODEL,
    ACOUSTICS,
    "chinese-hubert-base/config.json",
    "sv/pretrained_eres2netv2w24s4ep4.ckpt",
    "g2p",
)
# The dictionaries come with the package's own releases. The hash was taken from a copy of its code that checks it; it
# could not be tried where this was written.
DICTIONARIES = "https://github.com/chinokikiss/GSV-TTS-Lite/releases/download/g2p/g2p.zip"
DICTIONARIES_SHA256 = "8bb1d58798c49c7913f24ca53ebe1ed2f69d0fda5c7c6e158b7a36d4a160e148"
MOST_BYTES = 1 << 30
SECONDS = 60.0


def missing(folder: Path) -> list[str]:
    """What of the files that the package needs is not there."""
    return [name for name in NEEDED if not (folder / name).exists()]


def prepare_gpt_sovits(folder: Path) -> None:
    """The hub's files at the top of the folder, and g2p/ beside them. Raises StoreError."""
    for path in folder.glob(f"*/{ACOUSTICS}"):
        path.rename(folder / ACOUSTICS)
        if not any(path.parent.iterdir()):
            path.parent.rmdir()
    archive = folder / "g2p.zip"
    _fetch(DICTIONARIES, DICTIONARIES_SHA256, archive)
    _unpack(archive, folder)
    archive.unlink()
    if lacking := missing(folder):
        raise StoreError(f"gpt-sovits: {', '.join(lacking)} is not among what was fetched.")


def _fetch(address: str, sha256: str, target: Path) -> None:
    digest, size = hashlib.sha256(), 0
    try:
        with urllib.request.urlopen(address, timeout=SECONDS) as answer, target.open("wb") as file:  # noqa: S310
            while block := answer.read(1 << 20):
                size += len(block)
                if size > MOST_BYTES:
                    raise StoreError(
                        f"{address} is larger than {MOST_BYTES >> 20} MB. Nothing was installed."
                    )
                digest.update(block)
                file.write(block)
    except OSError as exc:
        raise StoreError(
            f"could not fetch {address}: {exc} (check the network; then run this again)"
        ) from exc
    if digest.hexdigest() != sha256:
        raise StoreError(
            f"{address} has sha256 {digest.hexdigest()}, but {sha256} was expected. Nothing was installed."
        )


def _unpack(archive: Path, folder: Path) -> None:
    """Plain files below `folder`, no more than MOST_BYTES of them."""
    room = MOST_BYTES
    with zipfile.ZipFile(archive) as source:
        for member in source.infolist():
            if member.is_dir():
                continue
            path = folder / member.filename
            room -= member.file_size
            if room < 0 or not path.resolve().is_relative_to(folder.resolve()):
                raise StoreError(
                    f"g2p.zip holds {member.filename!r}, which is not taken. Nothing was installed."
                )
            path.parent.mkdir(parents=True, exist_ok=True)
            with source.open(member) as packed, path.open("wb") as file:
                shutil.copyfileobj(packed, file, 1 << 20)
