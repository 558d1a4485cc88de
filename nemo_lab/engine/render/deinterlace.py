"""Whole pictures from interlaced ones: cameras store every other line at another moment."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import av.filter
from av.error import BlockingIOError as NothingYet
from av.error import EOFError as EndOfFile
from av.filter.context import FilterContext
from av.video.frame import VideoFrame


def deinterlaced(frames: Iterator[VideoFrame], time_base: Fraction) -> Iterator[VideoFrame]:
    """Yield the pictures with both fields brought to one moment; those that are whole pass as they are.

    Args:
        frames: in order of display, from one stretch of decoding.
        time_base: of their stamps, in seconds.
    """
    weaver: _Weaver | None = None
    for frame in frames:
        if weaver is None and not frame.interlaced_frame:
            yield frame
            continue
        if weaver is None or not weaver.fits(frame):
            if weaver is not None:
                yield from weaver.rest()
            weaver = _Weaver(frame, time_base)
        yield from weaver.woven(frame)
    if weaver is not None:
        yield from weaver.rest()


class _Weaver:
    """FFmpeg's bwdif, which looks at the pictures before and after: it is one picture late."""

    def __init__(self, frame: VideoFrame, time_base: Fraction) -> None:
        self._form = frame.width, frame.height, frame.format.name
        self._graph = av.filter.Graph()
        source = self._graph.add(
            "buffer",
            None,
            video_size=f"{frame.width}x{frame.height}",
            pix_fmt=frame.format.name,
            time_base=f"{time_base.numerator}/{time_base.denominator}",
            colorspace=str(int(frame.colorspace)),
            range=str(int(frame.color_range)),
        )
        filter_ = self._graph.add("bwdif", None, mode="send_frame", deint="interlaced")
        self._sink: FilterContext = self._graph.add("buffersink", None)
        source.link_to(filter_)
        filter_.link_to(self._sink)
        self._graph.configure()

    def fits(self, frame: VideoFrame) -> bool:
        """Whether a picture has the form for which this was made."""
        return (frame.width, frame.height, frame.format.name) == self._form

    def woven(self, frame: VideoFrame) -> Iterator[VideoFrame]:
        """Take in a picture; yield what is ready."""
        self._graph.vpush(frame)
        yield from self._ready()

    def rest(self) -> Iterator[VideoFrame]:
        """Yield what is still held."""
        self._graph.vpush(None)
        yield from self._ready()

    def _ready(self) -> Iterator[VideoFrame]:
        while True:
            try:
                frame = self._graph.vpull()
            except (NothingYet, EndOfFile):
                return
            if frame.pts is not None:
                frame.pts //= 2  # bwdif counts in half units
            yield frame
