"""Play sound faster or slower without changing its pitch."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import numpy as np

from nemo_lab.engine.render.samples import Sound, silence
from nemo_lab.engine.render.soundfilter import SoundFilter

_BLOCK = 8192
_SLOWEST, _FASTEST = Fraction(1, 2), Fraction(2)
"""What one ``atempo`` does well; beyond it several in a row do."""


class Tempo:
    """A stretch of sound at another speed.

    Args:
        read: gives ``count`` samples from a sample on, as :meth:`SampleReader.read`.
        start: the first sample of the source.
        speed: source samples per sample of the result.
    """

    def __init__(self, read: Callable[[int, int], Sound], start: int, speed: Fraction) -> None:
        self._read, self._place = read, start
        self._filter = SoundFilter(*(("atempo", {"tempo": f"{float(step):.6f}"}) for step in _steps(speed)))
        self._ready = silence(0)

    def next(self, count: int) -> Sound:
        """Return the next ``count`` samples."""
        while self._ready.shape[1] < count:
            out = self._filter.run(self._read(self._place, _BLOCK))
            self._place += _BLOCK
            self._ready = np.concatenate([self._ready, out], axis=1)
        result, self._ready = self._ready[:, :count], self._ready[:, count:]
        return result


def _steps(speed: Fraction) -> list[Fraction]:
    """Split a speed into factors that one filter does well."""
    steps = []
    while speed > _FASTEST:
        steps.append(_FASTEST)
        speed /= _FASTEST
    while speed < _SLOWEST:
        steps.append(_SLOWEST)
        speed /= _SLOWEST
    return [*steps, speed]
