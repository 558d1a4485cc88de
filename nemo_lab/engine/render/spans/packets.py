"""Coded packets and how they travel through a pipe: a head, then the bytes; an empty one ends a part."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import IO

_HEAD = struct.Struct("<IqqIBB")


@dataclass(frozen=True)
class Packet:
    """A packet of the result, in units of its stream: frames of the picture or samples of a sound."""

    data: bytes
    pts: int
    dts: int
    duration: int
    keyframe: bool
    track: int = 0
    """Which audio track it belongs to; 0 for the picture."""


def packed(packet: Packet) -> bytes:
    """Return a packet as it travels."""
    head = _HEAD.pack(
        len(packet.data), packet.pts, packet.dts, packet.duration, packet.keyframe, packet.track
    )
    return head + packet.data


END = _HEAD.pack(0, 0, 0, 0, 0, 0)
"""Ends a part."""


def read_packed(stream: IO[bytes]) -> Iterator[bytes]:
    """Yield packets, still packed, until the part ends.

    Raises:
        EOFError: the stream ended before the part did.
    """
    while True:
        head = stream.read(_HEAD.size)
        if head == END:
            return
        if len(head) < _HEAD.size:
            raise EOFError("the stream ended too early")
        size = _HEAD.unpack(head)[0]
        data = stream.read(size)
        if len(data) < size:
            raise EOFError("the stream ended too early")
        yield head + data


def unpacked(part: bytes) -> Iterator[Packet]:
    """Yield the packets of a part."""
    place = 0
    while place < len(part):
        size, pts, dts, duration, keyframe, track = _HEAD.unpack_from(part, place)
        place += _HEAD.size
        yield Packet(part[place : place + size], pts, dts, duration, bool(keyframe), track)
        place += size


def part_of(packets: Iterable[Packet]) -> bytes:
    """Return packets as a part."""
    return b"".join(packed(packet) for packet in packets)
