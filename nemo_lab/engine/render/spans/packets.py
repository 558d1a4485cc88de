"""Coded packets and how they are put away: a head, then the bytes; many of them are a part."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

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
    """Return a packet as it is put away."""
    head = _HEAD.pack(
        len(packet.data), packet.pts, packet.dts, packet.duration, packet.keyframe, packet.track
    )
    return head + packet.data


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
