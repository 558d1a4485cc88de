"""H.264 slice headers: read, changed, written again (ITU-T H.264, clause 7.3.3).

Only what a splice needs is understood: progressive frames of 4:2:0 in one slice group. Everything else
raises :class:`CannotSplice`, so that it is encoded instead.
"""

from __future__ import annotations

from dataclasses import dataclass

from nemo_lab.engine.render.smart.bits import BitReader, Bits, BitWriter, escape, unescape
from nemo_lab.engine.render.smart.errors import CannotSplice
from nemo_lab.engine.render.smart.sets import MOST, ParameterSets, Pps, Sps

SLICE, IDR_SLICE, SEI, SPS_NAL, PPS_NAL, DELIMITER, FILLER = 1, 5, 6, 7, 8, 9, 12
P, B, I = 0, 1, 2  # noqa: E741 - the standard's own names of the slice types
_WITH_ARGUMENT = {1, 2, 3, 4, 6}
"""Memory management operations that have (at least) one argument; 3 has two."""
_SAFE = 8
"""Bytes of payload after the header that are escaped anew, before a safe place is looked for."""

_QUICK = 16
"""Bytes within which the numbers of a slice lie."""

_USUAL, _LONGEST = 40, 2000
"""Bytes in which a slice's header ends, usually and always; reading is the faster the fewer there are."""

_NOTHING = Bits(0, 0)

Modification = tuple[int, int]
"""One command on a reference list: ``modification_of_pic_nums_idc`` and its argument."""


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


def parse_slice(nal: bytes, sets: ParameterSets) -> SliceHeader:
    """Read a slice's header; ``nal`` may be cut off behind it.

    Raises:
        CannotSplice: it ends within the header, or is of a kind that is not understood.
    """
    try:
        return _parsed(nal[:_USUAL], sets)
    except CannotSplice:
        return _parsed(nal[:_LONGEST], sets)


def read_references(nal: bytes, sets: ParameterSets) -> SliceHeader:
    """Read what a slice's header says of pictures and references: less work than all of it.

    Weights, ``rest`` and ``length`` are not filled in, so it cannot be written again.

    Raises:
        CannotSplice: as :func:`parse_slice`.
    """
    try:
        return _read(BitReader(unescape(nal[1:_USUAL])), nal[0], sets)
    except CannotSplice:
        return _read(BitReader(unescape(nal[1:_LONGEST])), nal[0], sets)


def _parsed(nal: bytes, sets: ParameterSets) -> SliceHeader:
    reader = BitReader(unescape(nal[1:]))
    header = _read(reader, nal[0], sets, whole=True)
    pps, start = sets.of(header.pps), reader.position
    if pps.cabac and header.type != I:
        reader.ue()
    reader.se()
    if pps.deblocking and reader.ue() != 1:
        reader.se(), reader.se()
    header.rest, header.length = reader.since(start), reader.position
    return header


def _read(reader: BitReader, nal: int, sets: ParameterSets, whole: bool = False) -> SliceHeader:
    """Read a header up to the marking; weights that lie before it are kept when ``whole``."""
    first, coded_type, number = reader.ue(), reader.ue(), reader.ue()
    pps, sps = sets.of(number), sets.sps
    header = SliceHeader(nal, first, coded_type, number, reader.u(sps.frame_num_bits))
    if coded_type % 5 > I:
        raise CannotSplice("switching slices")
    if header.idr:
        header.idr_pic_id = reader.ue()
    if sps.poc_type == 0:
        header.poc_lsb = reader.u(sps.poc_bits)
        header.poc_bottom = reader.se() if pps.bottom_poc else 0
    header.redundant = reader.ue() if pps.redundant else 0
    marked = header.is_reference
    if coded_type % 5 != I:
        _read_references(reader, header, pps)
        if whole or marked:
            _read_weights(reader, header, pps, sps)
    if marked:
        _read_marking(reader, header)
    return header


def _read_references(reader: BitReader, header: SliceHeader, pps: Pps) -> None:
    is_b = header.type == B
    header.direct_spatial = reader.u(1) if is_b else 0
    header.override = bool(reader.u(1))
    list0, list1 = pps.references
    if header.override:
        list0 = reader.ue() + 1
        list1 = reader.ue() + 1 if is_b else 0
    if max(list0, list1) > 2 * MOST:
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
