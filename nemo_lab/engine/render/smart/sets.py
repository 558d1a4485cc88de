"""H.264 parameter sets: read, and a picture's written again under another id (ITU-T H.264, clause 7.3.2).

Only what a splice needs is understood: progressive frames of 4:2:0 in one slice group. Everything else
raises :class:`CannotSplice`, so that it is encoded instead.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from nemo_lab.engine.render.smart.bits import BitReader, Bits, BitWriter, escape, unescape
from nemo_lab.engine.render.smart.errors import CannotSplice

_WITH_CHROMA_FORMAT = {100, 110, 122, 244, 44, 83, 86, 118, 128, 138}
MOST = 16
"""Largest number of bits of a counter, and of references, that a stream may have."""


@dataclass(frozen=True)
class Sps:
    """What a sequence parameter set says, as far as splicing needs it."""

    id: int
    profile: int
    level: int
    shape: tuple[int, ...]
    """Chroma format, bit depths, size in macroblocks and cropping: must be equal in spliced streams."""
    chroma_format: int
    frame_num_bits: int
    poc_type: int
    poc_bits: int
    """Bits of ``pic_order_cnt_lsb``; 0 when order counts are not coded (type 2)."""
    max_references: int


@dataclass(frozen=True)
class Pps:
    """What a picture parameter set says, as far as slice headers depend on it."""

    id: int
    sps: int
    cabac: bool
    bottom_poc: bool
    references: tuple[int, int]
    """Default number of active references in list 0 and 1."""
    weighted_p: bool
    weighted_b: int
    quantiser: int
    """What a slice's own is a difference to."""
    deblocking: bool
    redundant: bool
    body: Bits
    """Everything after the two ids."""


@dataclass(frozen=True)
class ParameterSets:
    """The one SPS and the PPSs under which slices are read."""

    sps: Sps
    pps: Mapping[int, Pps]

    def of(self, header_pps: int) -> Pps:
        """Return the PPS with this id.

        Raises:
            CannotSplice: there is none.
        """
        try:
            return self.pps[header_pps]
        except KeyError:
            raise CannotSplice("a slice names an unknown parameter set") from None


def parse_sps(nal: bytes) -> Sps:
    """Read a sequence parameter set.

    Raises:
        CannotSplice: it is interlaced, or uses a scaling matrix, order count type 1, gaps in frame numbers.
    """
    reader = BitReader(unescape(nal[1:]))
    profile, _, level, number = reader.u(8), reader.u(8), reader.u(8), reader.ue()
    chroma, depths = _chroma_and_depth(reader) if profile in _WITH_CHROMA_FORMAT else (1, (8, 8))
    frame_num_bits, poc_type = reader.ue() + 4, reader.ue()
    if poc_type == 1:
        raise CannotSplice("picture order count of type 1")
    poc_bits = reader.ue() + 4 if poc_type == 0 else 0
    references = reader.ue()
    if max(frame_num_bits, poc_bits, references) > MOST or poc_type > 2:
        raise CannotSplice("a damaged parameter set")
    if reader.u(1):
        raise CannotSplice("gaps in frame numbers")
    size = reader.ue() + 1, reader.ue() + 1
    if not reader.u(1):
        raise CannotSplice("interlaced")
    reader.u(1)
    crop = tuple(reader.ue() for _ in range(4)) if reader.u(1) else (0, 0, 0, 0)
    shape = (chroma, *depths, *size, *crop)
    return Sps(number, profile, level, shape, chroma, frame_num_bits, poc_type, poc_bits, references)


def _chroma_and_depth(reader: BitReader) -> tuple[int, tuple[int, int]]:
    chroma = reader.ue()
    if chroma == 3 and reader.u(1):
        raise CannotSplice("separate colour planes")
    depths = reader.ue() + 8, reader.ue() + 8
    if reader.u(1):
        raise CannotSplice("lossless transform bypass")
    if reader.u(1):
        raise CannotSplice("scaling matrix")
    return chroma, depths


def parse_pps(nal: bytes) -> Pps:
    """Read a picture parameter set.

    Raises:
        CannotSplice: it has slice groups.
    """
    reader = BitReader(unescape(nal[1:]))
    number, sps = reader.ue(), reader.ue()
    start = reader.position
    body = reader.payload()
    reader.position = start
    cabac, bottom_poc = bool(reader.u(1)), bool(reader.u(1))
    if reader.ue():
        raise CannotSplice("slice groups")
    references = reader.ue() + 1, reader.ue() + 1
    weighted_p, weighted_b = bool(reader.u(1)), reader.u(2)
    quantiser = 26 + reader.se()
    reader.se(), reader.se()
    deblocking, _, redundant = bool(reader.u(1)), reader.u(1), bool(reader.u(1))
    return Pps(
        number, sps, cabac, bottom_poc, references, weighted_p, weighted_b, quantiser, deblocking, redundant,
        body,
    )  # fmt: skip


def write_pps(pps: Pps, *, number: int, sps: int) -> bytes:
    """Return the NAL unit of ``pps`` under another id, for another SPS."""
    writer = BitWriter()
    writer.ue(number)
    writer.ue(sps)
    writer.bits(pps.body)
    writer.trailing()
    return b"\x68" + escape(writer.to_bytes())
