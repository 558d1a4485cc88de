"""Making the packets of encoded spans: by one thread, or by several over the joins.

Several joins are decoded and encoded at once, in any order. The bytes of a span do not depend on who made
it, nor on what was made before it, so the result is the same with any number of threads. Threads serve as
well as processes here: decoders and encoders do not hold Python's lock while they work.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from types import TracebackType

import av

from nemo_lab.engine.render.smart.decoding import Demand, FrameReader, Run, demand_of, runs_for
from nemo_lab.engine.render.smart.encoders import SpanEncoder
from nemo_lab.engine.render.smart.order import Order
from nemo_lab.engine.render.smart.planner import Encode
from nemo_lab.engine.render.smart.window import EncodedFrame
from nemo_lab.engine.render.spans.pool import cores

PictureMaker = Callable[[int, int], Iterator[av.VideoFrame]]
"""Makes frames of the result: the first one's number and how many; in the source's size and format."""

_MOST_THREADS = 4
_AHEAD = 6
"""Spans a thread may be ahead of the one that is being written: so many packets are held in memory."""


class Windows:
    """Makes spans, one after the other.

    Args:
        index: the source.
        encoder: of its windows.
        picture: makes the touched frames; ``None`` if there are none.
        demand: what all spans want.
    """

    def __init__(
        self, index: Order, encoder: SpanEncoder, picture: PictureMaker | None, demand: Demand
    ) -> None:
        self._index, self._encoder, self._picture = index, encoder, picture
        self._reader = FrameReader(index, demand)

    def __enter__(self) -> Windows:
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


class PooledWindows:
    """Makes spans in threads.

    Args:
        index: the source.
        spans: all spans that will be asked for, in that order.
        opened: makes what one thread works with, from the spans' demand.
        threads: how many; ``None`` is one a core.
    """

    def __init__(
        self,
        index: Order,
        spans: Sequence[Encode],
        opened: Callable[[Demand], AbstractContextManager[Windows]],
        threads: int | None = None,
    ) -> None:
        self._opened, self._demand = opened, demand_of(index, spans)
        self._groups = deque(_grouped(index, spans))
        self._order = {span.out: number for number, span in enumerate(spans)}
        self._made: dict[int, list[EncodedFrame]] = {}
        self._fault: BaseException | None = None
        self._reached = 0
        self._closed = False
        self._changed = threading.Condition()
        count = min(cores(), _MOST_THREADS) if threads is None else threads
        self._threads = [
            threading.Thread(target=self._run, daemon=True) for _ in range(min(count, len(self._groups)))
        ]

    def __enter__(self) -> PooledWindows:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        for thread in self._threads:
            thread.join()

    def __call__(self, span: Encode) -> list[EncodedFrame]:
        """Return the packets of a span; waits for the thread that makes them.

        Raises:
            BaseException: what went wrong in a thread.
        """
        with self._changed:
            self._reached = self._order[span.out]
            self._changed.notify_all()
            self._changed.wait_for(lambda: span.out in self._made or self._fault)
            if self._fault is not None:
                raise self._fault
            return self._made.pop(span.out)

    def _run(self) -> None:
        try:
            with self._opened(self._demand) as windows:
                while group := self._next_group():
                    for span in group:
                        self._wait_for_turn(span)
                        made = self._frames(windows, span)
                        with self._changed:
                            self._made[span.out] = made
                            self._changed.notify_all()
        except _ClosedError:
            pass
        except BaseException as exc:  # noqa: BLE001 - told to the one who waits
            with self._changed:
                self._fault = self._fault or exc
                self._changed.notify_all()

    def _next_group(self) -> list[Encode]:
        with self._changed:
            return self._groups.popleft() if self._groups else []

    def _wait_for_turn(self, span: Encode) -> None:
        """Wait lest it is done too far ahead of what is being written."""
        ahead = _AHEAD * len(self._threads)
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._order[span.out] <= self._reached + ahead)

    def _frames(self, windows: Windows, span: Encode) -> list[EncodedFrame]:
        made = []
        for frame in windows(span):
            if self._closed or self._fault:
                raise _ClosedError
            made.append(frame)
        return made


class _ClosedError(Exception):
    """Nobody wants the spans any more."""


def _grouped(index: Order, spans: Sequence[Encode]) -> Iterator[list[Encode]]:
    """Yield spans in groups that one thread does best: those in which decoding goes on in one GOP."""
    group: list[Encode] = []
    last: Run | None = None
    for span in spans:
        runs = [] if span.touched else runs_for(index, span.pieces)
        if group and not (last and runs and _goes_on(last, runs[0])):
            yield group
            group = []
        group.append(span)
        last = runs[-1] if runs else None
    if group:
        yield group


def _goes_on(run: Run, following: Run) -> bool:
    return run.entry == following.entry and run.wanted[-1] < following.wanted[0]
