"""The threads that make a film's picture, and which of them makes what.

A thread goes on where its last span ended, which costs no seek; one that has nothing left takes over the
later half of the longest stretch that another has before it. So all are busy to the end, whatever their
number and however hard single spans are. Decoders, filters and encoders do not hold Python's lock while
they work, so threads keep all cores as busy as processes would, at less memory.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from types import TracebackType

from nemo_lab.engine.render.spans.film import Film, Span, SpanEncoder
from nemo_lab.engine.render.spans.packets import packed
from nemo_lab.engine.render.spans.shelf import Shelf


class Stretches:
    """Divides spans among threads."""

    def __init__(self, count: int) -> None:
        self._rest = [(0, count)]

    def next(self, mine: int | None) -> tuple[int | None, int | None]:
        """Return the number of the span to do next and the stretch it is from, ``None`` when all is given.

        Args:
            mine: the stretch that the thread is at, ``None`` if it has none yet.
        """
        if mine is None or self._rest[mine][0] >= self._rest[mine][1]:
            longest = max(range(len(self._rest)), key=lambda at: self._rest[at][1] - self._rest[at][0])
            low, high = self._rest[longest]
            if low >= high:
                return None, None
            # A stretch that nobody has begun is taken whole.
            middle = low if low == 0 else (low + high) // 2
            self._rest[longest] = low, middle
            self._rest.append((middle, high))
            mine = len(self._rest) - 1
        low, high = self._rest[mine]
        self._rest[mine] = low + 1, high
        return low, mine


class SpanPool:
    """Makes all spans of a film in threads and puts them on a shelf, by their first frame.

    Args:
        film: what to make.
        shelf: where to put it, and where a fault is told.
        workers: how many threads, with an encoder each.
        made: called for every frame that is made, by any thread.
    """

    def __init__(self, film: Film, shelf: Shelf, workers: int, made: Callable[[], None]) -> None:
        self._film, self._shelf, self._made = film, shelf, made
        self._spans = film.spans
        self._lock = threading.Lock()
        self._stretches = Stretches(len(self._spans))
        self._closed = False
        self._threads = [threading.Thread(target=self._run, daemon=True) for _ in range(workers)]

    def __enter__(self) -> SpanPool:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closed = True
        for thread in self._threads:
            thread.join()

    def _run(self) -> None:
        """Make spans until there are no more."""
        try:
            encoder = SpanEncoder(self._film)
            try:
                number, mine = self._next(None)
                while number is not None and self._make(encoder, self._spans[number]):
                    number, mine = self._next(mine)
            finally:
                encoder.close()
        except BaseException as exc:  # noqa: BLE001 - told to the one who waits
            self._closed = True
            self._shelf.fail(exc)

    def _next(self, mine: int | None) -> tuple[int | None, int | None]:
        with self._lock:
            return self._stretches.next(mine)

    def _make(self, encoder: SpanEncoder, span: Span) -> bool:
        """Put a span on the shelf; return whether to go on."""
        packets = []
        for packet in encoder.encode(span):
            if self._closed:
                return False
            packets.append(packed(packet))
            self._made()
        self._shelf.put(span[0], b"".join(packets))
        return True


def cores() -> int:
    """Return how many cores this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on macOS and Windows
        return os.cpu_count() or 1
