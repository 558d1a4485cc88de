"""Take steady noise out of sound."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

from nemo_lab.engine.render.samples import Sound, silence
from nemo_lab.engine.render.soundfilter import SoundFilter
from nemo_lab.engine.timebase import SAMPLE_RATE

_BLOCK = SAMPLE_RATE // 2
_LATE = SAMPLE_RATE // 40
"""Samples by which ``afftdn`` gives back its sound later, with no word of it in the stamps."""
_WINDOW = SAMPLE_RATE // 50
_QUIET_PART = 10
"""Per cent of the windows that are taken to hold nothing but noise."""
_DIGITAL_SILENCE = 1e-9
"""Power under which there is not even noise."""
_ABOVE = 8.0
"""dB by which the filter's floor has to lie over the noise's level to catch most of it:
measured 19 dB less noise, speech 25 dB over it unchanged within 0.1 dB."""
_LOWEST, _HIGHEST = -80.0, -20.0
"""What the filter takes."""


def noise_level(blocks: Iterable[Sound]) -> float | None:
    """Return the level of the steady noise in a sound in dBFS, ``None`` if there is none."""
    powers = []
    for block in blocks:
        whole = block[:, : block.shape[1] // _WINDOW * _WINDOW].astype(np.float64)
        powers.append((whole**2).mean(axis=0).reshape(-1, _WINDOW).mean(axis=1))
    found = np.concatenate([np.zeros(0), *powers])
    found = found[found > _DIGITAL_SILENCE]
    return 10 * float(np.log10(np.percentile(found, _QUIET_PART))) if found.size else None


class Denoiser:
    """FFmpeg's ``afftdn``, set to the noise that was measured.

    Args:
        level: the noise in dBFS.
    """

    def __init__(self, level: float) -> None:
        floor = min(_HIGHEST, max(_LOWEST, level + _ABOVE))
        self._filter = SoundFilter(("afftdn", {"noise_reduction": "20", "noise_floor": f"{floor:.1f}"}))
        self._read = 0
        self._ready = silence(0)
        self._early = _LATE

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
            self._ready = np.concatenate([self._ready, out[:, self._early :]], axis=1)
            self._early = max(0, self._early - out.shape[1])
        result, self._ready = self._ready[:, : end - start], self._ready[:, end - start :]
        return result.copy()
