"""Reads the tensors of a TensorFlow checkpoint without TensorFlow.

A checkpoint is two files. `*.index` is a sorted table (LevelDB's format) from a tensor's name to a small protocol
buffer: its type, shape, and where in `*.data-00000-of-00001` its bytes lie. Of both only what checkpoints use is read
here: one data file, uncompressed blocks, float32.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

_MAGIC = 0xDB4775248B80FB57
_FOOTER = 48
_FLOAT32 = 1
_Fields = dict[int, list[int | bytes]]


def tensors_of(index: bytes, data: bytes) -> dict[str, NDArray[np.float32]]:
    """All float32 tensors by name. Raises ValueError where the files are not a checkpoint of this kind."""
    found = {}
    try:
        for name, value in _table(index):
            fields = _fields(value)
            if not name or fields.get(1, [0])[0] != _FLOAT32:
                continue  # the header, and counters
            shape = [_number(_fields(_bytes(size)), 1) for size in _fields(_bytes(fields[2][0])).get(2, [])]
            start, size = _number(fields, 4), _number(fields, 5)
            if start + size > len(data) or _number(fields, 3):
                raise ValueError("The checkpoint's data is cut off, or in several files.")
            found[name.decode()] = np.frombuffer(data[start : start + size], "<f4").reshape(shape)
    except (IndexError, KeyError, struct.error) as exc:
        raise ValueError("The file is no index of a TensorFlow checkpoint.") from exc
    return found


def _table(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The entries of a table file, in order."""
    footer = data[-_FOOTER:]
    if len(footer) < _FOOTER or struct.unpack("<Q", footer[-8:])[0] != _MAGIC:
        raise ValueError("The file is no index of a TensorFlow checkpoint.")
    place = 0
    for _ in range(2):  # past where the meta index lies
        _, place = _varint(footer, place)
    start, place = _varint(footer, place)
    size, _ = _varint(footer, place)
    for _, handle in _block(data, start, size):
        first, place = _varint(handle, 0)
        length, _ = _varint(handle, place)
        yield from _block(data, first, length)


def _block(data: bytes, start: int, size: int) -> Iterator[tuple[bytes, bytes]]:
    """The entries of one block: each key says how much of it is the same as in the one before."""
    if data[start + size]:
        raise ValueError("The checkpoint's index is compressed, which is not supported.")
    block = data[start : start + size]
    restarts = struct.unpack("<I", block[-4:])[0]
    place, end, key = 0, len(block) - 4 - 4 * restarts, b""
    while place < end:
        shared, place = _varint(block, place)
        fresh, place = _varint(block, place)
        length, place = _varint(block, place)
        key = key[:shared] + block[place : place + fresh]
        place += fresh
        yield key, block[place : place + length]
        place += length


def _fields(message: bytes) -> _Fields:
    """A protocol buffer's fields by number."""
    found: _Fields = {}
    place = 0
    while place < len(message):
        tag, place = _varint(message, place)
        value: int | bytes
        if tag & 7 == 0:
            value, place = _varint(message, place)
        else:
            if tag & 7 == 2:
                length, place = _varint(message, place)
            else:
                length = {1: 8, 5: 4}[tag & 7]
            value = message[place : place + length]
            place += length
        found.setdefault(tag >> 3, []).append(value)
    return found


def _varint(data: bytes, place: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[place]
        place += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value, place


def _number(fields: _Fields, field: int) -> int:
    value = fields.get(field, [0])[0]
    assert isinstance(value, int)
    return value


def _bytes(value: int | bytes) -> bytes:
    assert isinstance(value, bytes)
    return value
