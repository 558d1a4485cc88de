"""Copying from keyframe to keyframe: for streams whose slices are not rewritten (HEVC, 10 bit, 4:2:2).

A copy begins at a picture where decoding may begin and ends wherever no frame is missing; frames before and
behind it are encoded under parameter sets of their own. Where pictures follow a keyframe that are shown
before it (open GOP), they are left out and encoded too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import accumulate
from pathlib import Path

import av
from av.container import InputContainer

from nemo_lab.engine.media import read_only
from nemo_lab.engine.render.smart import hevc
from nemo_lab.engine.render.smart.avcc import AvcConfiguration, split
from nemo_lab.engine.render.smart.errors import CannotSplice
from nemo_lab.engine.render.smart.h264 import IDR_SLICE, PPS_NAL, SLICE, SPS_NAL
from nemo_lab.engine.render.smart.order import Order, placed
from nemo_lab.engine.render.smart.planner import MIN_COPY, Copy, Encode, Piece, Span, SplicePlan, joined
from nemo_lab.engine.render.smart.sets import parse_sps
from nemo_lab.engine.render.smart.source import SourceFormat

PIXEL_FORMATS = {
    "h264": frozenset({"yuv420p10le", "yuv422p", "yuv422p10le", "yuv444p"}),
    "hevc": frozenset({"yuv420p", "yuv420p10le", "yuv422p10le"}),
}
"""What our encoders make too."""


@dataclass(frozen=True)
class GopOrder(Order):
    """A source of which only whole stretches from a keyframe on are copied."""

    starts: Sequence[bool]
    """Whether decoding may begin there, by position."""

    @cached_property
    def entries(self) -> Sequence[int]:
        """Positions where decoding may begin."""
        highest = [-1, *accumulate(self.frames, max)]
        return [k for k, start in enumerate(self.starts) if start and highest[k] < self.frames[k]]


def read_gop_order(container: InputContainer, path: Path, rate: Fraction) -> GopOrder:
    """Read the packets of the first picture stream of an open file.

    Raises:
        CannotSplice: codec, pixels or packets are none that can be copied so.
    """
    stream = container.streams.video[0]
    context = stream.codec_context
    if context.pix_fmt not in PIXEL_FORMATS.get(context.name, frozenset()):
        raise CannotSplice(f"{context.name} with pixels {context.pix_fmt}")
    is_start = _entry_test(context)
    stamps, starts = [], []
    read_only(container, [stream])
    for packet in container.demux(stream):
        if packet.size:
            if packet.pts is None or packet.is_discard or packet.is_corrupt:
                raise CannotSplice("hidden, damaged or unstamped packets")
            stamps.append(packet.pts)
            starts.append(is_start(memoryview(packet)))
    format_, time_base = _format(context, rate), Fraction(stream.time_base or 0)
    frames, positions = placed(stamps)
    return GopOrder(path, rate, format_, time_base, stamps, frames, positions, starts)


def _format(context: av.VideoCodecContext, rate: Fraction) -> SourceFormat:
    colors = context.color_range, context.colorspace, context.color_primaries, context.color_trc
    return SourceFormat(
        context.width,
        context.height,
        str(context.pix_fmt),
        "",
        (int(colors[0]), int(colors[1]), int(colors[2]), int(colors[3])),
        str(rate),
        bytes(context.extradata or b"").hex(),
        codec=context.name,
    )


def _entry_test(context: av.VideoCodecContext) -> Callable[[memoryview], bool]:
    """Return a function that tells whether decoding may begin at a packet, and refuses odd ones."""
    data = bytes(context.extradata or b"")
    if context.name == "hevc":
        sets = hevc.HevcConfiguration.parse(data)
        hevc.check_numbers(sets)
        known = {nal for kind in (hevc.VPS, hevc.SPS, hevc.PPS) for nal in sets.of(kind)}
        return lambda packet: _starts_hevc(packet, known)
    configuration = AvcConfiguration.parse(data)
    for nal in configuration.sps:
        parse_sps(nal)  # refuses interlaced streams
    known = {*configuration.sps, *configuration.pps}
    return lambda packet: _starts_h264(packet, known)


def _starts_hevc(packet: memoryview, known: set[bytes]) -> bool:
    first: memoryview | None = None
    for nal in split(packet):
        if hevc.is_set(nal) and bytes(nal) not in known:
            raise CannotSplice("parameter sets change on the way")
        if first is None and hevc.is_slice(nal):
            first = nal
    if first is None:
        raise CannotSplice("a packet without a picture")
    return hevc.is_entry(first)


def _starts_h264(packet: memoryview, known: set[bytes]) -> bool:
    kinds = set()
    for nal in split(packet):
        kinds.add(nal[0] & 31)
        if nal[0] & 31 in (SPS_NAL, PPS_NAL) and bytes(nal).rstrip(b"\0") not in known:
            raise CannotSplice("parameter sets change on the way")
    if not kinds & {SLICE, IDR_SLICE}:
        raise CannotSplice("a packet without a picture")
    return IDR_SLICE in kinds


def plan_gops(order: Order, pieces: Sequence[Piece]) -> SplicePlan:
    """Divide ``pieces`` into spans to copy from a keyframe on and spans to encode, without a gap."""
    planner = _Planner(order)
    for piece in joined(pieces):
        if piece.first is None:
            planner.encode(piece)
        else:
            planner.source(piece.first, piece.first + piece.count)
    return SplicePlan(tuple(planner.spans), 2)


class _Planner:
    def __init__(self, order: Order) -> None:
        self._order = order
        self._out = 0
        self.spans: list[Span] = []

    def encode(self, piece: Piece) -> None:
        """Encode a piece, in one go with what is encoded before it."""
        if piece.count:
            last = self.spans.pop() if self.spans and isinstance(self.spans[-1], Encode) else None
            pieces = last.pieces if isinstance(last, Encode) else ()
            self.spans.append(Encode(last.out if last else self._out, (*pieces, piece)))
            self._out += piece.count

    def source(self, start: int, end: int) -> None:
        """Plan the source's frames from ``start`` up to ``end``."""
        entry = self._order.entry_showing(start)
        stop = self._order.closed_before(end)
        first = end if entry is None else self._order.frames[entry]
        if entry is None or stop - first < MIN_COPY:
            self.encode(Piece(end - start, start))
            return
        self.encode(Piece(first - start, start))
        copy = Copy(self._out, entry, stop, first - entry)
        self.spans.append(copy)
        self._out += copy.count
        self.encode(Piece(end - stop, stop))
