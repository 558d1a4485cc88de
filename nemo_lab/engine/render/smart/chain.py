"""What has to be decoded so that some frames of a GOP come out: they, and what they are predicted from.

Of the pictures that others refer to, many (the middle ones of B-frame pyramids, all before an intra picture)
are of no use to a wanted one. They are left out; the slice headers of the rest are renumbered, so that the
decoder sees a stream that never had them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from nemo_lab.engine.render.smart.dpb import Picture, References
from nemo_lab.engine.render.smart.errors import CannotSplice
from nemo_lab.engine.render.smart.index import Index
from nemo_lab.engine.render.smart.order import Order
from nemo_lab.engine.render.smart.renumbering import Renumbered, Twins


@dataclass(frozen=True)
class Chain:
    """Pictures that are decoded one after the other, from one where decoding may begin."""

    entry: int
    """Position of that one."""
    positions: tuple[int, ...]
    """Of all, ascending; the first is the entry."""
    wanted: frozenset[int]
    """Positions of those that are asked for."""
    renumbered: Mapping[int, Renumbered] = field(default_factory=dict)
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
    try:
        walk = _Walk(index, coming)
        positions = walk.closure(asked)
        renumbered = walk.renumbered(positions) if len(positions) < len(coming) else {}
    except CannotSplice:
        positions, renumbered = tuple(coming), {}
    return Chain(entry, positions, asked, renumbered)


def all_of(order: Order, entry: int, wanted: Collection[int]) -> Chain:
    """Return a chain of all pictures, for a stream whose slices are not read."""
    first = order.frames[entry]
    coming = tuple(k for k in range(entry, max(wanted) + 1) if order.frames[k] >= first)
    return Chain(entry, coming, frozenset(wanted))


class _Walk:
    """The references of all pictures of a stretch that begins with an IDR picture."""

    def __init__(self, index: Index, positions: Sequence[int]) -> None:
        self._index, self._positions = index, positions
        self._headers = {k: index.headers(k) for k in positions}
        self._lists: dict[int, list[tuple[list[Picture], list[Picture]]]] = {}
        state = References(index.sets.sps)
        for k in positions:
            headers = self._headers[k]
            poc = state.order_count(headers[0])
            self._lists[k] = [state.lists(header, poc) for header in headers]
            state.mark(headers[0], k, poc)

    def closure(self, wanted: Collection[int]) -> tuple[int, ...]:
        """Return the wanted pictures with all that they need, and the first."""
        needed, waiting = {self._positions[0]}, list(wanted)
        while waiting:
            position = waiting.pop()
            if position not in needed:
                needed.add(position)
                waiting += [p.id for lists in self._lists[position] for entries in lists for p in entries]
        return tuple(sorted(needed))

    def renumbered(self, kept: Sequence[int]) -> dict[int, Renumbered]:
        """Return the new numbers of the pictures that are kept, in a stream without the others.

        Raises:
            CannotSplice: so much is missing that order counts would be misread.
        """
        sps = self._index.sets.sps
        old, new, check = References(sps), References(sps), References(sps)
        twins, found, chosen = Twins(old, new), {}, frozenset(kept)
        number = -1
        for k in self._positions:
            headers = self._headers[k]
            poc = old.order_count(headers[0])
            old.mark(headers[0], k, poc)
            if k not in chosen:
                continue
            coming = 0 if headers[0].idr else (number + 1) % old.max_frame_num
            lists = tuple(
                twins.lists(header, wanted, coming, poc)
                for header, wanted in zip(headers, self._lists[k], strict=True)
            )
            if headers[0].is_reference:
                number = coming
            header = headers[0]
            marking = twins.mark(header, Picture(k, coming, poc))
            header.frame_num = coming
            if check.order_count(header) != poc and sps.poc_type == 0:
                raise CannotSplice("order counts are too far apart")
            if not header.idr:
                found[k] = Renumbered(coming, header.poc_lsb, marking, lists)
        return found
