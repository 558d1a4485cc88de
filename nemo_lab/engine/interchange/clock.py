"""Rates and times as editors write them."""

from __future__ import annotations

import re
from fractions import Fraction

from nemo_lab.errors import EditError

_TIMECODE = re.compile(r"(\d{1,3}):(\d\d):(\d\d)[:;.](\d{2,3})")


def timebase(rate: Fraction) -> tuple[int, bool]:
    """Return the whole number of frames that a second is counted by, and whether it runs at 1000/1001."""
    nominal = -(-rate.numerator // rate.denominator)
    return nominal, rate.denominator != 1


def timecode(frame: int, rate: Fraction) -> str:
    """Return ``HH:MM:SS:FF``, counted without dropping numbers (SMPTE ST 12-1, non-drop)."""
    base = timebase(rate)[0]
    seconds, frames = divmod(frame, base)
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}:{frames:02d}"


def frames_of(text: str, rate: Fraction, *, drop: bool = False) -> int:
    """Return the frame that a timecode names.

    Args:
        text: ``HH:MM:SS:FF``.
        rate: frames per second.
        drop: numbers are dropped: two (of 30, four of 60) each minute that is no tenth.

    Raises:
        EditError: it is no timecode.
    """
    found = _TIMECODE.fullmatch(text.strip())
    if found is None:
        raise EditError(f"“{text[:20]}” is no timecode")
    hours, minutes, seconds, frames = map(int, found.groups())
    base = timebase(rate)[0]
    count = ((hours * 60 + minutes) * 60 + seconds) * base + frames
    if drop:
        minutes += hours * 60
        count -= base // 15 * (minutes - minutes // 10)
    return count


def rational(frames: int | Fraction, rate: Fraction) -> str:
    """Return a time as FCPXML writes it: ``"1001/30000s"``, in whole units of a frame."""
    time = Fraction(frames) / rate
    # Not in lowest terms: some readers take the frame's own denominator to be there.
    scale = rate.numerator // time.denominator if rate.numerator % time.denominator == 0 else 1
    return f"{time.numerator * scale}/{time.denominator * scale}s" if time else "0s"
