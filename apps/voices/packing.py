"""A voice as a ZIP, out and in again: `reference.wav` and `metadata.json`, nothing else, nowhere else.

A ZIP that somebody sends is never unpacked to disk by its own names: at most two members are read, found by their
exact names in the root or in one folder, and every byte is counted while it comes out.
"""

from __future__ import annotations

import io
import json
import re
import secrets
import stat
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from django.core.files.uploadedfile import UploadedFile

from apps.media.store import media_store
from ttsplatform.errors import ApiError
from workers.audio.reference import Limits

from .models import Voice
from .references import Recording
from .selectors import storable
from .services import is_reserved
from .uploads import checked_file, on_disk, scratch

REFERENCE, METADATA = "reference.wav", "metadata.json"
_MOST_METADATA = 64 << 10
_MOST_DIRECTORY = 64 << 10
_MOST_MEMBERS = 100
_END = struct.Struct("<4s4H2LH")


@dataclass(frozen=True, slots=True)
class Unpacked:
    """What was in it. `clone_id` is fit to be one, from the metadata, else the folder, else made up."""

    recording: Recording
    clone_id: str


def pack(voice: Voice) -> bytes:
    """The voice's ZIP, some MB at most. Raises conflict where it has no recording."""
    if not voice.reference_key:
        raise ApiError("conflict", "This voice has no recording yet. Upload a reference first.")
    with media_store().open(voice.reference_key) as file:
        reference = file.read()
    first = voice.references.first()
    metadata = {
        "clone_id": voice.pocket_name,
        "source_file": first.name if first else "",
        "reference_text": voice.reference_text,
        "created_at": voice.created_at.isoformat(),
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(REFERENCE, reference)
        archive.writestr(METADATA, json.dumps(metadata, indent=2))
    return out.getvalue()


def unpacked(upload: UploadedFile, limits: Limits) -> Unpacked:
    """The recording and the name in an uploaded ZIP. Raises bad_request, file_too_large."""
    if (upload.size or 0) > limits.max_bytes:
        raise ApiError("file_too_large", f"file: is larger than {limits.max_bytes >> 20} MB.", param="file")
    with on_disk(upload) as path:
        _demand_small_directory(path)
        try:
            with zipfile.ZipFile(path) as archive:
                return _read(archive, limits)
        except (
            zipfile.BadZipFile,
            zlib.error,
            NotImplementedError,
            RuntimeError,
            EOFError,
            ValueError,
        ) as exc:
            raise _refused("it is damaged, or no ZIP file") from exc


def _demand_small_directory(path: str) -> None:
    """The list of members is read whole, so its size is looked at first; ZIP64 is for archives that we never take."""
    with open(path, "rb") as file:
        file.seek(0, io.SEEK_END)
        file.seek(max(0, file.tell() - _END.size - 0xFFFF))
        tail = file.read()
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < _END.size:
        raise _refused("it is damaged, or no ZIP file")
    _, _, _, _, members, size, _, _ = _END.unpack_from(tail, at)
    if members > _MOST_MEMBERS or size > _MOST_DIRECTORY or b"PK\x06\x07" in tail[max(0, at - 20) : at]:
        raise _refused("it holds too many files")


def _read(archive: zipfile.ZipFile, limits: Limits) -> Unpacked:
    members = [member for member in archive.infolist() if not member.is_dir()]
    for member in members:
        if stat.S_ISLNK(member.external_attr >> 16):
            raise _refused("it holds a link")
        if member.filename.startswith(("/", "\\")) or ".." in re.split(r"[/\\]", member.filename):
            raise _refused("it holds a path that leads outside")
    references = [member for member in members if _named(member, REFERENCE)]
    if not references:
        raise _refused(f"must contain {REFERENCE}")
    if len(references) > 1:
        raise _refused(f"it holds more than one {REFERENCE}")
    folder = references[0].filename.removesuffix(REFERENCE)
    with tempfile.NamedTemporaryFile(prefix="import-", dir=scratch()) as file:
        for piece in _content(archive, references[0], limits.max_bytes):
            file.write(piece)
        file.flush()
        checked = checked_file(file.name, limits, param="file")
    told = _metadata(archive, [member for member in members if member.filename == f"{folder}{METADATA}"])
    name = told.get("clone_id") or folder.rstrip("/") or f"imported_{secrets.token_hex(4)}"
    text = told.get("reference_text", "")
    return Unpacked(Recording(checked, told.get("source_file", ""), text), clone_id_from(name))


def clone_id_from(name: str) -> str:
    """A name that came from outside as a clone's name: what it may not hold becomes an underscore."""
    fit = re.sub(r"[^A-Za-z0-9_-]", "_", name)[:100]
    return f"imported_{fit}"[:100] if is_reserved(fit) else fit


def _named(member: zipfile.ZipInfo, name: str) -> bool:
    """Whether it has that name, in the root or in one folder."""
    return member.filename == name or (
        member.filename.count("/") == 1 and member.filename.endswith(f"/{name}")
    )


def _content(archive: zipfile.ZipFile, member: zipfile.ZipInfo, most: int) -> Iterator[bytes]:
    """A member's bytes in pieces, counted as they come out, whatever the archive says of their number."""
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise _refused("it is compressed in a way we do not read")
    if member.file_size > most:
        message = f"file: {member.filename[-40:]} is larger than {most >> 20} MB."
        raise ApiError("file_too_large", message, param="file")
    count = 0
    with archive.open(member) as file:
        while piece := file.read(1 << 18):
            count += len(piece)
            if count > most:
                raise ApiError("file_too_large", f"file: holds more than {most >> 20} MB.", param="file")
            yield piece


def _metadata(archive: zipfile.ZipFile, members: list[zipfile.ZipInfo]) -> dict[str, str]:
    """The texts in metadata.json; {} where there is none that can be read."""
    if len(members) != 1:
        return {}
    try:
        found = json.loads(b"".join(_content(archive, members[0], _MOST_METADATA)))
    except (ApiError, ValueError, RecursionError):
        return {}
    if not isinstance(found, dict):
        return {}
    return {name: value for name, value in found.items() if isinstance(value, str) and storable(value)}


def _refused(why: str) -> ApiError:
    return ApiError("bad_request", f"Invalid ZIP file: {why}", param="file")
