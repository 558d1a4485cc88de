"""Take steady noise out of sound."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from nemo_lab.engine.render.samples import Sound, silence
from nemo_lab.engine.render.soundfilter import SoundFilter
from nemo_lab.engine.timebase import SAMPLE_RATE

_BLOCK = SAMPLE_RATE // 2


class Denoiser:
    """FFmpeg's ``afftdn`` with a noise floor that follows the sound."""

    def __init__(self) -> None:
        self._filter = SoundFilter(
            ("afftdn", {"noise_reduction": "12", "noise_floor": "-50", "track_noise": "1"})
        )
        self._read = 0
        self._ready = silence(0)

    def next(self, block: Callable[[int, int], Sound], start: int, end: int) -> Sound:
        """Return cleaned samples ``start`` to ``end``.

        Args:
            block: gives sound to be cleaned, in order; it may be asked for more than ``end``.
            start: first sample; each call goes on from the one before.
            end: first sample no longer wanted.
        """
        while self._ready.shape[1] < end - start:
            out = self._filter.run(block(self._read, self._read + _BLOCK))
            self._read += _BLOCK
            self._ready = np.concatenate([self._ready, out], axis=1)
        result, self._ready = self._ready[:, : end - start], self._ready[:, end - start :]
        return result.copy()
