"""From a place in a file to the places of the timeline at which it is shown; pure."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate

from nemo_lab.engine.render.model import Plan
from nemo_lab.engine.timebase import SAMPLE_RATE, round_half_up

Stretch = tuple[int, int]
"""First sample and the first that no longer belongs to it."""
_TOUCH = SAMPLE_RATE // 1000
"""Stretches nearer than this are one: grids of frames round cuts to samples a few apart."""


@dataclass(frozen=True)
class Showing:
    """A piece of a file on the timeline; times in samples."""

    source: int
    start: int
    end: int
    speed: Fraction = Fraction(1)

    @property
    def source_end(self) -> int:
        """Where it ends in the file."""
        return self.source + round_half_up((self.end - self.start) * self.speed)

    def place(self, at: int) -> int:
        """Return when a place of the file is shown, if it lies within."""
        return self.start + round_half_up((at - self.source) / self.speed)


class Map:
    """Where one file is shown."""

    def __init__(self, showings: Iterable[Showing]) -> None:
        self._showings = sorted(showings, key=lambda showing: showing.source)
        self._sources = [showing.source for showing in self._showings]
        self._ends = list(accumulate((showing.source_end for showing in self._showings), max))

    def stretches(self, start: int, end: int) -> list[Stretch]:
        """Return when ``start`` to ``end`` of the file is shown, in order of time.

        What a cut took out is left out, what stayed on either side of it is one stretch; nothing is
        returned for what is not shown at all.
        """
        first, last = bisect_right(self._ends, start), bisect_left(self._sources, end)
        found = []
        for showing in self._showings[first:last]:
            low, high = max(start, showing.source), min(end, showing.source_end)
            if low < high:
                a, b = showing.place(low), min(showing.place(high), showing.end)
                found += [(a, b)] if a < b else []
        return _joined(sorted(found))


def maps(plan: Plan) -> dict[str, Map]:
    """Return where each file of the main track is shown."""
    showings: dict[str, list[Showing]] = {}
    for piece in plan.pieces:
        showing = Showing(piece.source_sample, piece.start_sample, piece.end_sample, piece.speed)
        showings.setdefault(piece.asset, []).append(showing)
    return {asset: Map(shown) for asset, shown in showings.items()}


def _joined(ordered: list[Stretch]) -> list[Stretch]:
    joined: list[Stretch] = []
    for start, end in ordered:
        if joined and start - joined[-1][1] <= _TOUCH:
            joined[-1] = joined[-1][0], max(end, joined[-1][1])
        else:
            joined.append((start, end))
    return joined
