"""A film in spans, and the encoder of one span of its picture."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from math import ceil
from pathlib import Path
from typing import Any

import av
from av.codec.context import CodecContext
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame

from nemo_lab.engine.media import MediaInfo
from nemo_lab.engine.render.formats import form_of
from nemo_lab.engine.render.model import Plan
from nemo_lab.engine.render.picture import Pictures
from nemo_lab.engine.render.spans.ahead import PicturesAhead
from nemo_lab.engine.render.spans.packets import Packet
from nemo_lab.engine.render.video import VideoSpec
from nemo_lab.protocol.plan import Export

Frames = Generator[VideoFrame, None, None] | PicturesAhead
Span = tuple[int, int]
"""First frame and the first no longer in it."""


@dataclass(frozen=True)
class Film:
    """All that a process has to know to make any span of the picture, or the sound."""

    plan: Plan
    sources: Mapping[str, Path]
    infos: Mapping[str, MediaInfo]
    spec: VideoSpec
    global_header: bool
    """Whether the container wants the parameter sets in its own head."""
    settings: Export = field(default_factory=Export)
    """Of the whole file: they decide on the sound."""

    @property
    def shares_sound(self) -> bool:
        """Whether another may make the sound: the last packets of other codecs than AAC say how much of them
        is to be heard, which cannot be put away."""
        return form_of(self.settings).audio == "aac"

    @property
    def spans(self) -> list[Span]:
        """The spans, by the plan alone."""
        return spans_of(self.plan, self.spec.keyframe_every)

    def encoders_for(self, cores: int) -> int:
        """Return how many encoders keep so many cores busy."""
        return ceil(cores / self.spec.threads)


def spans_of(plan: Plan, step: int) -> list[Span]:
    """Divide a film into spans of about ``step`` frames.

    They begin at cuts where one is near, for a keyframe is needed there anyway; elsewhere it costs bytes.
    """
    cuts = [piece.first for piece in plan.pieces[1:] if piece.blend_in is None and not piece.joined]
    starts = [0]
    while plan.frames - starts[-1] > step * 3 // 2:
        ideal = starts[-1] + step
        near = cuts[bisect_left(cuts, ideal - step // 2) : bisect_left(cuts, ideal + step // 2)]
        starts.append(min(near, key=lambda cut: abs(cut - ideal), default=ideal))
    return list(pairwise([*starts, plan.frames]))


class SpanEncoder:
    """Encodes spans of a film; the one that follows the last costs no seek."""

    def __init__(self, film: Film) -> None:
        self._film = film
        # One thread: with more, what FFmpeg's decoder makes of a damaged file differs from run to run.
        self._pictures = Pictures(film.plan, film.sources, film.infos, film.spec.colour, threads=1)
        self._frames: Frames = self._pictures.frames(0, 0)
        self._next = -1

    def encode(self, span: Span) -> Iterator[Packet]:
        """Yield the packets of a span."""
        first, end = span
        if self._next != first:
            self.close()
            self._frames = self._frames_from(first)
        self._next = end
        context = _encoder(self._film)
        late: int | None = None
        made = 0
        for number in range(first, end + 1):
            frame = next(self._frames) if number < end else None
            if frame is not None:
                frame.pts, frame.time_base, frame.pict_type = number, 1 / self._film.spec.rate, 0
            for packet in context.encode(frame):
                # Packets come in the order of decoding, as far ahead of the frames as the first one says.
                late = first - (packet.dts if packet.dts is not None else first) if late is None else late
                yield _packet(packet, first + made - late)
                made += 1

    def _frames_from(self, first: int) -> Frames:
        frames = self._pictures.frames(first)
        return PicturesAhead(frames, self._film.plan.size) if self._film.spec.threads > 1 else frames

    def close(self) -> None:
        """Let go of the files."""
        self._frames.close()
        self._next = -1


def _packet(packet: av.Packet[Any], dts: int) -> Packet:
    assert packet.pts is not None
    return Packet(bytes(packet), packet.pts, dts, 1, packet.is_keyframe)


def _encoder(film: Film) -> VideoCodecContext:
    """Return a fresh encoder: what it makes depends on its own frames alone."""
    context = CodecContext.create(film.spec.codec, "w")
    assert isinstance(context, VideoCodecContext)
    film.spec.set_up(context)
    context.options = film.spec.options
    if film.global_header:
        context.flags |= av.codec.context.Flags.global_header.value
    context.open()
    return context
