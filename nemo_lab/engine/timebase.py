"""Exact time: milliseconds of the wire, frames of a picture rate, samples of a sound.

Inside the engine time is a whole number (ms, frame, sample) or a :class:`~fractions.Fraction`, never a
float. Every rounding is to the nearest, half up, so that pieces that touch in ms touch in frames too.
"""

from __future__ import annotations

import math
from fractions import Fraction

Time = int | float | Fraction
"""A time that came over the wire may be a float; it is taken at its exact value."""

SAMPLE_RATE = 48_000
"""Samples per second of everything that is rendered."""


def round_half_up(value: Time) -> int:
    """Return the nearest whole number; a half goes up, below zero too."""
    return value if isinstance(value, int) else math.floor(Fraction(value) + Fraction(1, 2))


def parse_rate(text: str) -> Fraction:
    """Read frames per second as written in a draft: ``"30000/1001"``, ``"25"`` or ``"29.97"``.

    Raises:
        ValueError: it is not a positive number.
    """
    try:
        rate = Fraction(text)
    except (ValueError, ZeroDivisionError):
        raise ValueError(f"{text!r} is not a frame rate") from None
    if rate <= 0:
        raise ValueError(f"{text!r} is not a frame rate")
    return rate


def format_rate(rate: Fraction) -> str:
    """Write frames per second as a draft does, always with its denominator: ``"30/1"``."""
    return f"{rate.numerator}/{rate.denominator}"


def ms_to_frame(ms: Time, rate: Fraction) -> int:
    """Return the number of the frame border nearest to ``ms``; border 0 is the very start."""
    return round_half_up(Fraction(ms) * rate / 1000)


def frame_to_ms(frame: int, rate: Fraction) -> int:
    """Return the whole ms nearest to a frame border."""
    return round_half_up(frame * 1000 / rate)


def snap_ms(ms: Time, rate: Fraction) -> int:
    """Return the whole ms nearest to the frame border nearest to ``ms``; snapping twice changes nothing."""
    return frame_to_ms(ms_to_frame(ms, rate), rate)


def frame_count(start_ms: Time, end_ms: Time, rate: Fraction) -> int:
    """Return how many frames a stretch has; stretches that touch add up to the whole."""
    return ms_to_frame(end_ms, rate) - ms_to_frame(start_ms, rate)


def ms_to_sample(ms: Time, sample_rate: int = SAMPLE_RATE) -> int:
    """Return the number of the sample nearest to ``ms``."""
    return round_half_up(Fraction(ms) * sample_rate / 1000)
