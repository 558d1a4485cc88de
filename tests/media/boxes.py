"""A parser of MP4 that owes nothing to FFmpeg: boxes, sample tables, and what must be true of them."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

_CONTAINERS = {b"moov", b"trak", b"mdia", b"minf", b"stbl", b"edts", b"udta"}


@dataclass(frozen=True)
class Box:
    """A box of the file."""

    kind: bytes
    start: int
    """Of its content."""
    end: int


@dataclass(frozen=True)
class Track:
    """A track's tables, all times in its own units."""

    handler: bytes
    timescale: int
    entries: list[bytes]
    sizes: list[int]
    offsets: list[int]
    decode: list[int]
    shown: list[int]
    keys: list[int]
    """Numbers of the samples that are keyframes, from 0; all, where the table is absent."""
    edits: int


def boxes(data: bytes, start: int = 0, end: int | None = None) -> Iterator[Box]:
    """Yield boxes, those inside containers too; they must fill their room exactly."""
    end = len(data) if end is None else end
    while start < end:
        size, kind = struct.unpack_from(">I4s", data, start)
        head = 8
        if size == 1:
            size, head = struct.unpack_from(">Q", data, start + 8)[0], 16
        assert head <= size <= end - start, (kind, size, start)
        yield Box(kind, start + head, start + size)
        if kind in _CONTAINERS:
            yield from boxes(data, start + head, start + size)
        start += size
    assert start == end


def tracks(path: Path) -> list[Track]:
    """Return the tracks of a file after checking what holds for every good one."""
    data = path.read_bytes()
    found = list(boxes(data))
    kinds = [box.kind for box in found]
    assert kinds[0] == b"ftyp"
    assert kinds.index(b"moov") < kinds.index(b"mdat"), "the index goes in front"
    (media,) = [box for box in found if box.kind == b"mdat"]
    made = [
        _track(data, [one for one in found if box.start <= one.start and one.end <= box.end])
        for box in found
        if box.kind == b"trak"
    ]
    taken = []
    for track in made:
        assert len(track.sizes) == len(track.offsets) == len(track.decode)
        assert all(b > a for a, b in pairwise(track.decode))
        taken += [(at, at + size) for at, size in zip(track.offsets, track.sizes, strict=True)]
    taken.sort()
    assert media.start <= taken[0][0]
    assert taken[-1][1] <= media.end
    assert all(before[1] <= after[0] for before, after in pairwise(taken)), "samples overlap"
    return made


def _track(data: bytes, inside: list[Box]) -> Track:
    table = {box.kind: box for box in inside}

    def numbers(kind: bytes, form: str, skip: int = 8) -> list[tuple[int, ...]]:
        box = table[kind]
        return list(struct.iter_unpack(form, data[box.start + skip : box.end]))

    sizes = _sizes(data, table[b"stsz"])
    decode, at = [], 0
    for count, step in numbers(b"stts", ">II"):
        for _ in range(count):
            decode.append(at)
            at += step
    moved = [
        off for count, off in (numbers(b"ctts", ">Ii") if b"ctts" in table else []) for _ in range(count)
    ]
    moved = moved or [0] * len(decode)
    keys = [one[0] - 1 for one in numbers(b"stss", ">I")] if b"stss" in table else list(range(len(sizes)))
    version = data[table[b"mdhd"].start]
    scale = struct.unpack_from(">I", data, table[b"mdhd"].start + (20 if version else 12))[0]
    entry = table[b"stsd"]
    return Track(
        data[table[b"hdlr"].start + 8 : table[b"hdlr"].start + 12],
        scale,
        [box.kind for box in _entries(data, entry)],
        sizes,
        _offsets(data, table, numbers(b"stsc", ">III"), sizes),
        decode,
        [time + off for time, off in zip(decode, moved, strict=True)],
        keys,
        struct.unpack_from(">I", data, table[b"elst"].start + 4)[0] if b"elst" in table else 0,
    )


def _entries(data: bytes, box: Box) -> list[Box]:
    return [Box(data[box.start + 12 : box.start + 16], box.start + 8, box.end)]


def _sizes(data: bytes, box: Box) -> list[int]:
    fixed, count = struct.unpack_from(">II", data, box.start + 4)
    if fixed:
        return [fixed] * count
    return list(struct.unpack_from(f">{count}I", data, box.start + 12))


def _offsets(
    data: bytes, table: dict[bytes, Box], runs: list[tuple[int, ...]], sizes: list[int]
) -> list[int]:
    wide = b"co64" in table
    box = table[b"co64" if wide else b"stco"]
    count = struct.unpack_from(">I", data, box.start + 4)[0]
    chunks = struct.unpack_from(f">{count}{'Q' if wide else 'I'}", data, box.start + 8)
    offsets: list[int] = []
    for number, chunk in enumerate(chunks, 1):
        per_chunk = next(run[1] for run in reversed(runs) if run[0] <= number)
        at = chunk
        for _ in range(per_chunk):
            offsets.append(at)
            at += sizes[len(offsets) - 1]
    return offsets
