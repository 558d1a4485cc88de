"""Encoding the few frames at a join, so that they belong to the source's own stream.

x264 makes one IDR picture and P pictures with one reference each, at a constant quantiser: the same frames
give the same bytes in any process and in any order. Their slices are then written anew under the source's
SPS and a PPS of our own, since a PPS may change at any picture and an SPS only at an IDR picture.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import av
from av.error import FFmpegError
from av.video.frame import PictureType

from nemo_lab.engine.render.smart.avcc import AvcConfiguration, join, split_annex_b
from nemo_lab.engine.render.smart.errors import CannotSplice
from nemo_lab.engine.render.smart.h264 import IDR_SLICE, PPS_NAL, SLICE, SPS_NAL, parse_slice, write_slice
from nemo_lab.engine.render.smart.planner import Encode
from nemo_lab.engine.render.smart.sets import ParameterSets, parse_pps, parse_sps, write_pps
from nemo_lab.engine.render.smart.source import KEYFRAME_EVERY, SourceFormat
from nemo_lab.protocol.plan import Quality

_QUANTISER = 15
"""Keeps a splice above 45 dB of the source's own picture, with what it drifts by until the next keyframe."""
_QUANTISERS_TOUCHED: dict[Quality, int] = {"low": 28, "medium": 22, "high": 17}
"""What an edit made has no picture to be true to, and is followed by no copy that refers to it: its worst
picture is about as good as the full render's at CRF 28, 20 and 17."""
# CAVLC and few choices: most of the time goes into the IDR pictures, and at this quantiser in writing bits.
# Deblocking would take away 2 dB: so finely quantised, there are no blocks to be smoothed. No B picture is
# made, but their ratio bounds what a zone may ask for.
_X264 = (
    "keyint=infinite:bframes=0:ref=1:weightp=0:scenecut=0:mbtree=0:rc-lookahead=0:sync-lookahead=0"
    ":sliced-threads=0:aq-mode=0:force-cfr=1:ipratio=1.0:pbratio=5.0:cabac=0:subme=0:partitions=none:8x8dct=0"
    ":me=dia:no-deblock=1"
)
_GLOBAL_HEADER = 0x400000
_IDR_PIC_ID = 2
"""Consecutive IDR pictures need different ids; encoders count 0, 1, and ours never follow each other."""
_FORGET_PREVIOUS = ((1, 0),)
"""Free the picture before this one (8.2.5.4.1)."""


@dataclass(frozen=True)
class EncodedFrame:
    """A packet of the result."""

    data: bytes
    keyframe: bool


class WindowEncoder:
    """Encodes windows of one source.

    Args:
        source: whose.
        quality: of what edits made.

    Raises:
        CannotSplice: x264 does not give pictures that fit under the source's SPS.
    """

    def __init__(self, source: SourceFormat, quality: Quality = "medium") -> None:
        self._touched = _QUANTISERS_TOUCHED[quality]
        configuration = source.configuration
        self._sps, self._poc_step = parse_sps(configuration.sps[0]), source.poc_step
        self._source = source
        nals = split_annex_b(bytes(_open_x264(source).extradata or b""))
        sps = parse_sps(next(nal for nal in nals if nal[0] & 31 == SPS_NAL))
        pps = parse_pps(next(nal for nal in nals if nal[0] & 31 == PPS_NAL))
        if sps.shape != self._sps.shape:
            raise CannotSplice("the size in blocks is unusual")
        self._encoded_sets = ParameterSets(sps, {pps.id: pps})
        used = {parse_pps(nal).id for nal in configuration.pps}
        number = next(k for k in range(256) if k not in used)
        own = write_pps(pps, number=number, sps=self._sps.id)
        self._pps = parse_pps(own)
        self.configuration = AvcConfiguration(
            configuration.sps, (*configuration.pps, own), configuration.extension
        )

    def encode(self, frames: Iterable[av.VideoFrame], span: Encode) -> Iterator[EncodedFrame]:
        """Yield a packet for every frame; the first is an IDR picture, and then every 250th.

        Args:
            frames: in the source's size and pixel format.
            span: theirs.
        """
        # x264 decides by what it encoded before, even across IDR pictures: so each window has its own.
        zones = "/".join(f"{frames[0]},{frames[-1]},q={self._touched}" for frames in span.touched)
        context, keep = _open_x264(self._source, zones), span.keep
        for number, frame in enumerate(frames):
            start = number % KEYFRAME_EVERY == 0
            frame.pts, frame.time_base = number, 1 / self._source.frame_rate
            frame.pict_type = PictureType.I if start else PictureType.NONE
            packets = context.encode(frame)
            if len(packets) != 1:
                raise CannotSplice("x264 holds pictures back")
            forget = keep is not None and not start and number - 1 not in keep
            yield EncodedFrame(self._rewritten(bytes(packets[0]), number % KEYFRAME_EVERY, forget), start)

    def _rewritten(self, data: bytes, number: int, forget: bool) -> bytes:
        """Return the packet under the source's parameter sets; ``number`` counts from its IDR picture."""
        encoded = self._encoded_sets
        slices = []
        for nal in split_annex_b(data):
            if nal[0] & 31 not in (SLICE, IDR_SLICE):
                continue
            header = parse_slice(nal, encoded)
            expected = number % (1 << encoded.sps.frame_num_bits)
            if header.frame_num != expected or header.idr != (number == 0) or header.marking is not None:
                raise CannotSplice("x264 builds its pictures in an unexpected way")
            header.frame_num = number % (1 << self._sps.frame_num_bits)
            header.idr_pic_id = _IDR_PIC_ID
            header.poc_lsb = self._poc_step * number % (1 << self._sps.poc_bits)
            header.marking = _FORGET_PREVIOUS if forget else None
            slices.append(write_slice(nal, header, self._sps, self._pps))
        return join(slices)


def _open_x264(source: SourceFormat, zones: str = "") -> av.VideoCodecContext:
    context = av.VideoCodecContext.create("libx264", "w")
    context.width, context.height, context.pix_fmt = source.width, source.height, source.pixel_format
    context.framerate, context.time_base = source.frame_rate, 1 / source.frame_rate
    context.color_range, context.colorspace, context.color_primaries, context.color_trc = source.colors
    context.gop_size, context.max_b_frames, context.thread_count = KEYFRAME_EVERY, 0, 1
    context.flags |= _GLOBAL_HEADER
    context.options = {
        "preset": "superfast",
        "profile": source.profile,
        "qp": str(_QUANTISER),
        "forced-idr": "1",
        "x264-params": f"{_X264}:zones={zones}" if zones else _X264,
    }
    try:
        context.open()
    except FFmpegError as exc:
        raise CannotSplice("x264 does not take pictures like the source's") from exc
    return context
