"""NAL units in MP4 and Matroska: length-prefixed, their parameter sets apart (ISO/IEC 14496-15, avcC)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from nemo_lab.engine.render.smart.errors import CannotSplice


@dataclass(frozen=True)
class AvcConfiguration:
    """An ``avcC`` record: the parameter sets of a stream."""

    sps: tuple[bytes, ...]
    pps: tuple[bytes, ...]
    extension: bytes = b""
    """What follows the parameter sets: chroma format and depth of the High profiles."""

    @classmethod
    def parse(cls, data: bytes) -> AvcConfiguration:
        """Read a record.

        Raises:
            CannotSplice: it is not one (a raw stream), or NAL units do not have lengths of four bytes.
        """
        if len(data) < 7 or data[0] != 1:
            raise CannotSplice("parameter sets are not stored apart")
        if data[4] & 3 != 3:
            raise CannotSplice("NAL unit lengths are not of four bytes")
        sps, position = _sets(data, 6, data[5] & 31)
        if position >= len(data):
            raise CannotSplice("parameter sets are cut off")
        pps, position = _sets(data, position + 1, data[position])
        return cls(sps, pps, data[position:])

    def to_bytes(self) -> bytes:
        """Return the record."""
        first = self.sps[0]
        parts = [bytes([1, first[1], first[2], first[3], 0xFF, 0xE0 | len(self.sps)])]
        parts += [len(nal).to_bytes(2, "big") + nal for nal in self.sps]
        parts.append(bytes([len(self.pps)]))
        parts += [len(nal).to_bytes(2, "big") + nal for nal in self.pps]
        return b"".join(parts) + self.extension


def _sets(data: bytes, position: int, count: int) -> tuple[tuple[bytes, ...], int]:
    found = []
    for _ in range(count):
        length = int.from_bytes(data[position : position + 2], "big")
        found.append(data[position + 2 : position + 2 + length])
        position += 2 + length
    if position > len(data):
        raise CannotSplice("parameter sets are cut off")
    return tuple(found), position


def split(packet: bytes | memoryview) -> Iterator[memoryview]:
    """Yield the NAL units of a packet.

    Raises:
        CannotSplice: the lengths do not add up.
    """
    view = memoryview(packet)
    position, end = 0, len(view)
    while position < end:
        start = position + 4
        position = start + int.from_bytes(view[position:start], "big")
        if position > end or position == start:
            raise CannotSplice("a packet is damaged")
        yield view[start:position]


def join(nals: Sequence[bytes | memoryview]) -> bytes:
    """Return a packet of these NAL units."""
    return b"".join(part for nal in nals for part in (len(nal).to_bytes(4, "big"), nal))


def split_annex_b(data: bytes) -> list[bytes]:
    """Return the NAL units of a byte stream with start codes, as encoders deliver it."""
    return [nal.rstrip(b"\0") for nal in data.split(b"\0\0\1")[1:]]
