"""Encoding frames at joins under parameter sets of their own, which lie beside the source's in the file.

Every span begins with an IDR picture and has P pictures alone, so packets come out as frames go in.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import av
from av.codec.context import CodecContext
from av.error import FFmpegError
from av.video.codeccontext import VideoCodecContext
from av.video.frame import PictureType

from nemo_lab.engine.render.smart import hevc
from nemo_lab.engine.render.smart.avcc import AvcConfiguration, join, split_annex_b
from nemo_lab.engine.render.smart.errors import CannotSplice
from nemo_lab.engine.render.smart.h264 import IDR_SLICE, PPS_NAL, SLICE, SPS_NAL
from nemo_lab.engine.render.smart.planner import Encode
from nemo_lab.engine.render.smart.sets import parse_pps, parse_sps
from nemo_lab.engine.render.smart.source import KEYFRAME_EVERY, SourceFormat
from nemo_lab.engine.render.smart.window import EncodedFrame

_GLOBAL_HEADER = 0x400000
_X264 = "keyint=infinite:bframes=0:scenecut=0:mbtree=0:rc-lookahead=0:sync-lookahead=0:sliced-threads=0"
_X265 = (
    "keyint=-1:bframes=0:scenecut=0:open-gop=0:rc-lookahead=0:lookahead-slices=0:cutree=0:frame-threads=1"
    ":wpp=0:pools=none:info=0:hrd=0:aud=0:repeat-headers=0:log-level=none"
)
_QUANTISERS = {"h264": "14", "hevc": "12"}
"""Constant rate factors that keep a splice above 45 dB of the source's own picture."""


class OwnSetsEncoder:
    """Encodes spans of one source.

    Raises:
        CannotSplice: the encoder does not take such pictures.
    """

    def __init__(self, source: SourceFormat) -> None:
        self._source = source
        data, record = bytes(_opened(source).extradata or b""), bytes.fromhex(source.avcc)
        nals = split_annex_b(data)
        self.configuration: AvcConfiguration | hevc.HevcConfiguration
        if source.codec == "hevc":
            sets = [hevc.renumbered(nal) for nal in nals if hevc.is_set(nal)]
            self.configuration = hevc.HevcConfiguration.parse(record).with_sets(sets)
            return
        own = AvcConfiguration.parse(record)
        sps = tuple(nal for nal in nals if nal[0] & 31 == SPS_NAL)
        pps = tuple(nal for nal in nals if nal[0] & 31 == PPS_NAL)
        self.configuration = AvcConfiguration((*own.sps, *sps), (*own.pps, *pps), own.extension)

    def encode(self, frames: Iterable[av.VideoFrame], span: Encode) -> Iterator[EncodedFrame]:
        """Yield a packet for every frame; the first is an IDR picture, and then every 250th.

        Args:
            frames: in the source's size.
            span: theirs; of no meaning here, since no copy refers to encoded frames.
        """
        context = _opened(self._source)
        starts: list[bool] = []
        done = 0
        for number, frame in enumerate(frames):
            if frame.format.name != self._source.pixel_format:
                frame = frame.reformat(format=self._source.pixel_format)
            starts.append(number % KEYFRAME_EVERY == 0)
            frame.pts, frame.time_base = number, 1 / self._source.frame_rate
            frame.pict_type = PictureType.I if starts[-1] else PictureType.NONE
            for packet in context.encode(frame):
                yield EncodedFrame(self._slices(bytes(packet)), starts[done])
                done += 1
        for packet in context.encode(None):
            yield EncodedFrame(self._slices(bytes(packet)), starts[done])
            done += 1

    def _slices(self, data: bytes) -> bytes:
        nals = split_annex_b(data)
        if self._source.codec == "hevc":
            return join([hevc.renumbered(nal) for nal in nals if hevc.is_slice(nal)])
        return join([nal for nal in nals if nal[0] & 31 in (SLICE, IDR_SLICE)])


def _opened(source: SourceFormat) -> VideoCodecContext:
    name = {"h264": "libx264", "hevc": "libx265"}[source.codec]
    context = CodecContext.create(name, "w")
    assert isinstance(context, VideoCodecContext)
    context.width, context.height, context.pix_fmt = source.width, source.height, source.pixel_format
    context.framerate, context.time_base = source.frame_rate, 1 / source.frame_rate
    context.color_range, context.colorspace, context.color_primaries, context.color_trc = source.colors
    context.gop_size, context.max_b_frames, context.thread_count = KEYFRAME_EVERY, 0, 1
    context.flags |= _GLOBAL_HEADER
    context.options = {"preset": "superfast", "crf": _QUANTISERS[source.codec], "forced-idr": "1"} | (
        {"x265-params": _X265}
        if source.codec == "hevc"
        else {"x264-params": f"{_X264}:sps-id={_free_number(source)}"}
    )
    try:
        context.open()
    except FFmpegError as exc:
        raise CannotSplice(f"{name} does not take pictures like the source's") from exc
    return context


def _free_number(source: SourceFormat) -> int:
    """Return a number that no parameter set of an H.264 source has; x264 gives it to both of its own."""
    own = source.configuration
    used = {parse_sps(nal).id for nal in own.sps} | {parse_pps(nal).id for nal in own.pps}
    return next(number for number in range(1, 32) if number not in used)
