"""The true picture rate of a file, from the stamps of its pictures.

Headers lie: remuxed files carry an average like 17280000/575999, Matroska rounds every stamp to a ms,
phones write a nominal 30 over pictures that come when they like. So the stamps decide, and a header is
believed only where it agrees with them.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from statistics import median_low
from typing import NamedTuple

DEFAULT_RATE = Fraction(30)
"""For what has no rate of its own."""

_STANDARD = tuple(
    sorted(
        [
            Fraction(n)
            for n in (5, 6, 8, 10, 12, 15, 20, 24, 25, 30, 48, 50, 60, 72, 75, 90, 100, 120, 144, 240)
        ]
        + [Fraction(n * 1000, 1001) for n in (24, 30, 48, 60, 120)]
    )
)
_NEAR = Fraction(2, 100)
_SAME = Fraction(2, 10_000)
_ROUNDED = Fraction(2, 1000)
"""Seconds that a stamp may stray from its tick: containers, and remuxers before them, round to a ms."""
_SLOWEST = Fraction(5)
"""Pictures per second; below it a variable rate says nothing about the motion wanted."""
_FASTEST = Fraction(480)
"""Pictures per second; above it the stamps are broken: no two borders may fall on one ms."""


class Timing(NamedTuple):
    """When the pictures of a file are shown."""

    rate: Fraction
    """Pictures per second."""
    vfr: bool
    """Not one picture per tick of the rate."""
    duration: Fraction
    """Seconds from the first picture to the end of the last."""


def timing(
    stamps: Sequence[int], last_duration: int, time_base: Fraction, hints: Sequence[Fraction]
) -> Timing:
    """Return the rate that the stamps of all pictures of a file keep.

    Args:
        stamps: ticks of ``time_base``, ascending, at least one.
        last_duration: how long the last picture is shown, in ticks; 0 when not known.
        time_base: seconds per tick.
        hints: rates named by headers, the most trusted first.
    """
    steps = [b - a for a, b in pairwise(stamps) if b > a]
    if not steps:
        rate = next((_standard(hint) or hint for hint in hints), DEFAULT_RATE)
        return Timing(rate, False, last_duration * time_base or 1 / rate)
    rate = _rate(steps, time_base, hints)
    if rate <= _FASTEST and _on_every_tick(stamps, rate, time_base):
        return Timing(rate, False, len(stamps) / rate)
    usual = median_low(steps)
    last = last_duration if 0 < last_duration < 100 * usual else usual
    duration = (stamps[-1] - stamps[0] + last) * time_base
    return Timing(rate if _SLOWEST <= rate <= _FASTEST else DEFAULT_RATE, True, duration)


def _rate(steps: list[int], time_base: Fraction, hints: Sequence[Fraction]) -> Fraction:
    """Return the rate of the usual step, snapped to a hint or a standard where that agrees."""
    usual = median_low(steps)
    regular = [step for step in steps if usual < 2 * step < 3 * usual]
    span = sum(regular) * time_base
    mean = len(regular) / span
    runs = 1 + len(steps) - len(regular)  # each run of regular steps begins and ends on a rounded stamp
    doubt = min(_NEAR, max(_SAME, runs * max(time_base, _ROUNDED / 2) / span))
    for hint in hints:
        snapped = _standard(hint) or hint
        if abs(snapped / mean - 1) <= doubt:
            return snapped
    nearest = min(_STANDARD, key=lambda standard: abs(standard / mean - 1))
    if abs(nearest / mean - 1) <= doubt:
        return nearest
    # An odd but steady rate is kept as it is; an unsteady one goes to the standard that it wavers about.
    steady = max(regular) - min(regular) <= max(Fraction(1), 2 * _ROUNDED / time_base)
    if not steady and abs(nearest / mean - 1) <= _NEAR:
        return nearest
    return mean.limit_denominator(1001) if mean > Fraction(1, 1001) else Fraction(1, 1000)


def _standard(rate: Fraction) -> Fraction | None:
    """Return the standard rate that this one means (29.97 is 30000/1001)."""
    return next((standard for standard in _STANDARD if abs(rate / standard - 1) <= _SAME), None)


def _on_every_tick(stamps: Sequence[int], rate: Fraction, time_base: Fraction) -> bool:
    """Tell whether the n-th picture lies at the n-th tick, but for the container's rounding."""
    first, per_stamp = stamps[0], time_base * rate
    slack = max(2 * time_base, _ROUNDED) * rate
    # Whole numbers over one denominator: a long recording has hundreds of thousands of pictures.
    num, den = per_stamp.numerator, per_stamp.denominator
    low = high = 0
    for n, stamp in enumerate(stamps):
        off = (stamp - first) * num - n * den
        low, high = min(low, off), max(high, off)
    return Fraction(high - low, den) <= slack
