"""The index of an H.264 source: one pass over its packets, nothing decoded."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import accumulate
from pathlib import Path

import av
from av.container import InputContainer
from av.packet import Packet

from nemo_lab.engine.media import open_media, read_only, reading
from nemo_lab.engine.render.smart.avcc import AvcConfiguration, split
from nemo_lab.engine.render.smart.bits import BitReader, unescape
from nemo_lab.engine.render.smart.errors import CannotSplice
from nemo_lab.engine.render.smart.h264 import (
    DELIMITER,
    FILLER,
    IDR_SLICE,
    PPS_NAL,
    SEI,
    SLICE,
    SPS_NAL,
    I,
    SliceHeader,
    read_references,
)
from nemo_lab.engine.render.smart.heads import Heads
from nemo_lab.engine.render.smart.order import Order, placed
from nemo_lab.engine.render.smart.sets import ParameterSets, Pps, parse_pps, parse_sps
from nemo_lab.engine.render.smart.source import SourceFormat

PIXEL_FORMATS = frozenset({"yuv420p", "yuvj420p"})
_PROFILES = {66: "baseline", 77: "main", 88: "main", 100: "high"}
_HEAD = 96
"""Bytes of a slice that are kept for its header, at least."""
_WEIGHTS = 14
"""Bytes that weights take at most for one reference (7.3.3.2): 106 bits."""
_REPEATED = 2
"""References that an encoder lists once more with other weights, as x264 does."""
_HARMLESS = {SEI, DELIMITER, FILLER}
_MAX_DRIFT = Fraction(1, 4)
"""How far, in frames, a stamp may lie from its place on the frame grid (Matroska rounds to 1 ms)."""


@dataclass(frozen=True)
class Index(Order):
    """Where every picture of a source lies and what the next one needs of it."""

    sets: ParameterSets
    heads: Heads
    """The beginning of every slice, by position."""
    sizes: Sequence[int]
    """Bytes of each packet, by position."""
    keyframes: Sequence[bool]
    """What the container calls a keyframe, by position."""

    @cached_property
    def idrs(self) -> Sequence[int]:
        """Positions of the IDR pictures, which are their frames too."""
        return [k for k in range(self.count) if self.is_idr(k)]

    @cached_property
    def entries(self) -> Sequence[int]:
        """Positions where decoding may begin: IDR pictures, and intra pictures of open GOPs."""
        highest = array("q", accumulate(self.frames, max, initial=-1))
        return [
            k
            for k in range(self.count)
            if (self.is_idr(k) or (self.keyframes[k] and all(map(_is_intra, self.heads[k]))))
            and highest[k] < self.frames[k]
        ]

    @cached_property
    def _reference_bits(self) -> Sequence[int]:
        """Bits of the reference pictures before each position."""
        bits = (8 * size * self.is_reference(k) for k, size in enumerate(self.sizes))
        return array("q", accumulate(bits, initial=0))

    @cached_property
    def _reference_share(self) -> float:
        return sum(map(self.is_reference, range(self.count))) / self.count

    def position_of_drift(self, position: int, limit: float) -> int:
        """Return up to where a copy from ``position`` on has drifted by no more than ``limit``.

        Drift is told in bits per pixel of the reference pictures, over their share of all pictures: the
        fewer carry a movement on, the further each of them moves.
        """
        pixels = self.format.width * self.format.height
        budget = int(limit * pixels * self._reference_share)
        return bisect_right(self._reference_bits, self._reference_bits[position] + budget) - 1

    def next_idr(self, position: int) -> int:
        """Return the first IDR picture from ``position`` on, or the end."""
        k = bisect_left(self.idrs, position)
        return self.idrs[k] if k < len(self.idrs) else self.count

    def is_idr(self, position: int) -> bool:
        """Whether an IDR picture lies here."""
        return position < self.count and self.heads.kind(position) & 31 == IDR_SLICE

    def is_reference(self, position: int) -> bool:
        """Whether other pictures may refer to this one."""
        return bool(self.heads.kind(position) & 0x60)

    def headers(self, position: int) -> tuple[SliceHeader, ...]:
        """Return the slice headers of a picture, as far as references depend on them.

        Raises:
            CannotSplice: they cannot be read.
        """
        return tuple(read_references(head, self.sets) for head in self.heads[position])

    def header(self, position: int) -> SliceHeader:
        """Return the header of a picture's first slice: numbers and marking are the same in all.

        Raises:
            CannotSplice: it cannot be read.
        """
        return read_references(self.heads.first(position), self.sets)


def _is_intra(head: bytes) -> bool:
    reader = BitReader(unescape(head[1:16]))
    reader.ue()
    return reader.ue() % 5 == I


def build_index(path: Path, rate: Fraction) -> Index:
    """Read the packets of the first picture stream.

    Args:
        path: an H.264 file.
        rate: its frame rate; where that varies, the usual one.

    Raises:
        CannotSplice: it is not a progressive 8-bit H.264 stream with one set of parameters.
        UnreadableMedia: it is broken.
    """
    with open_media(path) as container, reading(path):
        return read_index(container, path, rate)


def read_index(container: InputContainer, path: Path, rate: Fraction) -> Index:
    """Read the packets of the first picture stream of an open file, as :func:`build_index` does."""
    stream = container.streams.video[0]
    context = stream.codec_context
    if context.name != "h264":
        raise CannotSplice("not H.264")
    configuration = AvcConfiguration.parse(bytes(context.extradata or b""))
    sets = _parameter_sets(configuration)
    format_ = _format(context, sets, rate)
    scan = _Scan(configuration, sets)
    read_only(container, [stream])
    for packet in container.demux(stream):
        scan.add(packet)
    if stream.time_base is None:
        raise CannotSplice("no time base")
    frames, positions = placed(scan.stamps)
    return Index(
        path, rate, format_, Fraction(stream.time_base), scan.stamps, frames, positions,
        sets, scan.heads, scan.sizes, scan.keyframes,
    )  # fmt: skip


class _Scan:
    """Gathers what packets tell, and refuses streams that change on the way."""

    def __init__(self, configuration: AvcConfiguration, sets: ParameterSets) -> None:
        self._known = {*configuration.sps, *configuration.pps}
        self._head = max(_HEAD, *(_longest_weights(sets, pps) for pps in sets.pps.values()))
        # Of a long recording there are very many: plain numbers, not objects.
        self.stamps = array("q")
        self.heads = Heads()
        self.sizes = array("q")
        self.keyframes: list[bool] = []

    def add(self, packet: Packet[av.VideoStream]) -> None:
        """Take in one packet; the empty one at the end is passed over."""
        if not packet.size:
            return
        if packet.pts is None:
            raise CannotSplice("a packet has no stamp")
        if packet.is_discard or packet.is_corrupt:
            raise CannotSplice("hidden or damaged packets")
        self.stamps.append(packet.pts)
        self.heads.add(self._slices(packet))
        self.sizes.append(packet.size)
        self.keyframes.append(packet.is_keyframe)

    def _slices(self, packet: Packet[av.VideoStream]) -> Iterator[bytes]:
        found = False
        for nal in split(memoryview(packet)):
            kind = nal[0] & 31
            if kind in (SLICE, IDR_SLICE):
                found = True
                yield bytes(nal[: self._head])
            elif kind in (SPS_NAL, PPS_NAL):
                if bytes(nal).rstrip(b"\0") not in self._known:
                    raise CannotSplice("parameter sets change on the way")
            elif kind not in _HARMLESS:
                raise CannotSplice(f"NAL units of type {kind}")
        if not found:
            raise CannotSplice("a packet without a picture")


def _longest_weights(sets: ParameterSets, pps: Pps) -> int:
    """Return how many bytes of a slice its header may take where it lists weights."""
    lists = 2 if pps.weighted_b == 1 else int(pps.weighted_p)
    return _HEAD // 2 + lists * (sets.sps.max_references + _REPEATED) * _WEIGHTS if lists else 0


def _parameter_sets(configuration: AvcConfiguration) -> ParameterSets:
    if len(configuration.sps) != 1 or not configuration.pps:
        raise CannotSplice("several sequence parameter sets")
    sps = parse_sps(configuration.sps[0])
    pictures = [parse_pps(nal) for nal in configuration.pps]
    if any(pps.sps != sps.id for pps in pictures):
        raise CannotSplice("several sequence parameter sets")
    return ParameterSets(sps, {pps.id: pps for pps in pictures})


def _format(context: av.VideoCodecContext, sets: ParameterSets, rate: Fraction) -> SourceFormat:
    profile = _PROFILES.get(sets.sps.profile)
    if profile is None or context.pix_fmt not in PIXEL_FORMATS:
        raise CannotSplice(f"profile {sets.sps.profile}, pixels {context.pix_fmt}")
    colors = context.color_range, context.colorspace, context.color_primaries, context.color_trc
    return SourceFormat(
        context.width,
        context.height,
        str(context.pix_fmt),
        profile,
        (int(colors[0]), int(colors[1]), int(colors[2]), int(colors[3])),
        str(rate),
        bytes(context.extradata or b"").hex(),
    )
