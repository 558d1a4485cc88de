"""Re-entry: going on with a source's packets in the middle of its GOP, after a few encoded frames.

The encoded frames stand for the source's own up to a closed position; from there on the packets are the
source's, with slice headers that count on from the encoded frames. Both reference buffers are simulated
side by side, so that every copied slice refers to the same pictures as in the source. Once no encoded
frame is left among the references, two constant differences describe all the rest.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from nemo_lab.engine.render.smart.dpb import Picture, References
from nemo_lab.engine.render.smart.errors import CannotSplice
from nemo_lab.engine.render.smart.h264 import B, SliceHeader
from nemo_lab.engine.render.smart.index import Index
from nemo_lab.engine.render.smart.renumbering import Lists, Renumbered, Shift, Twins
from nemo_lab.engine.render.smart.sets import ParameterSets

_SAMPLE = 32
"""How many frames are looked at to learn how order counts grow."""
_CHECKPOINT = 256
"""Positions between two remembered states of the source's reference buffer."""


@dataclass(frozen=True)
class Rewrite:
    """How the packets after a re-entry are renumbered."""

    anchors: frozenset[int]
    """Frames among the encoded ones that copied pictures refer to."""
    first: Mapping[int, Renumbered]
    """By position, while encoded frames are among the references."""
    then: Shift
    """Of all later ones."""

    def apply(self, position: int, packet: bytes, sets: ParameterSets) -> bytes:
        """Return the packet at ``position`` with new slice headers.

        Raises:
            CannotSplice: a slice header cannot be read.
        """
        return (self.first.get(position) or self.then).apply(packet, sets)


class SourceReferences:
    """The source's own reference buffer at any position; positions may be asked for in any order."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._states: dict[int, References] = {}
        self._latest = -1

    @cached_property
    def poc_step(self) -> int:
        """By how much the order count grows from a frame to the next."""
        state, counts = References(self._index.sets.sps), {}
        for k in range(min(self._index.closed_before(_SAMPLE), self._index.next_idr(1))):
            counts[self._index.frames[k]] = step(state, self._index.header(k), self._index.frames[k])
        return min((counts[f + 1] - counts[f] for f in range(len(counts) - 1)), default=2)

    def before(self, position: int) -> References:
        """Return the buffer before the picture at ``position`` is decoded.

        Raises:
            CannotSplice: the stream up to there uses something that is not understood.
        """
        start = max((k for k in self._near(position) if k in self._states), default=None)
        if start is None:
            start, state = self._idr_before(position), References(self._index.sets.sps)
        else:
            state = self._states[start].copy()
        for k in range(start, position):
            if k % _CHECKPOINT == 0:
                self._states.setdefault(k, state.copy())
            # The others leave no trace.
            if self._index.is_reference(k):
                step(state, self._index.header(k), self._index.frames[k])
        if self._latest % _CHECKPOINT:
            self._states.pop(self._latest, None)
        self._latest, self._states[position] = position, state.copy()
        return state

    def _near(self, position: int) -> Iterator[int]:
        """Yield the places before a position where a state may be known."""
        first = self._idr_before(position)
        if first <= self._latest <= position:
            yield self._latest
        yield from range(position - position % _CHECKPOINT, first - 1, -_CHECKPOINT)

    def _idr_before(self, position: int) -> int:
        k = bisect_right(self._index.idrs, position) - 1
        if k < 0:
            raise CannotSplice("the file does not begin with an IDR picture")
        return self._index.idrs[k]


def step(references: References, header: SliceHeader, frame: int) -> int:
    """Decode one picture as far as references go; return its order count."""
    poc = references.order_count(header)
    references.mark(header, frame, poc)
    return poc


@dataclass(frozen=True)
class Window:
    """The encoded frames before a re-entry."""

    first: int
    """First source frame that is among them."""
    position: int
    """Where the source's packets go on: a closed position, so also the frame after the window."""
    encoded: int
    """Encoded pictures since the last encoded IDR picture, it included; other frames may come first."""


def plan_reentry(source: SourceReferences, index: Index, window: Window, stop: int) -> Rewrite:
    """Find the new slice headers of the packets from ``window.position`` up to ``stop``.

    Raises:
        CannotSplice: a copied picture refers to one that is not in the window, or to something that is
            not understood; a later position may do.
    """
    old = source.before(window.position)
    new = _encoded_references(old, window, source.poc_step)
    renumbering = _Renumbering(index, window, old, new, source.poc_step)
    anchors = frozenset(picture.id for picture in new.pictures)
    first: dict[int, Renumbered] = {}
    for position in range(window.position, stop):
        first[position] = renumbering.advance(position)
        if renumbering.settled(position):
            break
    return Rewrite(anchors, first, Shift(renumbering.frame_num_shift, renumbering.twins.poc_shift))


def _encoded_references(old: References, window: Window, poc_step: int) -> References:
    """Return the buffer behind the window: the frames that are needed on, and the last one."""
    last = window.position - 1
    wanted = {picture.id for picture in old.pictures} | {last}
    new = References(old.sps)
    for count in range(window.encoded):
        frame = last - (window.encoded - 1 - count)
        if frame >= window.first and frame in wanted:
            new.pictures.append(Picture(frame, count % new.max_frame_num, poc_step * count))
    if len(new.pictures) > new.capacity:
        raise CannotSplice("too many references")
    return new


class _Renumbering:
    """Walks both streams picture by picture."""

    def __init__(self, index: Index, window: Window, old: References, new: References, poc_step: int) -> None:
        self._index, self._window = index, window
        header = index.header(window.position)
        frame = index.frames[window.position]
        coming = window.encoded + frame - window.position
        self.frame_num_shift = (window.encoded - header.frame_num) % new.max_frame_num
        self.twins = Twins(old, new, poc_step * coming - old.copy().order_count(header))
        self._least_poc = poc_step * window.encoded

    def advance(self, position: int) -> Renumbered:
        """Return the new numbers of the picture at ``position`` and enter it into both buffers."""
        headers, frame = self._index.headers(position), self._index.frames[position]
        twins, old = self.twins, self.twins.old
        old_poc = old.order_count(headers[0])
        poc = old_poc + twins.poc_shift
        if poc < self._least_poc and old.sps.poc_type == 0:
            raise CannotSplice("order counts do not follow the frames")
        number = (headers[0].frame_num + self.frame_num_shift) % old.max_frame_num
        lists = tuple(self._lists(header, old_poc, number, poc) for header in headers)
        old.mark(headers[0], frame, old_poc)
        marking = twins.mark(headers[0], Picture(frame, number, poc))
        return Renumbered(number, poc % (1 << old.sps.poc_bits), marking, lists)

    def settled(self, position: int) -> bool:
        """Whether both buffers hold the same copied pictures, so that nothing but numbers differs on."""
        kept = {picture.id for picture in self.twins.old.pictures}
        return (
            position >= self._index.positions[self._window.position]
            and min(kept, default=self._window.position) >= self._window.position
            and kept == {picture.id for picture in self.twins.new.pictures}
        )

    def _lists(self, header: SliceHeader, old_poc: int, number: int, poc: int) -> Lists:
        wanted = self.twins.old.lists(header, old_poc)
        if header.type == B and wanted[1][0].id < self._window.position:
            # Direct modes read motion from this picture, and the encoded one has other motion.
            raise CannotSplice("motion is taken from an encoded picture")
        return self.twins.lists(header, wanted, number, poc)
