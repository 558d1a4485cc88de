"""HEVC's parameter sets and NAL units (ITU-T H.265, clause 7.3; ISO/IEC 14496-15, hvcC).

Pictures of our own encoder get a VPS, SPS and PPS of their own beside the source's. Their numbers are
chosen so that nothing has to be parsed: an Exp-Golomb number from 15 to 30 is exactly one byte longer than
0, so putting it in the place of a 0 moves all that follows by a whole byte.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from nemo_lab.engine.render.smart.bits import BitReader, escape, unescape
from nemo_lab.engine.render.smart.errors import CannotSplice

VPS, SPS, PPS = 32, 33, 34
CRA = 21
_BLA_N_LP = 18
_FIRST_IRAP, _LAST_IRAP = 16, 23
_SLICES = 32
"""NAL unit types below are slices."""
OWN = 15
"""Number of our SPS and PPS; our VPS has it too."""
_HEADER = 2
"""Bytes of a NAL unit's header."""
_SPS_ID = 8 + 96
"""Bit of the SPS's number: behind one byte and the profile, tier and level of a stream without sub-layers."""


@dataclass(frozen=True)
class HevcConfiguration:
    """An ``hvcC`` record: the parameter sets of a stream."""

    head: bytes
    arrays: tuple[tuple[int, tuple[bytes, ...]], ...]
    """NAL units by type."""

    @classmethod
    def parse(cls, data: bytes) -> HevcConfiguration:
        """Read a record.

        Raises:
            CannotSplice: it is not one, or NAL units do not have lengths of four bytes.
        """
        if len(data) < 23 or data[0] != 1:
            raise CannotSplice("parameter sets are not stored apart")
        if data[21] & 3 != 3:
            raise CannotSplice("NAL unit lengths are not of four bytes")
        position, arrays = 23, []
        for _ in range(data[22]):
            kind, count = data[position] & 63, int.from_bytes(data[position + 1 : position + 3], "big")
            position += 3
            nals = []
            for _ in range(count):
                length = int.from_bytes(data[position : position + 2], "big")
                nals.append(data[position + 2 : position + 2 + length])
                position += 2 + length
            arrays.append((kind, tuple(nals)))
        if position > len(data):
            raise CannotSplice("parameter sets are cut off")
        return cls(data[:22], tuple(arrays))

    def of(self, kind: int) -> tuple[bytes, ...]:
        """Return the NAL units of a type."""
        return tuple(nal for found, nals in self.arrays if found == kind for nal in nals)

    def with_sets(self, nals: list[bytes]) -> HevcConfiguration:
        """Return a record that has these parameter sets too."""
        extra = {kind: tuple(nal for nal in nals if nal_type(nal) == kind) for kind in (VPS, SPS, PPS)}
        arrays = tuple((kind, (*found, *extra.get(kind, ()))) for kind, found in self.arrays)
        return replace(self, arrays=arrays)

    def to_bytes(self) -> bytes:
        """Return the record; all parameter sets are in it, none need be among the pictures."""
        parts = [self.head, bytes([len(self.arrays)])]
        for kind, nals in self.arrays:
            complete = 0x80 if kind in (VPS, SPS, PPS) else 0
            parts.append(bytes([complete | kind]) + len(nals).to_bytes(2, "big"))
            parts += [len(nal).to_bytes(2, "big") + nal for nal in nals]
        return b"".join(parts)


def nal_type(nal: bytes | memoryview) -> int:
    """Return the type of a NAL unit."""
    return nal[0] >> 1 & 63


def is_set(nal: bytes | memoryview) -> bool:
    """Whether it is a parameter set."""
    return VPS <= nal_type(nal) <= PPS


def is_slice(nal: bytes | memoryview) -> bool:
    """Whether it is a part of a picture."""
    return nal_type(nal) < _SLICES


def is_entry(nal: bytes | memoryview) -> bool:
    """Whether decoding may begin at this slice's picture."""
    return _FIRST_IRAP <= nal_type(nal) <= _LAST_IRAP


def check_numbers(configuration: HevcConfiguration) -> None:
    """Make sure that our numbers are free.

    Raises:
        CannotSplice: they are not.
    """
    for kind in (VPS, SPS, PPS):
        for nal in configuration.of(kind):
            if number_of(nal) == OWN:
                raise CannotSplice("the source uses an unusual number of a parameter set")


def number_of(nal: bytes) -> int:
    """Return the number of a parameter set."""
    reader = BitReader(unescape(nal[_HEADER : _HEADER + 48]))
    if nal_type(nal) == VPS:
        return reader.u(4)
    if nal_type(nal) == SPS:
        reader.u(4)
        if reader.u(3):
            raise CannotSplice("pictures in sub-layers")
        reader.position = _SPS_ID
    return reader.ue()


def renumbered(nal: bytes) -> bytes:
    """Return a parameter set or slice of our encoder, whose numbers are all 0, under :data:`OWN`.

    Raises:
        CannotSplice: another number is found.
    """
    kind, body = nal_type(nal), unescape(nal[_HEADER:])
    if kind == VPS:
        body = bytes([OWN << 4 | body[0] & 15]) + body[1:]
    elif kind == SPS:
        body = _widened(bytes([OWN << 4 | body[0] & 15]) + body[1:], _SPS_ID)
    elif kind == PPS:
        body = _widened(_widened(body, 0), 9)
    elif kind < _SLICES:
        # first_slice_segment_in_pic_flag, and for entries no_output_of_prior_pics_flag.
        body = _widened(body, 2 if is_entry(nal) else 1)
    return nal[:_HEADER] + escape(body)


def _widened(body: bytes, bit: int) -> bytes:
    """Put ``ue(OWN)``, nine bits, in the place of ``ue(0)``, a single 1, at a bit."""
    whole = int.from_bytes(body, "big")
    behind = len(body) * 8 - bit - 1
    if not whole >> behind & 1:
        raise CannotSplice("the encoder numbers its parameter sets in an unexpected way")
    before, after = whole >> (behind + 1), whole & ((1 << behind) - 1)
    return ((before << 9 | OWN + 1) << behind | after).to_bytes(len(body) + 1, "big")


def as_start(nal: bytes) -> bytes:
    """Return a slice of a clean random access picture as one with which a new sequence begins."""
    if nal_type(nal) != CRA:
        return nal
    return bytes([nal[0] & 0x81 | _BLA_N_LP << 1]) + nal[1:]
