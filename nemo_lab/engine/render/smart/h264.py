"""H.264 parameter sets and slice headers: read, changed, written again (ITU-T H.264, clause 7.3).

Only what a splice needs is understood: progressive frames of 4:2:0 in one slice group. Everything else
raises :class:`CannotSplice`, so that it is encoded instead.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from nemo_lab.engine.render.smart.bits import BitReader, Bits, BitWriter, escape, unescape
from nemo_lab.engine.render.smart.errors import CannotSplice

SLICE, IDR_SLICE, SEI, SPS_NAL, PPS_NAL, DELIMITER, FILLER = 1, 5, 6, 7, 8, 9, 12
P, B, I = 0, 1, 2  # noqa: E741 - the standard's own names of the slice types
_WITH_CHROMA_FORMAT = {100, 110, 122, 244, 44, 83, 86, 118, 128, 138}
_WITH_ARGUMENT = {1, 2, 3, 4, 6}
"""Memory management operations that have (at least) one argument; 3 has two."""
_SAFE = 8
"""Bytes of payload after the header that are escaped anew, before a safe place is looked for."""

_QUICK = 16
"""Bytes within which the numbers of a slice lie."""

_USUAL, _LONGEST = 40, 2000
"""Bytes in which a slice's header ends, usually and always; reading is the faster the fewer there are."""

_NOTHING = Bits(0, 0)

_MOST = 16
"""Largest number of bits of a counter, and of references, that a stream may have."""

Modification = tuple[int, int]
"""One command on a reference list: ``modification_of_pic_nums_idc`` and its argument."""


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
    deblocking: bool
    redundant: bool
    body: Bits
    """Everything after the two ids."""


@dataclass(slots=True)
class SliceHeader:
    """A slice header. Fields that the slice does not have are 0 or ``None``."""

    nal: int
    """The NAL unit's first byte."""
    first_mb: int
    coded_type: int
    """``slice_type`` as coded, 0 to 9."""
    pps: int
    frame_num: int
    idr_pic_id: int = 0
    poc_lsb: int = 0
    poc_bottom: int = 0
    redundant: int = 0
    direct_spatial: int = 0
    override: bool = False
    """The numbers of references are written although they are the PPS's."""
    references: tuple[int, int] = (0, 0)
    modifications: tuple[tuple[Modification, ...] | None, tuple[Modification, ...] | None] = (None, None)
    weights: Bits | None = None
    idr_flags: int = 0
    """``no_output_of_prior_pics_flag`` and ``long_term_reference_flag`` of an IDR picture."""
    marking: tuple[tuple[int, ...], ...] | None = None
    """Memory management operations; ``None`` is the sliding window."""
    rest: Bits = _NOTHING
    """Quantiser and deblocking: carried over."""
    length: int = 0
    """Bits of the header after the NAL unit's first byte."""

    @property
    def type(self) -> int:
        """P, B or I."""
        return self.coded_type % 5

    @property
    def idr(self) -> bool:
        """Whether it belongs to an IDR picture."""
        return self.nal & 31 == IDR_SLICE

    @property
    def is_reference(self) -> bool:
        """Whether other pictures may refer to it."""
        return bool(self.nal >> 5 & 3)


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
    if max(frame_num_bits, poc_bits, references) > _MOST or poc_type > 2:
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
    reader.se(), reader.se(), reader.se()
    deblocking, _, redundant = bool(reader.u(1)), reader.u(1), bool(reader.u(1))
    return Pps(
        number, sps, cabac, bottom_poc, references, weighted_p, weighted_b, deblocking, redundant, body
    )


def write_pps(pps: Pps, *, number: int, sps: int) -> bytes:
    """Return the NAL unit of ``pps`` under another id, for another SPS."""
    writer = BitWriter()
    writer.ue(number)
    writer.ue(sps)
    writer.bits(pps.body)
    writer.trailing()
    return b"\x68" + escape(writer.to_bytes())


def parse_slice(nal: bytes, sets: ParameterSets) -> SliceHeader:
    """Read a slice's header; ``nal`` may be cut off behind it.

    Raises:
        CannotSplice: it ends within the header, or is of a kind that is not understood.
    """
    try:
        return _parsed(nal[:_USUAL], sets)
    except CannotSplice:
        return _parsed(nal[:_LONGEST], sets)


def _parsed(nal: bytes, sets: ParameterSets) -> SliceHeader:
    reader = BitReader(unescape(nal[1:]))
    first, coded_type, number = reader.ue(), reader.ue(), reader.ue()
    pps, sps = sets.of(number), sets.sps
    header = SliceHeader(nal[0], first, coded_type, number, reader.u(sps.frame_num_bits))
    if header.type > I:
        raise CannotSplice("switching slices")
    if header.idr:
        header.idr_pic_id = reader.ue()
    if sps.poc_type == 0:
        header.poc_lsb = reader.u(sps.poc_bits)
        header.poc_bottom = reader.se() if pps.bottom_poc else 0
    header.redundant = reader.ue() if pps.redundant else 0
    if header.type != I:
        _read_references(reader, header, pps)
        _read_weights(reader, header, pps, sps)
    if header.is_reference:
        _read_marking(reader, header)
    start = reader.position
    if pps.cabac and header.type != I:
        reader.ue()
    reader.se()
    if pps.deblocking and reader.ue() != 1:
        reader.se(), reader.se()
    header.rest, header.length = reader.since(start), reader.position
    return header


