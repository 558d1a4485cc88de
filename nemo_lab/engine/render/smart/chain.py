"""What has to be decoded so that some frames of a GOP come out: they, and what they are predicted from.

Of the pictures that others refer to, many (the middle ones of B-frame pyramids, all before an intra picture)
are of no use to a wanted one, and some are another once more. They are left out; the slice headers of the
rest are renumbered, so that the decoder sees a stream that never had them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import pairwise

from nemo_lab.engine.render.smart.dpb import Picture, References
from nemo_lab.engine.render.smart.errors import CannotSplice
from nemo_lab.engine.render.smart.h264 import B, SliceHeader
from nemo_lab.engine.render.smart.index import Index
from nemo_lab.engine.render.smart.order import Order
from nemo_lab.engine.render.smart.renumbering import Renumbered, Shift, Twins
from nemo_lab.engine.render.smart.repeats import is_repeat


@dataclass(frozen=True)
class Chain:
    """Pictures that are decoded one after the other, from one where decoding may begin."""

    entry: int
    """Position of that one."""
    positions: tuple[int, ...]
    """Of all, ascending; the first is the entry."""
    wanted: frozenset[int]
    """Positions of those that are asked for."""
    renumbered: Mapping[int, Renumbered | Shift] = field(default_factory=dict)
    """New numbers, by position, where the source's are not kept."""


def plan_chain(index: Index, entry: int, wanted: Collection[int]) -> Chain:
    """Return what is decoded for pictures that can be decoded from ``entry`` on; positions all.

    In a stream that is not understood, all reference pictures are decoded.
    """
    asked = frozenset(wanted)
    # What is shown before the entry of an open GOP cannot be decoded from there.
    first = index.frames[entry]
    coming = [
        k
        for k in range(entry, max(asked) + 1)
        if index.frames[k] >= first and (index.is_reference(k) or k in asked)
    ]
    for repeats in (True, False):
        with suppress(CannotSplice):
            walk = _Walk(index, coming)
            positions = walk.closure(asked)
            if repeats and walk.leave_out_repeats(positions, asked):
                positions = walk.closure(asked)
            renumbered = walk.renumbered(positions) if len(positions) < len(coming) else {}
            return Chain(entry, positions, asked, renumbered)
    return Chain(entry, tuple(coming), asked)


def all_of(order: Order, entry: int, wanted: Collection[int]) -> Chain:
    """Return a chain of all pictures, for a stream whose slices are not read."""
    first = order.frames[entry]
    coming = tuple(k for k in range(entry, max(wanted) + 1) if order.frames[k] >= first)
    return Chain(entry, coming, frozenset(wanted))


