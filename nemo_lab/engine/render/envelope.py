"""How loud each sample of a piece, of music and of the whole is."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from nemo_lab.engine.render.model import NEEDS_HANDLES, Layer, Piece, Plan
from nemo_lab.engine.timebase import SAMPLE_RATE, ms_to_sample, round_half_up
from nemo_lab.protocol.plan import Fade

Gain = NDArray[np.float32]
CLICK = 5 * SAMPLE_RATE // 1000
"""Samples of the fade that keeps a cut from clicking."""


def piece_span(piece: Piece, rate: Fraction) -> tuple[int, int]:
    """Return the first sample at which a piece is heard and the first at which it no longer is."""
    first, last = piece.start_sample, piece.end_sample
    if piece.blend_in and piece.blend_in.kind in NEEDS_HANDLES:
        first = _sample(piece.blend_in.first, rate)
    if piece.blend_out and piece.blend_out.kind in NEEDS_HANDLES:
        last = _sample(piece.blend_out.end, rate)
    return first, last


def piece_gain(
    piece: Piece, rate: Fraction, low: int, high: int, *, before: Piece | None, goes_on: bool
) -> Gain:
    """Return the gain of a piece at samples ``low`` to ``high`` of the result.

    Args:
        piece: which piece.
        rate: frames per second of the result.
        low: first sample.
        high: first sample no longer wanted.
        before: the piece that this one goes on from without a break, if there is one.
        goes_on: whether the next piece goes on from this one.
    """
    first, last = piece_span(piece, rate)
    if piece.blend_in:
        rising = (
            first if first < piece.start_sample else piece.start_sample,
            _sample(piece.blend_in.end, rate),
        )
    else:
        rising = (first, min(last, first + CLICK))
    if piece.blend_out:
        falling = (_sample(piece.blend_out.first, rate), last)
    else:
        falling = (max(first, last - CLICK), last)
    gain = np.full(high - low, piece.volume)
    # Only near the ends is there anything to compute.
    place = np.arange(low, high, dtype=np.float64)
    rises = _within(low, high, first, rising[1])
    share = _share(place[rises], *rising)
    if before is None:
        gain[rises] = piece.volume * np.sin(share * np.pi / 2)
    else:
        gain[rises] = before.volume + (piece.volume - before.volume) * share
    if not goes_on:
        falls = _within(low, high, falling[0], high)
        gain[falls] *= np.cos(_share(place[falls], *falling) * np.pi / 2)
    return np.asarray(gain, np.float32)


def _within(low: int, high: int, start: int, end: int) -> slice:
    """Return where samples ``start`` to ``end`` lie among those from ``low`` to ``high``."""
    return slice(max(0, min(start, high) - low), max(0, min(end, high) - low))


def layer_gain(layer: Layer, low: int, high: int) -> Gain:
    """Return the gain of music at samples ``low`` to ``high`` of the result."""
    place = np.arange(low, high, dtype=np.float64)
    into = _share(place, layer.start_sample, layer.start_sample + max(layer.fade_in, CLICK))
    before = layer.volume_before
    gain = layer.volume * into if before is None else before + (layer.volume - before) * into
    if not layer.goes_on:
        gain = gain * (1 - _share(place, layer.end_sample - max(layer.fade_out, CLICK), layer.end_sample))
    return np.asarray(gain, np.float32)


def whole_gain(plan: Plan, low: int, high: int) -> Gain:
    """Return the gain that the fades of the whole leave at samples ``low`` to ``high``."""
    place = np.arange(low, high, dtype=np.float64)
    gain = np.ones(high - low)
    for fade in plan.wishes(Fade):
        if fade.target == "video":
            continue
        length = ms_to_sample(fade.duration_ms)
        if fade.direction == "in":
            gain *= _share(place, 0, length)
        else:
            gain *= 1 - _share(place, plan.samples - length, plan.samples)
    return np.asarray(gain, np.float32)


def _sample(frame: int, rate: Fraction) -> int:
    return round_half_up(frame * SAMPLE_RATE / rate)


def _share(place: NDArray[np.float64], start: int, end: int) -> NDArray[np.float64]:
    """Return how far each sample is on the way from ``start`` to ``end``, 0 to 1."""
    return np.clip((place - start + 0.5) / max(1, end - start), 0, 1)
