"""Stretches of time as (start, end) pairs, ascending and apart: joined, turned over, taken away."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

Span = tuple[int, int]
"""(start, end) in ms, or in windows."""


def runs(flags: NDArray[np.bool_]) -> list[Span]:
    """Return (first, end) of each run of true flags."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], flags.astype(np.int8), [0]))))
    return [(int(a), int(b)) for a, b in edges.reshape(-1, 2)]


def closed(spans: Iterable[Span], gap: int) -> list[Span]:
    """Return the spans with those nearer than ``gap`` joined; they may come in any order, or overlap."""
    result: list[Span] = []
    for start, end in sorted(spans):
        if result and start - result[-1][1] < gap:
            result[-1] = (result[-1][0], max(end, result[-1][1]))
        else:
            result.append((start, end))
    return result


def between(spans: Sequence[Span], end: int) -> list[Span]:
    """Return what lies between the spans, from 0 to ``end``."""
    edges = [0, *(edge for span in spans for edge in span), end]
    return [(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True) if b > a]


def without(spans: Sequence[Span], taken: Sequence[Span]) -> list[Span]:
    """Return the spans less what is taken."""
    if not taken:
        return list(spans)
    end = max((end for _, end in spans), default=0)
    return common(spans, between(closed(taken, 1), end))


def common(some: Sequence[Span], others: Sequence[Span]) -> list[Span]:
    """Return what lies in both."""
    result: list[Span] = []
    one = other = 0
    while one < len(some) and other < len(others):
        (a, b), (c, d) = some[one], others[other]
        if max(a, c) < min(b, d):
            result.append((max(a, c), min(b, d)))
        if b < d:
            one += 1
        else:
            other += 1
    return result


def length(spans: Iterable[Span]) -> int:
    """Return the sum of the spans' lengths."""
    return sum(end - start for start, end in spans)
