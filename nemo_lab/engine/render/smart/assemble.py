"""Putting spans together: the packets of the result's picture, in decode order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from types import TracebackType

import av
from av.packet import Packet

from nemo_lab.engine.media import open_media, reading
from nemo_lab.engine.render.smart import hevc
from nemo_lab.engine.render.smart.avcc import join, split
from nemo_lab.engine.render.smart.decoding import FrameReader, packets_from, runs_for
from nemo_lab.engine.render.smart.encoders import SpanEncoder
from nemo_lab.engine.render.smart.errors import CannotSplice
from nemo_lab.engine.render.smart.index import Index
from nemo_lab.engine.render.smart.order import Order
from nemo_lab.engine.render.smart.planner import Copy, Encode, Reentry, SplicePlan
from nemo_lab.engine.render.smart.window import EncodedFrame

PictureMaker = Callable[[int, int], Iterator[av.VideoFrame]]
"""Makes frames of the result: the first one's number and how many; in the source's size and format."""

WindowMaker = Callable[[Encode], Iterable[EncodedFrame]]
"""Makes the packets of an encoded span."""


@dataclass(frozen=True)
class VideoPacket:
    """A packet of the result's picture."""

    data: bytes
    frame: int
    """Which frame of the result it shows."""
    keyframe: bool


class LocalWindows:
    """Encodes spans in this process."""

    def __init__(self, index: Order, encoder: SpanEncoder, picture: PictureMaker | None) -> None:
        self._index, self._encoder, self._picture = index, encoder, picture
        self._reader = FrameReader(index.path)

    def __enter__(self) -> LocalWindows:
        self._reader.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._reader.__exit__(kind, error, trace)

    def __call__(self, span: Encode) -> Iterator[EncodedFrame]:
        """Yield the packets of a span."""
        return self._encoder.encode(self._frames(span), span.keep)

    def _frames(self, span: Encode) -> Iterator[av.VideoFrame]:
        if span.touched:
            if self._picture is None:
                raise ValueError("nobody makes the touched frames")
            yield from self._picture(span.out, span.count)
            return
        for run in runs_for(self._index, span.pieces):
            yield from self._reader.frames(run)


class PacketCopier:
    """Reads packets of the source by position; cheap when positions ascend."""

    def __init__(self, index: Order) -> None:
        self._index = index
        self._stack = ExitStack()
        self._packets: Iterator[Packet[av.VideoStream]] = iter(())
        self._next = index.count

    def __enter__(self) -> PacketCopier:
        self._container = self._stack.enter_context(open_media(self._index.path))
        self._stream = self._container.streams.video[0]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def read(self, start: int, stop: int) -> Iterator[tuple[int, bytes]]:
        """Yield (position, packet) from ``start`` up to ``stop``.

        Raises:
            CannotSplice: the file does not give the packets that it gave to the index.
        """
        with reading(self._index.path):
            self._go_to(start)
            for packet in self._packets:
                position = self._next
                if position >= self._index.count or packet.pts != self._index.stamps[position]:
                    raise CannotSplice("packets come in another order than before")
                self._next += 1
                if position >= start:
                    yield position, bytes(packet)
                if self._next >= stop:
                    return
        raise CannotSplice("packets are missing")

    def _go_to(self, position: int) -> None:
        entry = self._index.entry_before(position)
        if entry <= self._next <= position:
            return
        self._next = entry
        self._packets = packets_from(self._container, self._stream, self._index.stamps[entry])


def video_packets(index: Order, plan: SplicePlan, windows: WindowMaker) -> Iterator[VideoPacket]:
    """Yield all packets of the result's picture, in decode order.

    Raises:
        CannotSplice: the source does not behave as its index said.
    """
    entries = frozenset(index.entries)
    with PacketCopier(index) as copier:
        for span in plan.spans:
            if isinstance(span, Encode):
                for number, frame in enumerate(windows(span)):
                    yield VideoPacket(frame.data, span.out + number, frame.keyframe)
            else:
                yield from _copied(index, span, copier, entries)


def _copied(index: Order, span: Copy, copier: PacketCopier, entries: frozenset[int]) -> Iterator[VideoPacket]:
    first = span.start + span.skip
    for position, data in copier.read(span.start, span.stop):
        if span.start < position <= first:
            continue
        if isinstance(span, Reentry) and isinstance(index, Index):
            data = span.rewrite.apply(position, data, index.sets)
        elif position == span.start and index.format.codec == "hevc":
            data = join([hevc.as_start(bytes(nal)) if hevc.is_slice(nal) else nal for nal in split(data)])
        yield VideoPacket(data, span.out + index.frames[position] - first, position in entries)
