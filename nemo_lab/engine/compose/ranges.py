"""Sets of stretches of time."""

from __future__ import annotations

from collections.abc import Iterable

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
    result = joined(ranges)
    for low, high in joined(holes):
        result = [
            part
            for start, end in result
            for part in ((start, min(end, low)), (max(start, high), end))
            if part[0] < part[1]
        ]
    return result
