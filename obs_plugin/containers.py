# SPDX-License-Identifier: GPL-3.0-only
"""Whether a media file was finished by its writer, read from the file's own structure and nothing else.

MP4 and MOV (ISO/IEC 14496-12) are boxes one after the other; Matroska (RFC 9559) is one segment whose size is
written last. Only the heads of boxes are read, so a recording of 20 GB takes no longer than a small one.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import IO, NamedTuple

_MOST_BOXES = 500_000
"""A fragmented recording has two boxes for each second or two: this is more than a week."""
_CONTAINER_IDS = {0x1549A966: "info", 0x1F43B675: "cluster"}
_DURATION, _SCALE = 0x4489, 0x2AD7B1
_UNKNOWN_SIZE = -1


class Shape(NamedTuple):
    """What a file's structure says."""

    sealed: bool | None
    """Whether its writer finished it; ``None`` when the format has no mark for that."""
    readable: bool
    """Whether something of it can be played although it was not finished."""
    duration_ms: int | None = None


def shape_of(path: Path) -> Shape:
    """Return what a file's structure says; a name that is none of MP4, MOV or Matroska says nothing.

    Raises:
        OSError: it cannot be read.
    """
    kind = path.suffix.lower()
    try:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            if kind in {".mp4", ".mov", ".m4v"}:
                return _mp4(file, size)
            if kind in {".mkv", ".webm"}:
                return _matroska(file, size)
    except (struct.error, IndexError, OverflowError):  # the file ends in the middle of a head
        return Shape(sealed=False, readable=False)
    return Shape(sealed=None, readable=True)


def _mp4(file: IO[bytes], size: int) -> Shape:
    kinds: set[bytes] = set()
    end, last, duration = 0, b"", None
    for kind, start, end in _boxes(file, size):
        kinds.add(kind)
        last = kind
        if kind == b"moov" and end <= size:
            duration = _movie_length(file, start, end)
    whole = end == size and b"moov" in kinds
    # Fragments: a hybrid file is rewritten without them when it ends, any other ends in an index of them.
    sealed = whole and (b"moof" not in kinds or last == b"mfra")
    readable = {b"moov", b"moof"} <= kinds or (b"moov" in kinds and b"mdat" in kinds)
    return Shape(sealed, readable, duration)


def _boxes(file: IO[bytes], size: int, at: int = 0) -> Iterator[tuple[bytes, int, int]]:
    """Return each box's type, where its content begins, and where it says that it ends."""
    for _ in range(_MOST_BOXES):
        if at + 8 > size:
            if at < size:
                yield b"", at, size + 1  # a head that is cut off
            return
        file.seek(at)
        length, kind = struct.unpack(">I4s", file.read(8))
        content = at + 8
        if length == 1:
            length = struct.unpack(">Q", file.read(8))[0]
            content += 8
        elif length == 0:
            length = size - at
        if length < 8:
            yield b"", at, size + 1
            return
        yield kind, content, at + length
        at += length


def _movie_length(file: IO[bytes], start: int, end: int) -> int | None:
    """Return the length that ``mvhd`` states, in ms; ``None`` when it states none (fragmented)."""
    for kind, content, _ in _boxes(file, end, start):
        if kind == b"mvhd":
            file.seek(content)
            head = file.read(36)
            long = head[0] == 1
            scale, length = struct.unpack_from(">IQ" if long else ">II", head, 20 if long else 12)
            return round(length * 1000 / scale) if scale and length else None
    return None


def _matroska(file: IO[bytes], size: int) -> Shape:
    """A live writer leaves the segment's size unknown; it is filled in when the recording ends."""
    first, content, length = _element(file, 0)
    if first != 0x1A45DFA3:
        return Shape(sealed=False, readable=False)
    segment, start, length = _element(file, content + length)
    if segment != 0x18538067:
        return Shape(sealed=False, readable=False)
    known = length != _UNKNOWN_SIZE
    sealed = known and start + length <= size
    duration, clusters = _segment(file, start, size)
    return Shape(sealed, clusters, duration)


def _segment(file: IO[bytes], at: int, size: int) -> tuple[int | None, bool]:
    """Return the stated length in ms, and whether there is any picture or sound."""
    duration = None
    while at + 2 <= size:
        number, content, length = _element(file, at)
        kind = _CONTAINER_IDS.get(number)
        if kind == "cluster":
            return duration, True
        if length == _UNKNOWN_SIZE:
            break
        if kind == "info":
            duration = _info(file, content, content + length)
        at = content + length
    return duration, False


def _info(file: IO[bytes], at: int, end: int) -> int | None:
    scale, duration = 1_000_000, None
    while at < end:
        number, content, length = _element(file, at)
        file.seek(content)
        if number == _SCALE:
            scale = int.from_bytes(file.read(length))
        elif number == _DURATION:
            duration = struct.unpack(">d" if length == 8 else ">f", file.read(length))[0]
        at = content + length
    return round(duration * scale / 1_000_000) if duration else None


def _element(file: IO[bytes], at: int) -> tuple[int, int, int]:
    """Return an element's id, where its content begins, and its size.

    Raises:
        IndexError: the file ends within its head.
    """
    file.seek(at)
    head = file.read(12)
    width = _width(head[0], 4)
    number = int.from_bytes(head[:width])
    size_width = _width(head[width], 8)
    value = int.from_bytes(head[width : width + size_width]) & ((1 << 7 * size_width) - 1)
    if len(head) < width + size_width:
        raise IndexError
    unknown = value == (1 << 7 * size_width) - 1
    return number, at + width + size_width, _UNKNOWN_SIZE if unknown else value


def _width(first: int, most: int) -> int:
    """Return how many bytes a number of variable length takes, from its first byte (RFC 8794 §4)."""
    width = 9 - first.bit_length()
    if width > most:
        raise IndexError
    return width
