"""Decoding just the frames that are to be encoded, from the keyframe before them on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType

import av
from av.packet import Packet

from nemo_lab.engine.media import open_media, reading
from nemo_lab.engine.render.smart.avcc import split
from nemo_lab.engine.render.smart.errors import CannotSplice
from nemo_lab.engine.render.smart.h264 import IDR_SLICE, SLICE
from nemo_lab.engine.render.smart.order import Order
from nemo_lab.engine.render.smart.planner import Piece

_REFERENCE = 0x60
_NOWHERE = -1
"""Position of a reader that has to start anew."""


@dataclass(frozen=True)
class Run:
    """Frames that one stretch of decoding gives. Stamps are in the stream's time base."""

    entry: int
    """Position of the packet with which decoding may begin."""
    entry_stamp: int
    needed: int
    """The lowest position among the wanted frames."""
    wanted: tuple[int, ...]
    """Stamps of the frames, in the order in which they are shown."""


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
        places = [index.positions[frame] for frame in range(piece.first, piece.first + piece.count)]
        wanted = tuple(index.stamps[place] for place in places)
        entry = index.entry_for(piece.first)
        if runs and runs[-1].entry <= entry <= last + 1 and wanted[0] > runs[-1].wanted[-1]:
            runs[-1] = replace(runs[-1], wanted=runs[-1].wanted + wanted)
        else:
            runs.append(Run(entry, index.stamps[entry], min(places), wanted))
        last = max(places)
    return runs


class FrameReader:
    """Decodes runs of one file with one thread; a run that lies ahead in the same GOP is cheap."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stack = ExitStack()
        self._packets: Iterator[Packet[av.VideoStream]] = iter(())
        self._next = _NOWHERE
        self._start = 0

    def __enter__(self) -> FrameReader:
        self._container = self._stack.enter_context(open_media(self._path))
        self._stream = self._container.streams.video[0]
        self._context = self._stream.codec_context
        self._context.thread_count = 1
        self._context.thread_type = "NONE"
        self._skips_none = self._context.name != "h264"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def frames(self, run: Run) -> Iterator[av.VideoFrame]:
        """Yield the wanted frames of a run.

        Raises:
            CannotSplice: one of them does not come out of the decoder.
            UnreadableMedia: the file is broken.
        """
        if not run.entry <= self._next <= run.needed:
            self._restart(run)
        wanted, waiting = frozenset(run.wanted), list(reversed(run.wanted))
        done: dict[int, av.VideoFrame] = {}
        with reading(self._path):
            for frame in self._decoded(wanted):
                if frame.pts in wanted:
                    done[frame.pts] = frame
                while waiting and waiting[-1] in done:
                    yield done.pop(waiting.pop())
                if not waiting:
                    return
        raise CannotSplice("the decoder leaves frames out")

    def _restart(self, run: Run) -> None:
        self._context.flush_buffers()
        self._packets = packets_from(self._container, self._stream, run.entry_stamp)
        self._next, self._start = run.entry, run.entry_stamp

    def _decoded(self, wanted: frozenset[int]) -> Iterator[av.VideoFrame]:
        """Decode on and on, passing over pictures that nobody refers to and nobody wants."""
        for packet in self._packets:
            self._next += 1
            if packet.pts is None or packet.pts < self._start:
                continue  # shown before the entry of an open GOP: it cannot be decoded from here
            if packet.pts in wanted or self._skips_none or _is_reference(packet):
                yield from self._context.decode(packet)
        self._next = _NOWHERE
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


def _is_reference(packet: Packet[av.VideoStream]) -> bool:
    for nal in split(memoryview(packet)):
        if nal[0] & 31 in (SLICE, IDR_SLICE):
            return bool(nal[0] & _REFERENCE)
    return True
