"""Which pictures of the source encoded spans ask for, and which spans one thread does best; pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from nemo_lab.engine.render.smart.order import Order
from nemo_lab.engine.render.smart.planner import Encode

Wants = Callable[[Encode], Sequence[int]]
"""Tells the positions of the pictures that a span is made of, in the order in which it asks for them."""

_LITTLE = 8
"""What is decoded twice between two groups is at most this part of what the first of them decodes."""


@dataclass(frozen=True)
class Group:
    """Spans that one thread makes one after the other."""

    spans: tuple[Encode, ...]
    demand: Counter[int]
    """How often they ask for each position."""


def untouched(order: Order, span: Encode) -> list[int]:
    """Return the positions of the pictures of a span that nobody touches."""
    shown = (
        range(piece.first, piece.first + piece.count) for piece in span.pieces if piece.first is not None
    )
    return [order.positions[frame] for frames in shown for frame in frames]


def grouped(order: Order, spans: Sequence[Encode], wants: Wants) -> Iterator[Group]:
    """Yield spans in groups, such that little is decoded in two of them.

    Raises:
        CannotSplice: a picture lies before the first keyframe.
    """
    group = _Stretches(order)
    members: list[Encode] = []
    demand: Counter[int] = Counter()
    for span in spans:
        asked = wants(span)
        if members and not group.would_share(asked):
            yield Group(tuple(members), demand)
            group, members, demand = _Stretches(order), [], Counter()
        group.add(asked)
        members.append(span)
        demand.update(asked)
    if members:
        yield Group(tuple(members), demand)


class _Stretches:
    """What a group decodes: from some keyframes on, up to the last picture that is wanted there."""

    def __init__(self, order: Order) -> None:
        self._order = order
        self._ends: dict[int, int] = {}

    def would_share(self, asked: Sequence[int]) -> bool:
        """Whether it saves enough to make this in the same group."""
        firsts: dict[int, int] = {}
        for position in asked:
            entry = self._order.entry_of(position)
            firsts[entry] = min(position, firsts.get(entry, position))
        saved = sum(min(first, self._ends[k]) - k for k, first in firsts.items() if k in self._ends)
        return saved * _LITTLE > sum(end - entry for entry, end in self._ends.items())

    def add(self, asked: Sequence[int]) -> None:
        """Count in what a span asks for."""
        for position in asked:
            entry = self._order.entry_of(position)
            self._ends[entry] = max(position, self._ends.get(entry, entry))