def _read_references(reader: BitReader, header: SliceHeader, pps: Pps) -> None:
    is_b = header.type == B
    header.direct_spatial = reader.u(1) if is_b else 0
    header.override = bool(reader.u(1))
    list0, list1 = pps.references
    if header.override:
        list0 = reader.ue() + 1
        list1 = reader.ue() + 1 if is_b else 0
    if max(list0, list1) > 2 * _MOST:
        raise CannotSplice("a damaged slice header")
    header.references = list0, list1 if is_b else 0
    header.modifications = _read_modifications(reader), _read_modifications(reader) if is_b else None


def _read_modifications(reader: BitReader) -> tuple[Modification, ...] | None:
    if not reader.u(1):
        return None
    commands: list[Modification] = []
    while (kind := reader.ue()) != 3:
        commands.append((kind, reader.ue()))
    return tuple(commands)


def _read_weights(reader: BitReader, header: SliceHeader, pps: Pps, sps: Sps) -> None:
    if not (pps.weighted_p if header.type == P else pps.weighted_b == 1):
        return
    start = reader.position
    reader.ue()
    if sps.chroma_format:
        reader.ue()
    for _ in range(sum(header.references)):
        if reader.u(1):
            reader.se(), reader.se()
        if sps.chroma_format and reader.u(1):
            for _ in range(4):
                reader.se()
    header.weights = reader.since(start)


def _read_marking(reader: BitReader, header: SliceHeader) -> None:
    if header.idr:
        header.idr_flags = reader.u(2)
    elif reader.u(1):
        commands: list[tuple[int, ...]] = []
        while kind := reader.ue():
            arguments = [reader.ue()] if kind in _WITH_ARGUMENT else []
            if kind == 3:
                arguments.append(reader.ue())
            commands.append((kind, *arguments))
        header.marking = tuple(commands)


def write_slice(nal: bytes, header: SliceHeader, sps: Sps, pps: Pps) -> bytes:
    """Return the whole slice ``nal`` with ``header`` in place of its own, written under ``sps`` and ``pps``.

    ``header.length`` must still be that of the slice's own header. The payload is not touched when the
    coding is CABAC (it begins at a whole byte) and shifted by bits when it is CAVLC.
    """
    writer = BitWriter()
    _write_header(writer, header, sps, pps)
    if not pps.cabac:
        reader = BitReader(unescape(nal[1:]))
        reader.position = header.length
        writer.bits(reader.payload())
        writer.trailing()
        return nal[:1] + escape(writer.to_bytes())
    writer.align(1)
    start = (header.length + 7) // 8
    # Escapes depend on the bytes before: from a byte on that is neither 0 nor 3 they are what they were.
    safe = 1 + start + start // 2 + _SAFE
    while safe < len(nal) and nal[safe - 1] in (0, 3):
        safe += 1
    payload = unescape(nal[1:safe])[start:]
    if safe >= len(nal):
        payload = payload.rstrip(b"\0")
    return nal[:1] + escape(writer.to_bytes() + payload) + nal[safe:]


def shifted_slice(nal: bytes, sps: Sps, frame_num: int, poc: int) -> bytes | None:
    """Return a slice whose frame number and order count are greater by these; ``None``: the slow way.

    Both have a fixed length, so only these bits change, unless escapes come into it. Not for IDR pictures.
    """
    start = nal[1:_QUICK]
    reader = BitReader(start)
    reader.ue(), reader.ue(), reader.ue()
    value = int.from_bytes(start, "big")
    for shift, count in ((frame_num, sps.frame_num_bits), (poc, sps.poc_bits)):
        old = reader.u(count)
        place = 8 * len(start) - reader.position
        value += ((old + shift) % (1 << count) - old) << place
    # Behind a byte that stays and is more than 3, escapes are what they were.
    end = (reader.position + 7) // 8
    while end < len(start) and start[end] <= 3:
        end += 1
    changed = value.to_bytes(len(start), "big")
    escapes = b"\0\0\3" in start[:end] or escape(changed[: end + 1]) != changed[: end + 1]
    return None if escapes or end == len(start) else nal[:1] + changed + nal[_QUICK:]


def _write_header(writer: BitWriter, header: SliceHeader, sps: Sps, pps: Pps) -> None:
    writer.ue(header.first_mb)
    writer.ue(header.coded_type)
    writer.ue(pps.id)
    writer.u(header.frame_num, sps.frame_num_bits)
    if header.idr:
        writer.ue(header.idr_pic_id)
    if sps.poc_type == 0:
        writer.u(header.poc_lsb, sps.poc_bits)
        if pps.bottom_poc:
            writer.se(header.poc_bottom)
    if pps.redundant:
        writer.ue(header.redundant)
    if header.type != I:
        _write_references(writer, header, pps)
    if header.weights:
        writer.bits(header.weights)
    if header.is_reference:
        _write_marking(writer, header)
    writer.bits(header.rest)


def _write_references(writer: BitWriter, header: SliceHeader, pps: Pps) -> None:
    is_b = header.type == B
    if is_b:
        writer.u(header.direct_spatial, 1)
    override = header.override or header.references != (pps.references[0], pps.references[1] if is_b else 0)
    writer.u(override, 1)
    if override:
        for count in header.references[: 2 if is_b else 1]:
            writer.ue(count - 1)
    for commands in header.modifications[: 2 if is_b else 1]:
        writer.u(commands is not None, 1)
        if commands is not None:
            for kind, argument in commands:
                writer.ue(kind)
                writer.ue(argument)
            writer.ue(3)


def _write_marking(writer: BitWriter, header: SliceHeader) -> None:
    if header.idr:
        writer.u(header.idr_flags, 2)
        return
    writer.u(header.marking is not None, 1)
    if header.marking is not None:
        for command in header.marking:
            for number in command:
                writer.ue(number)
        writer.ue(0)
