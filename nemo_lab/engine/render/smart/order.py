"""The order of a stream's packets and pictures, whatever its codec.

A packet's place in decode order is its *position*, its picture's place in display order its *frame*. A
position is *closed* when the packets before it are exactly the frames before it: there a stream can be
left, or entered, without a hole.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import accumulate
from pathlib import Path

from nemo_lab.engine.render.smart.errors import CannotSplice
from nemo_lab.engine.render.smart.source import SourceFormat


@dataclass(frozen=True)
class Order:
    """Where every picture of a source lies."""

    path: Path
    rate: Fraction
    format: SourceFormat
    time_base: Fraction
    """Seconds per unit of the stamps."""
    stamps: Sequence[int]
    """Presentation stamps, by position."""
    frames: Sequence[int]
    """Frame of each position."""
    positions: Sequence[int]
    """Position of each frame."""

    @property
    def count(self) -> int:
        """How many frames there are."""
        return len(self.frames)

    @property
    def entries(self) -> Sequence[int]:
        """Positions where decoding may begin.

        Frames that are shown before such a picture cannot be decoded from there, all later ones can.
        """
        raise NotImplementedError

    @cached_property
    def grid(self) -> Sequence[int]:
        """The place of each frame on the grid of ``rate``: the nearest to its time, from the first on."""
        first, scale = self.stamps[self.positions[0]], self.time_base * self.rate
        num, den = scale.numerator, scale.denominator
        return [(2 * (self.stamps[k] - first) * num + den) // (2 * den) for k in self.positions]

    def time_of(self, frame: int) -> Fraction:
        """Return when a frame is shown, in seconds from the first."""
        first = self.stamps[self.positions[0]]
        return (self.stamps[self.positions[frame]] - first) * self.time_base

    def position_at(self, stamp: int | None) -> int:
        """Return the position of the picture with this stamp.

        Raises:
            CannotSplice: there is none.
        """
        wanted = -1 if stamp is None else stamp
        frame = bisect_left(self.positions, wanted, key=self.stamps.__getitem__)
        if frame == self.count or self.stamps[self.positions[frame]] != stamp:
            raise CannotSplice("a picture has another stamp than before")
        return self.positions[frame]

    @cached_property
    def closed(self) -> Sequence[int]:
        """All closed positions, ascending, the end included."""
        highest = accumulate(self.frames, max)
        return array("q", [0, *(k + 1 for k, frame in enumerate(highest) if frame == k)])

    @cached_property
    def reorder(self) -> int:
        """How many frames decoding must run ahead of display."""
        return max(position - frame for position, frame in enumerate(self.frames))

    def closed_before(self, limit: int) -> int:
        """Return the last closed position up to ``limit``."""
        return self.closed[bisect_right(self.closed, limit) - 1]

    def closed_after(self, position: int) -> Iterator[int]:
        """Yield the closed positions behind ``position``."""
        for k in range(bisect_right(self.closed, position), len(self.closed)):
            yield self.closed[k]

    def next_entry(self, position: int) -> int:
        """Return the first position from ``position`` on where decoding may begin, or the end."""
        k = bisect_left(self.entries, position)
        return self.entries[k] if k < len(self.entries) else self.count

    def entry_before(self, position: int) -> int:
        """Return the last position up to this one where decoding may begin.

        Raises:
            CannotSplice: there is none.
        """
        k = bisect_right(self.entries, position) - 1
        if k < 0:
            raise CannotSplice("the file does not begin with a keyframe")
        return self.entries[k]

    def entry_for(self, frame: int) -> int:
        """Return the position from which this frame can be decoded.

        Raises:
            CannotSplice: there is none.
        """
        k = bisect_right(self._entry_frames, frame) - 1
        if k < 0:
            raise CannotSplice("the file does not begin with a keyframe")
        return self.entries[k]

    def entry_of(self, position: int) -> int:
        """Return the position from which the picture at this one can be decoded.

        Raises:
            CannotSplice: there is none.
        """
        return self.entry_for(self.frames[position])

    def entry_showing(self, frame: int) -> int | None:
        """Return the first entry that is shown at ``frame`` or later."""
        k = bisect_left(self._entry_frames, frame)
        return self.entries[k] if k < len(self.entries) else None

    @cached_property
    def _entry_frames(self) -> Sequence[int]:
        return [self.frames[k] for k in self.entries]


def placed(stamps: Sequence[int]) -> tuple[Sequence[int], Sequence[int]]:
    """Return the frame of each position and the position of each frame.

    Raises:
        CannotSplice: there are none, or two have one stamp.
    """
    if not stamps:
        raise CannotSplice("no pictures")
    if len(set(stamps)) < len(stamps):
        raise CannotSplice("two pictures have one stamp")
    positions = array("q", sorted(range(len(stamps)), key=stamps.__getitem__))
    frames = array("q", bytes(8 * len(positions)))
    for frame, position in enumerate(positions):
        frames[position] = frame
    return frames, positions
