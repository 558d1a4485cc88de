"""Decoding single pictures of a source, and of the others only what those are predicted from."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from types import TracebackType
from typing import Any

import av
from av.packet import Packet

from nemo_lab.engine.media import open_media, read_only, reading
from nemo_lab.engine.render.smart.chain import Chain, all_of, plan_chain
from nemo_lab.engine.render.smart.errors import CannotSplice
from nemo_lab.engine.render.smart.index import Index
from nemo_lab.engine.render.smart.order import Order

_LANES = 2
"""Places of the file that are decoded at once: a transition shows two."""
_HELD = 64 << 20
"""Bytes of pictures that may wait for their turn, rather than that another decoder goes the same way."""
_AT_ONCE = 16
"""Packets that a lane takes from the file at once, lest lanes that take turns seek for each."""


class FrameReader:
    """Gives the pictures of one file by position, decoded with one thread.

    What comes out on the way and is asked for later is kept until then. Ahead in the same stretch is cheap;
    anything else begins at a keyframe.
    """

    def __init__(self, order: Order) -> None:
        self._order = order
        self._rest: Counter[int] = Counter()
        self._wanted: Mapping[int, frozenset[int]] = {}
        self._lanes: list[_Lane] = []
        self._packets: _Packets | None = None
        self._most_held = _HELD // (order.format.width * order.format.height * 3 // 2)

    def __enter__(self) -> FrameReader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for lane in self._lanes:
            lane.stop()
        self._lanes.clear()
        if self._packets is not None:
            self._packets.close()

    def expect(self, demand: Mapping[int, int]) -> None:
        """Prepare for what will be asked for: how often, by position."""
        self._rest = Counter(demand)
        wanted = defaultdict(set)
        for position in demand:
            wanted[self._order.entry_of(position)].add(position)
        self._wanted = {entry: frozenset(positions) for entry, positions in wanted.items()}
        for lane in self._lanes:
            lane.stop()

    def frame(self, position: int) -> av.VideoFrame:
        """Return the picture at a position.

        Raises:
            CannotSplice: it does not come out of the decoder, or lies before the first keyframe.
            UnreadableMedia: the file is broken.
        """
        with reading(self._order.path):
            lane = self._lane_for(position)
            frame = lane.reach(position, self._rest)
        self._rest[position] -= 1
        if self._rest[position] <= 0:
            lane.forget(position)
        return frame

    def _lane_for(self, position: int) -> _Lane:
        """Return a lane that has the picture or will come to it; the one used last is the last of all."""
        lane = self._passing(position)
        if lane is None:
            lane = self._free_lane()
            lane.start(self._chain(position))
        if lane in self._lanes:
            self._lanes.remove(lane)
        self._lanes.append(lane)
        return lane

    def _passing(self, position: int) -> _Lane | None:
        for lane in self._lanes:
            if lane.has(position):
                return lane
        for lane in sorted(self._lanes, key=lambda lane: lane.shown, reverse=True):
            if lane.leads_to(position) and lane.held_at(position, self._rest) <= self._most_held:
                return lane
        return None

    def _free_lane(self) -> _Lane:
        for lane in self._lanes:
            if not lane.is_needed(self._rest):
                return lane
        if len(self._lanes) == _LANES:
            return self._lanes[0]
        if self._packets is None:
            self._packets = _Packets(self._order)
        return _Lane(self._order, self._packets)

    def _chain(self, position: int) -> Chain:
        """Return what is decoded for a picture and for those after it that are wanted too."""
        entry, shown = self._order.entry_of(position), self._order.frames[position]
        coming = {
            k for k in self._wanted.get(entry, ()) if self._rest[k] > 0 and self._order.frames[k] > shown
        }
        if isinstance(self._order, Index):
            return plan_chain(self._order, entry, {position, *coming})
        return all_of(self._order, entry, {position, *coming})


class _Lane:
    """A decoder on its way along a chain."""

    def __init__(self, order: Order, packets: _Packets) -> None:
        self._order, self._packets = order, packets
        # Nothing is known of the pixels then, but the decoder finds out. It outlives the file, whose table of
        # packets takes 27 MB for two hours.
        with open_media(order.path, looks=False) as container:
            self._context = container.streams.video[0].codec_context
        self._context.thread_count = 1
        self._context.thread_type = "NONE"
        self.stop()

    def stop(self) -> None:
        """Forget everything."""
        self._frames: Iterator[av.VideoFrame] = iter(())
        self._wanted: frozenset[int] = frozenset()
        self._held: dict[int, av.VideoFrame] = {}
        self.shown = -1
        """The frame that came out last."""

    def start(self, chain: Chain) -> None:
        """Go along another chain."""
        self.stop()
        self._context.flush_buffers()
        self._frames, self._wanted = self._decoded(chain), chain.wanted

    def has(self, position: int) -> bool:
        """Whether a picture has come out already and is still here."""
        return position in self._held

    def leads_to(self, position: int) -> bool:
        """Whether a picture will come out."""
        return position in self._wanted and self._order.frames[position] > self.shown

    def is_needed(self, rest: Mapping[int, int]) -> bool:
        """Whether anything is still to be had."""
        return any(rest.get(k, 0) > 0 and (self.has(k) or self.leads_to(k)) for k in self._wanted)

    def held_at(self, position: int, rest: Mapping[int, int]) -> int:
        """Return how many pictures will be held when this one comes out."""
        shown = self._order.frames
        passed = (k for k in self._wanted if self.shown < shown[k] < shown[position] and rest.get(k, 0) > 0)
        return len(self._held) + sum(1 for _ in passed)

    def reach(self, position: int, rest: Mapping[int, int]) -> av.VideoFrame:
        """Return a picture; those on the way to it that will be asked for are held."""
        while position not in self._held:
            frame = next(self._frames, None)
            if frame is None:
                raise CannotSplice("the decoder leaves frames out")
            found = self._order.position_at(frame.pts)
            self.shown = self._order.frames[found]
            if found == position or rest.get(found, 0) > 0:
                self._held[found] = frame
        return self._held[position]

    def forget(self, position: int) -> None:
        """Do not hold a picture any more."""
        self._held.pop(position, None)

    def _decoded(self, chain: Chain) -> Iterator[av.VideoFrame]:
        for first in range(0, len(chain.positions), _AT_ONCE):
            wanted = chain.positions[first : first + _AT_ONCE]
            for position, packet in zip(wanted, self._packets.read(chain.entry, wanted), strict=True):
                yield from self._context.decode(self._renumbered(chain, position, packet))
        yield from self._context.decode(None)

    def _renumbered(self, chain: Chain, position: int, packet: Packet[Any]) -> Packet[Any]:
        new = chain.renumbered.get(position)
        if not new or not isinstance(self._order, Index):
            return packet
        fresh: Packet[Any] = Packet(new.apply(memoryview(packet), self._order.sets))
        fresh.pts, fresh.time_base = packet.pts, packet.time_base
        return fresh


class _Packets:
    """The packets of a file, for lanes that take turns."""

    def __init__(self, order: Order) -> None:
        self._order = order
        self._stack = ExitStack()
        self._container = self._stack.enter_context(open_media(order.path, looks=False))
        self._coming: Iterator[tuple[int, Packet[av.VideoStream]]] = iter(())
        self._next = order.count

    def close(self) -> None:
        """Let go of the file."""
        self._stack.close()

    def read(self, entry: int, wanted: Sequence[int]) -> list[Packet[av.VideoStream]]:
        """Return packets by their positions, which ascend; seeks to ``entry`` unless they come anyway.

        Raises:
            CannotSplice: the file does not give what it gave to the index.
        """
        if not entry <= self._next <= wanted[0]:
            stream, stamp = self._container.streams.video[0], self._order.stamps[entry]
            self._coming = enumerate(packets_from(self._container, stream, stamp), entry)
        found: list[Packet[av.VideoStream]] = []
        for position, packet in self._coming:
            self._next = position + 1
            if position == wanted[len(found)]:
                if packet.pts != self._order.stamps[position]:
                    break
                found.append(packet)
                if len(found) == len(wanted):
                    return found
        self._next = self._order.count
        raise CannotSplice("packets come in another order than before")


def packets_from(
    container: av.container.InputContainer, stream: av.VideoStream, stamp: int
) -> Iterator[Packet[av.VideoStream]]:
    """Yield a stream's packets from the one with this stamp on.

    Raises:
        CannotSplice: there is no such packet.
    """
    read_only(container, [stream])
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
