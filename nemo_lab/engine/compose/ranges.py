"""Sets of stretches of time."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from operator import itemgetter

from nemo_lab.engine.compose.words import clock

Range = tuple[int, int]
"""Start and end in ms."""


def shown(start: int, end: int) -> str:
    """Return a range as a person reads it: ``0:05–0:12.5``."""
    return f"{clock(start)}–{clock(end)}"


def joined(ranges: Iterable[Range]) -> list[Range]:
    """Return ranges in order, those that touch or overlap made one."""
    result: list[Range] = []
    for start, end in sorted(ranges):
        if result and start <= result[-1][1]:
            result[-1] = result[-1][0], max(end, result[-1][1])
        elif end > start:
            result.append((start, end))
    return result


def without(ranges: Iterable[Range], holes: Iterable[Range]) -> list[Range]:
    """Return what is left of ranges when holes are taken out."""
    result: list[Range] = []
    gaps = joined(holes)
    for start, end in joined(ranges):
        for low, high in gaps[bisect_right(gaps, start, key=itemgetter(1)) :]:
            if low >= end:
                break
            if low > start:
                result.append((start, low))
            start = high
        if start < end:
            result.append((start, end))
    return result
