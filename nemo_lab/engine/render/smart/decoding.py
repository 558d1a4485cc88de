"""Decoding just the frames that are to be encoded, from the keyframe before them on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Any

import av
from av.packet import Packet

from nemo_lab.engine.media import open_media, reading
from nemo_lab.engine.render.smart.chain import Chain, all_of, plan_chain
from nemo_lab.engine.render.smart.errors import CannotSplice
from nemo_lab.engine.render.smart.index import Index
from nemo_lab.engine.render.smart.order import Order
from nemo_lab.engine.render.smart.planner import Encode, Piece


@dataclass(frozen=True)
class Run:
    """Frames that one stretch of decoding gives."""

    entry: int
    """Position of the packet with which decoding may begin."""
    wanted: tuple[int, ...]
    """Positions of the frames, in the order in which they are shown."""


Demand = Mapping[int, frozenset[int]]
"""What all spans together want, as positions, by the entry from which it is decoded."""


def runs_for(index: Order, pieces: Sequence[Piece]) -> list[Run]:
    """Return what is to be decoded for untouched pieces; neighbours share a stretch where that is cheaper.

    Raises:
        CannotSplice: a frame lies before the first keyframe.
    """
    runs: list[Run] = []
    last = -1
    for piece in pieces:
        if piece.first is None:
            raise ValueError("only the caller can make the frames of a touched piece")
        shown = range(piece.first, piece.first + piece.count)
        places = tuple(index.positions[frame] for frame in shown)
        entry = index.entry_for(piece.first)
        goes_on = runs and runs[-1].entry <= entry <= last + 1
        if goes_on and piece.first > index.frames[runs[-1].wanted[-1]]:
            runs[-1] = replace(runs[-1], wanted=runs[-1].wanted + places)
        else:
            runs.append(Run(entry, places))
        last = max(places)
    return runs


def demand_of(index: Order, spans: Iterable[Encode]) -> Demand:
    """Return what the untouched spans among these want."""
    found: dict[int, set[int]] = {}
    for span in spans:
        for run in runs_for(index, span.pieces) if not span.touched else ():
            found.setdefault(run.entry, set()).update(run.wanted)
    return {entry: frozenset(wanted) for entry, wanted in found.items()}


class FrameReader:
    """Decodes runs of one file with one thread; a run that lies ahead in the same GOP is cheap.

    Args:
        index: the file.
        demand: what other runs want, so that their frames can be met on the way.
    """

    def __init__(self, index: Order, demand: Demand) -> None:
        self._index, self._demand = index, demand
        self._stack = ExitStack()
        self._frames: Iterator[av.VideoFrame] = iter(())
        self._entry = -1
        self._shown = -1
        self._done: dict[int, av.VideoFrame] = {}

    def __enter__(self) -> FrameReader:
        self._container = self._stack.enter_context(open_media(self._index.path))
        self._stream = self._container.streams.video[0]
        self._context = self._stream.codec_context
        self._context.thread_count = 1
        self._context.thread_type = "NONE"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._done.clear()
        self._stack.close()

    def frames(self, run: Run) -> Iterator[av.VideoFrame]:
        """Yield the wanted frames of a run.

        Raises:
            CannotSplice: one of them does not come out of the decoder.
            UnreadableMedia: the file is broken.
        """
        with reading(self._index.path):
            if not self._reaches(run):
                self._restart(run)
            for position in run.wanted:
                yield self._taken(position)

    def _reaches(self, run: Run) -> bool:
        shown = self._index.frames
        return run.entry == self._entry and all(k in self._done or shown[k] > self._shown for k in run.wanted)

    def _restart(self, run: Run) -> None:
        wanted = {*run.wanted, *self._demand.get(run.entry, ())}
        if isinstance(self._index, Index):
            chain = plan_chain(self._index, run.entry, wanted)
        else:
            chain = all_of(self._index, run.entry, wanted)
        self._context.flush_buffers()
        self._done.clear()
        self._frames = self._decoded(chain)
        self._entry, self._shown = run.entry, -1

    def _taken(self, position: int) -> av.VideoFrame:
        """Return a frame; those after it that come out with it are kept for the next runs."""
        wanted = self._index.frames[position]
        while position not in self._done:
            frame = next(self._frames, None)
            if frame is None:
                raise CannotSplice("the decoder leaves frames out")
            found = self._index.position_at(frame.pts)
            self._shown = self._index.frames[found]
            if self._shown >= wanted:
                self._done[found] = frame
        return self._done.pop(position)

    def _decoded(self, chain: Chain) -> Iterator[av.VideoFrame]:
        packets = packets_from(self._container, self._stream, self._index.stamps[chain.entry])
        numbered = enumerate(packets, chain.entry)
        for wanted in chain.positions:
            packet = next((packet for position, packet in numbered if position == wanted), None)
            if packet is None or packet.pts != self._index.stamps[wanted]:
                raise CannotSplice("packets come in another order than before")
            new = chain.renumbered.get(wanted)
            if new and isinstance(self._index, Index):
                fresh: Packet[Any] = Packet(new.apply(memoryview(packet), self._index.sets))
                fresh.pts, fresh.time_base = packet.pts, packet.time_base
                packet = fresh
            yield from self._context.decode(packet)
        yield from self._context.decode(None)


def packets_from(
    container: av.container.InputContainer, stream: av.VideoStream, stamp: int
) -> Iterator[Packet[av.VideoStream]]:
    """Yield a stream's packets from the one with this stamp on.

    Raises:
        CannotSplice: there is no such packet.
    """
    for target in (stamp, None):
        # Some files have no usable index for seeking: then everything is read from the start.
        container.seek(0 if target is None else target, stream=stream, backward=True)
        found = False
        for packet in container.demux(stream):
            if not packet.size:
                break
            found = found or packet.pts == stamp
            if found:
                yield packet
        if found:
            return
    raise CannotSplice("a packet cannot be found again")
