"""Re-entry: going on with a source's packets in the middle of its GOP, after a few encoded frames.

The encoded frames stand for the source's own up to a closed position; from there on the packets are the
source's, with slice headers that count on from the encoded frames. Both reference buffers are simulated
side by side, so that every copied slice refers to the same pictures as in the source. Once no encoded
frame is left among the references, two constant differences describe all the rest.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from nemo_lab.engine.render.smart.avcc import join, split
from nemo_lab.engine.render.smart.dpb import Picture, References
from nemo_lab.engine.render.smart.errors import CannotSplice
from nemo_lab.engine.render.smart.h264 import (
    SLICE,
    B,
    I,
    Modification,
    ParameterSets,
    SliceHeader,
    parse_slice,
    write_slice,
)
from nemo_lab.engine.render.smart.index import Index

_SAMPLE = 32
"""How many frames are looked at to learn how order counts grow."""
_CHECKPOINT = 256
"""Positions between two remembered states of the source's reference buffer."""

Lists = tuple[tuple[Modification, ...] | None, tuple[Modification, ...] | None]


@dataclass(frozen=True)
class Renumbered:
    """The new numbers of one picture, with the list commands of each of its slices."""

    frame_num: int
    poc_lsb: int
    marking: tuple[tuple[int, ...], ...] | None
    modifications: tuple[Lists, ...]


@dataclass(frozen=True)
class Rewrite:
    """How the packets after a re-entry are renumbered."""

    anchors: frozenset[int]
    """Frames among the encoded ones that copied pictures refer to."""
    first: Mapping[int, Renumbered]
    """By position, while encoded frames are among the references."""
    frame_num_shift: int
    poc_shift: int

    def apply(self, position: int, packet: bytes, sets: ParameterSets) -> bytes:
        """Return the packet at ``position`` with new slice headers.

        Raises:
            CannotSplice: a slice header cannot be read.
        """
        nals: list[bytes] = []
        slices = 0
        for view in split(packet):
            nal = bytes(view)
            if nal[0] & 31 == SLICE:
                header = parse_slice(nal, sets)
                self._renumber(header, position, slices, sets)
                nal = write_slice(nal, header, sets.sps, sets.of(header.pps))
                slices += 1
            nals.append(nal)
        return join(nals)

    def _renumber(self, header: SliceHeader, position: int, index: int, sets: ParameterSets) -> None:
        new = self.first.get(position)
        if new is None:
            header.frame_num = (header.frame_num + self.frame_num_shift) % (1 << sets.sps.frame_num_bits)
            header.poc_lsb = (header.poc_lsb + self.poc_shift) % (1 << sets.sps.poc_bits)
            return
        header.frame_num, header.poc_lsb, header.marking = new.frame_num, new.poc_lsb, new.marking
        header.modifications = new.modifications[index]


class SourceReferences:
    """The source's own reference buffer at any position; positions may be asked for in any order."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._states: dict[int, References] = {}

    @cached_property
    def poc_step(self) -> int:
        """By how much the order count grows from a frame to the next."""
        state, counts = References(self._index.sets.sps), {}
        for k in range(min(self._index.closed_before(_SAMPLE), self._index.next_idr(1))):
            counts[self._index.frames[k]] = step(state, self._index.headers(k)[0], self._index.frames[k])
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
            step(state, self._index.headers(k)[0], self._index.frames[k])
        return state

    def _near(self, position: int) -> range:
        first = self._idr_before(position)
        last = position - position % _CHECKPOINT
        return range(last, first - 1, -_CHECKPOINT)

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
    return Rewrite(anchors, first, renumbering.frame_num_shift, renumbering.poc_shift)


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
        self._index, self._window, self._old, self._new = index, window, old, new
        header = index.headers(window.position)[0]
        frame = index.frames[window.position]
        coming = window.encoded + frame - window.position
        self.frame_num_shift = (window.encoded - header.frame_num) % new.max_frame_num
        self.poc_shift = poc_step * coming - old.copy().order_count(header)
        self._least_poc = poc_step * window.encoded

    def advance(self, position: int) -> Renumbered:
        """Return the new numbers of the picture at ``position`` and enter it into both buffers."""
        headers, frame = self._index.headers(position), self._index.frames[position]
        old_poc = self._old.order_count(headers[0])
        poc = old_poc + self.poc_shift
        if poc < self._least_poc and self._old.sps.poc_type == 0:
            raise CannotSplice("order counts do not follow the frames")
        number = (headers[0].frame_num + self.frame_num_shift) % self._new.max_frame_num
        lists = tuple(self._lists(header, old_poc, number, poc) for header in headers)
        self._old.mark(headers[0], frame, old_poc)
        marking = self._mark(headers[0], Picture(frame, number, poc))
        poc_bits = self._old.sps.poc_bits
        return Renumbered(number, poc % (1 << poc_bits), marking, lists)

    def settled(self, position: int) -> bool:
        """Whether both buffers hold the same copied pictures, so that nothing but numbers differs on."""
        kept = {picture.id for picture in self._old.pictures}
        return (
            position >= self._index.positions[self._window.position]
            and min(kept, default=self._window.position) >= self._window.position
            and kept == {picture.id for picture in self._new.pictures}
        )

    def _lists(self, header: SliceHeader, old_poc: int, number: int, poc: int) -> Lists:
        if header.type == I:
            return None, None
        initial = self._new.initial_lists(header.type, number, poc)
        wanted = [self._translated(entries) for entries in self._old.lists(header, old_poc)]
        if header.type == B and wanted[1][0].id < self._window.position:
            # Direct modes read motion from this picture, and the encoded one has other motion.
            raise CannotSplice("motion is taken from an encoded picture")
        commands = [self._new.commands_for(wanted[i], initial[i], number) for i in range(2)]
        return commands[0], commands[1] if header.type == B else None

    def _translated(self, entries: Sequence[Picture]) -> list[Picture]:
        known = {picture.id: picture for picture in self._new.pictures}
        result = []
        for entry in entries:
            picture = known.get(entry.id)
            if picture is None:
                raise CannotSplice("pictures before the window are needed")
            if self._old.sps.poc_type == 0 and picture.poc != entry.poc + self.poc_shift:
                raise CannotSplice("order counts do not follow the frames")
            result.append(picture)
        return result

    def _mark(self, header: SliceHeader, picture: Picture) -> tuple[tuple[int, ...], ...] | None:
        """Free in the new buffer what the old one freed; return the commands that say so."""
        if not header.is_reference:
            return None
        new, number = self._new, picture.frame_num
        kept = {entry.id for entry in self._old.pictures}
        gone = [entry for entry in new.pictures if entry.id not in kept]
        full = len(new.pictures) >= new.capacity
        sliding = [min(new.pictures, key=lambda p: new.number(p, number))] if full else []
        new.pictures = [*(entry for entry in new.pictures if entry.id in kept), picture]
        if gone == sliding:
            return None
        return tuple((1, number - new.number(entry, number) - 1) for entry in gone)
