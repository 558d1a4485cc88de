"""Make music quieter while somebody speaks."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from nemo_lab.engine.render.samples import Sound
from nemo_lab.engine.timebase import SAMPLE_RATE

_HOP = SAMPLE_RATE // 100
_SPEECH = 10 ** (-38 / 20)
"""RMS above which somebody speaks."""
_DEPTH = 10 ** (-12 / 20)
_HOLD = 40
"""Hops that the music stays down after the last word, so that it does not pump between words."""
_ATTACK, _RELEASE = 0.25, 0.03
"""Part of the way that the gain goes per hop: down in about 0.1 s, up in about 1 s."""


class Ducker:
    """Follows the speech, block after block."""

    def __init__(self) -> None:
        self._level = 1.0
        self._hold = 0

    def gain(self, speech: Sound) -> NDArray[np.float32]:
        """Return the music's gain for each sample of this block of speech."""
        count = speech.shape[1]
        edges = np.arange(0, count, _HOP)
        power = np.add.reduceat(np.mean(speech.astype(np.float64) ** 2, axis=0), edges)
        lengths = np.diff(np.append(edges, count))
        levels = [self._level]
        for loud in np.sqrt(power / lengths) > _SPEECH:
            self._hold = _HOLD if loud else max(0, self._hold - 1)
            target = _DEPTH if self._hold else 1.0
            self._level += (target - self._level) * (_ATTACK if target < self._level else _RELEASE)
            levels.append(self._level)
        places = np.append(edges, count)
        return np.interp(np.arange(count), places, levels).astype(np.float32)
