"""A limiter that looks ahead and knows the peaks between the samples."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from nemo_lab.engine.render.samples import Sound, silence
from nemo_lab.engine.timebase import SAMPLE_RATE

CEILING = 10 ** (-1.0 / 20)
"""Highest true peak, -1 dBTP (EBU R 128)."""
_HALF = SAMPLE_RATE // 100
"""Samples over which it turns down before a peak, and up again after it."""
_CONTEXT = 4 * _HALF
_PHASES = 4
"""Times that the signal is oversampled to find its peaks (ITU-R BS.1770, annex 2)."""
_TAPS = 16
_MOST = 2.1
"""Times that a peak between samples can be higher than all samples near it: what the taps add up to."""
_STEP = 512
"""Samples that are looked at together for whether they are loud."""
_Curve = NDArray[np.float64]


def limited(blocks: Iterable[Sound]) -> Iterator[Sound]:
    """Yield the sound with its peaks turned down to the ceiling, as many samples as come in."""
    held = silence(_CONTEXT)
    for block in _with_context_after(blocks):
        held = np.concatenate([held, block], axis=1)
        if held.shape[1] > 2 * _CONTEXT:
            inner = slice(_CONTEXT, held.shape[1] - _CONTEXT)
            yield held[:, inner] * _gain(held)[inner].astype(np.float32)
            held = held[:, -2 * _CONTEXT :]


def _with_context_after(blocks: Iterable[Sound]) -> Iterator[Sound]:
    yield from blocks
    yield silence(_CONTEXT)


def _gain(sound: Sound) -> _Curve:
    """Return a smooth gain that is nowhere above what the peaks allow."""
    peaks = true_peaks(sound, CEILING)
    if peaks.max(initial=0.0) <= CEILING:
        return np.ones(sound.shape[1])
    allowed = CEILING / np.maximum(peaks, CEILING)
    # Each mean reaches over half the stretch of the minimum, so two of them stay under the curve.
    smooth: _Curve = _mean(_mean(_lowest(allowed)))
    return smooth


def true_peaks(sound: Sound, least: float = 0.0) -> _Curve:
    """Return, for each sample, the largest magnitude on either channel from there to the next sample.

    Where no peak can be above ``least``, the samples' own magnitudes do: that is most of a recording.
    """
    level = np.max(np.abs(sound), axis=0)
    peaks: _Curve = level.astype(np.float64)
    for first, end in _loud(level, least / _MOST):
        low = max(0, first - _TAPS)
        for phase in range(1, _PHASES):
            taps = _interpolator(phase / _PHASES)
            for channel in sound[:, low : end + _TAPS]:
                between = np.abs(_filtered(channel, taps))[first - low :][: end - first]
                np.maximum(peaks[first:end], between, out=peaks[first:end])
    return peaks


def _loud(level: NDArray[np.float32], least: float) -> Iterator[tuple[int, int]]:
    """Yield the stretches that have samples above a level, with all that lies near them."""
    if not level.size:
        return
    loud = np.maximum.reduceat(level, np.arange(0, level.size, _STEP)) >= least
    near = np.convolve(loud, np.ones(3), "same") > 0
    edges = np.flatnonzero(np.diff(np.pad(near, 1))) * _STEP
    for first, end in edges.reshape(-1, 2):
        yield int(first), min(int(end), level.size)


def _interpolator(shift: float) -> NDArray[np.float32]:
    """Return a windowed sinc that gives the signal this part of a sample later."""
    place = np.arange(_TAPS) - _TAPS // 2 + 1 - shift
    window = np.cos(np.pi * place / (_TAPS + 1)) ** 2
    return np.asarray((np.sinc(place) * window)[::-1], np.float32)


def _filtered(channel: NDArray[np.float32], taps: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return ``np.convolve(channel, taps, "same")``, in two halves: NumPy is quick with at most 11 taps."""
    half = _TAPS // 2
    result = np.convolve(channel, taps[:half])[half - 1 :]
    result[1:] += np.convolve(channel, taps[half:])[: channel.size - 1]
    return np.asarray(result)


def _lowest(curve: _Curve) -> _Curve:
    """Return the lowest value within two half windows on either side."""
    reach, width = 2 * _HALF, 1
    padded = np.pad(curve, reach, constant_values=1.0)
    while width < 2 * reach + 1:
        step = min(width, 2 * reach + 1 - width)
        padded = np.minimum(padded[:-step], padded[step:])
        width += step
    return np.asarray(padded)


def _mean(curve: _Curve) -> _Curve:
    """Return the mean within one half window on either side; beyond the ends it is the end's value."""
    padded = np.pad(curve, (_HALF + 1, _HALF), mode="edge")
    total: _Curve = np.cumsum(padded)
    mean: _Curve = (total[2 * _HALF + 1 :] - total[: -2 * _HALF - 1]) / (2 * _HALF + 1)
    return mean
