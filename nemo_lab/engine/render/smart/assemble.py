"""Putting spans together: the packets of the result's picture, in decode order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from types import TracebackType
from typing import NamedTuple

from av.packet import Packet
from av.video.stream import VideoStream

from nemo_lab.engine.media import open_media, reading
from nemo_lab.engine.render.smart import hevc
from nemo_lab.engine.render.smart.avcc import join, split
from nemo_lab.engine.render.smart.decoding import packets_from
from nemo_lab.engine.render.smart.errors import CannotSplice
from nemo_lab.engine.render.smart.index import Index
from nemo_lab.engine.render.smart.order import Order
from nemo_lab.engine.render.smart.planner import Copy, Encode, Reentry, SplicePlan
from nemo_lab.engine.render.smart.window import EncodedFrame

WindowMaker = Callable[[Encode], Iterable[EncodedFrame]]
"""Makes the packets of an encoded span; spans are asked for in the plan's order."""


class VideoPacket(NamedTuple):
    """A packet of the result's picture."""

    data: bytes
    frame: int
    """Which frame of the result it shows."""
    keyframe: bool


class PacketCopier:
    """Reads packets of the source by position; cheap when positions ascend."""

    def __init__(self, index: Order) -> None:
        self._index = index
        self._stack = ExitStack()
        self._packets: Iterator[Packet[VideoStream]] = iter(())
        self._next = index.count

    def __enter__(self) -> PacketCopier:
        self._container = self._stack.enter_context(open_media(self._index.path, looks=False))
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