class _Walk:
    """The references of all pictures of a stretch that begins with an IDR picture."""

    def __init__(self, index: Index, positions: Sequence[int]) -> None:
        self._index, self._positions = index, positions
        self._headers: dict[int, tuple[SliceHeader, ...]] = {}
        self._counts: dict[int, int] = {}
        self._kept: dict[int, list[Picture]] = {}
        """What the buffer holds after each picture."""
        self._lists: dict[int, list[tuple[list[Picture], list[Picture]]]] = {}
        state = References(index.sets.sps)
        for k in positions:
            headers = self._headers[k] = _distinct(index.headers(k))
            poc = self._counts[k] = state.order_count(headers[0])
            self._lists[k] = [state.lists(header, poc) for header in headers]
            state.mark(headers[0], k, poc)
            self._kept[k] = list(state.pictures)

    def closure(self, wanted: Collection[int]) -> tuple[int, ...]:
        """Return the wanted pictures with all that they need, and the first."""
        needed, waiting = {self._positions[0]}, list(wanted)
        while waiting:
            position = waiting.pop()
            if position not in needed:
                needed.add(position)
                waiting += [p.id for lists in self._lists[position] for entries in lists for p in entries]
        return tuple(sorted(needed))

    def leave_out_repeats(self, needed: Sequence[int], wanted: Collection[int]) -> bool:
        """Let the first of equal pictures stand for them wherever P pictures refer to them; return if it can.

        What B pictures show depends on when their references are shown and on how those were predicted.
        Between two pictures that remain lies less than half of what order counts can tell apart.

        Raises:
            CannotSplice: a slice's header cannot be read.
        """
        kept = {*wanted, *(p.id for k in needed if self._headers[k][0].type == B for p in self._referred(k))}
        sps = self._index.sets.sps
        half = 1 << sps.poc_bits - 1 if sps.poc_type == 0 else None
        same: dict[int, Picture] = {}
        last = self._counts[needed[0]]
        for k, following in pairwise(needed):
            near = half is None or abs(self._counts[following] - last) < half
            if k not in kept and near and is_repeat(self._index.heads[k], self._index.sets):
                first = {lists[0][0] for lists in self._lists[k]}
                if len(first) == 1:
                    original = first.pop()
                    same[k] = same.get(original.id, original)
                    continue
            if self._headers[k][0].is_reference:
                last = self._counts[k]
        self._keep_apart(needed, same)
        self._replace(same)
        return bool(same)

    def _referred(self, k: int) -> set[Picture]:
        return {p for lists in self._lists[k] for entries in lists for p in entries}

    def _keep_apart(self, needed: Sequence[int], same: dict[int, Picture]) -> None:
        """Take back what would make one out of two references of a picture: deblocking tells them apart."""
        found = True
        while found:
            found = False
            for k in needed:
                referred = self._referred(k) if k not in same else set()
                if len({same.get(p.id, p) for p in referred}) < len(referred):
                    found = True
                    for p in referred:
                        same.pop(p.id, None)

    def _replace(self, same: Mapping[int, Picture]) -> None:
        def replaced(pictures: Sequence[Picture]) -> list[Picture]:
            return [same.get(p.id, p) for p in pictures]

        for k, slices in self._lists.items():
            self._lists[k] = [(replaced(list0), replaced(list1)) for list0, list1 in slices]
            self._kept[k] = list(dict.fromkeys(replaced(self._kept[k])))

    def renumbered(self, kept: Sequence[int]) -> dict[int, Renumbered | Shift]:
        """Return the new numbers of the pictures that are kept, in a stream without the others.

        Raises:
            CannotSplice: so much is missing that order counts would be misread.
        """
        sps = self._index.sets.sps
        old, new, check = References(sps), References(sps), References(sps)
        twins = Twins(old, new)
        found: dict[int, Renumbered | Shift] = {}
        number = -1
        for k in kept:
            headers, poc = self._headers[k], self._counts[k]
            header, old.pictures = headers[0], self._kept[k]
            coming = 0 if header.idr else (number + 1) % old.max_frame_num
            lists = tuple(
                twins.lists(header, wanted, coming, poc)
                for header, wanted in zip(headers, self._lists[k], strict=True)
            )
            number = coming if header.is_reference else number
            marking = twins.mark(header, Picture(k, coming, poc))
            if marking != header.marking or any(
                a.modifications != b for a, b in zip(headers, lists, strict=True)
            ):
                found[k] = Renumbered(coming, header.poc_lsb, marking, lists)
            elif coming != header.frame_num:
                found[k] = Shift(coming - header.frame_num, 0)
            header.frame_num = coming
            if check.order_count(header) != poc and sps.poc_type == 0:
                raise CannotSplice("order counts are too far apart")
        return found


def _distinct(headers: tuple[SliceHeader, ...]) -> tuple[SliceHeader, ...]:
    """Return one header for all slices where they do not differ in their references."""
    first = headers[0]
    alike = all(
        (h.type, h.references, h.modifications) == (first.type, first.references, first.modifications)
        for h in headers[1:]
    )
    return headers[:1] if alike else headers
