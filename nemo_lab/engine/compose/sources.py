"""Where stretches of a file lie on the timeline."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from operator import itemgetter
from typing import TypeVar

from nemo_lab.engine.compose.ranges import Range
from nemo_lab.engine.compose.work import Piece, Work
from nemo_lab.engine.timebase import round_half_up

_T = TypeVar("_T")


def placed_parts(
    start: int, piece: Piece, items: Sequence[_T], span: Callable[[_T], Range]
) -> Iterator[tuple[_T, Range]]:
    """Yield each item of a file that a piece shows, with where on the timeline, as far as it is shown.

    Args:
        start: where the piece begins on the timeline, in ms.
        piece: what shows the file.
        items: things that happen in the file, ascending and apart.
        span: tells (start, end) of such a thing, in ms of the file.
    """
    first, last, speed = piece.source_start, piece.source_end, piece.speed
    # An hour has thousands of items, and as many pieces.
    for number in range(bisect_left(items, first, key=lambda item: span(item)[1]), len(items)):
        low, high = span(items[number])
        if low >= last:
            break
        a = start + round_half_up((max(low, first) - first) / speed)
        b = min(start + round_half_up((min(high, last) - first) / speed), start + piece.length)
        if a < b:
            yield items[number], (a, b)


def unbroken(work: Work) -> Iterator[tuple[int, Piece]]:
    """Yield the pieces with their starts on the timeline, those made one that show their file without a
    break: a split is no reason to take a word for two."""
    pending: tuple[int, Piece] | None = None
    for start, piece in work.placed():
        if pending is not None and _goes_on(pending[1], piece):
            whole = pending[1].length + piece.length
            pending = pending[0], pending[1].with_segment(duration_ms=whole)
            continue
        if pending is not None:
            yield pending
        pending = start, piece
    if pending is not None:
        yield pending


def _goes_on(piece: Piece, after: Piece) -> bool:
    same = piece.segment.asset == after.segment.asset and piece.speed == after.speed
    return same and abs(after.source_start - piece.source_end) <= 1


def on_timeline(start: int, piece: Piece, spans: Sequence[Range]) -> list[Range]:
    """Return the parts of stretches of a file that a piece shows, on the timeline.

    Args:
        start: where the piece begins on the timeline, in ms.
        piece: what shows the file.
        spans: (start, end) in ms of the file, ascending and apart.
    """
    return [part for _, part in placed_parts(start, piece, spans, itemgetter(0, 1))]
