"""Making the packets of encoded spans: by one thread, or by several over the joins.

Several joins are decoded and encoded at once, in any order. The bytes of a span do not depend on who made
it, nor on what was made before it, so the result is the same with any number of threads. Threads serve as
well as processes here: decoders and encoders do not hold Python's lock while they work.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from types import TracebackType

import av

from nemo_lab.engine.render.smart.decoding import FrameReader
from nemo_lab.engine.render.smart.demand import Group, Wants, grouped, untouched
from nemo_lab.engine.render.smart.encoders import SpanEncoder
from nemo_lab.engine.render.smart.order import Order
from nemo_lab.engine.render.smart.planner import Encode
from nemo_lab.engine.render.smart.window import EncodedFrame
from nemo_lab.engine.render.spans.pool import cores

PictureMaker = Callable[[int, int], Iterator[av.VideoFrame]]
"""Makes frames of the result: the first one's number and how many; in the source's size and format."""

_MOST_THREADS = 4
_MEMORY = 380 << 20
"""Bytes that all threads together, and what grows with the length of the source, may take."""
_TABLES, _TABLE = 1000, 126
"""Bytes that a picture of the source takes in tables, and in those of each thread, as measured."""
_PICTURES = 20
"""Pictures whose memory one thread takes for encoder and decoder, as measured."""
_PICTURES_TOUCHED = 50
"""The same where transitions decode at two places and hold pictures back."""
_AHEAD = 6
"""Spans a thread may be ahead of the one that is being written: so many packets are held in memory."""


class Windows:
    """Makes spans, one after the other.

    Args:
        order: the source.
        encoder: of its windows.
        maker: gives what makes the touched frames, from what decodes the source; ``None`` if there are none.
    """

    def __init__(
        self, order: Order, encoder: SpanEncoder, maker: Callable[[FrameReader], PictureMaker] | None
    ) -> None:
        self._order, self._encoder = order, encoder
        self._reader = FrameReader(order)
        self._picture = maker(self._reader) if maker else None

    def __enter__(self) -> Windows:
        self._reader.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._reader.__exit__(kind, error, trace)

    def expect(self, demand: Mapping[int, int]) -> None:
        """Prepare for the pictures that the next spans ask for: how often, by position."""
        self._reader.expect(demand)

    def __call__(self, span: Encode) -> Iterator[EncodedFrame]:
        """Yield the packets of a span."""
        return self._encoder.encode(self._frames(span), span)

    def _frames(self, span: Encode) -> Iterator[av.VideoFrame]:
        if not span.touched:
            return map(self._reader.frame, untouched(self._order, span))
        if self._picture is None:
            raise ValueError("nobody makes the touched frames")
        return self._picture(span.out, span.count)


class PooledWindows:
    """Makes spans in threads.

    Args:
        order: the source.
        spans: all spans that will be asked for, in that order.
        wants: what each of them asks for.
        opened: makes what one thread works with.
        threads: how many; ``None``: as :func:`threads_for` says.
    """

    def __init__(
        self,
        order: Order,
        spans: Sequence[Encode],
        wants: Wants,
        opened: Callable[[], AbstractContextManager[Windows]],
        threads: int | None = None,
    ) -> None:
        self._opened = opened
        self._groups = deque(grouped(order, spans, wants))
        self._order = {span.out: number for number, span in enumerate(spans)}
        self._made: dict[int, list[EncodedFrame]] = {}
        self._fault: BaseException | None = None
        self._reached = 0
        self._closed = False
        self._changed = threading.Condition()
        count = threads_for(order, spans) if threads is None else threads
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
            with self._opened() as windows:
                while group := self._next_group():
                    windows.expect(group.demand)
                    for span in group.spans:
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

    def _next_group(self) -> Group | None:
        with self._changed:
            return self._groups.popleft() if self._groups else None

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


def threads_for(order: Order, spans: Sequence[Encode]) -> int:
    """Return how many threads make spans: one a core, but no more than their memory allows."""
    picture = order.format.width * order.format.height * 3 // 2
    each = picture * (_PICTURES_TOUCHED if any(span.touched for span in spans) else _PICTURES)
    left = max(0, _MEMORY - order.count * _TABLES)
    return max(1, min(cores(), _MOST_THREADS, left // (each + order.count * _TABLE)))


class _ClosedError(Exception):
    """Nobody wants the spans any more."""
