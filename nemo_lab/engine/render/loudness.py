"""Loudness by EBU R 128 (ITU-R BS.1770)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import numpy as np

from nemo_lab.engine.render.limiter import limited
from nemo_lab.engine.render.samples import Sound, silence
from nemo_lab.engine.render.soundfilter import SoundFilter
from nemo_lab.engine.timebase import SAMPLE_RATE

_SILENT = -69.0
"""LUFS under which nothing passed the gate: there is nothing to make louder."""
_LOUDEST_GAIN = 10 ** (40 / 20)
_ROUNDS = 3
"""Corrections for what the limiter takes away."""
_CLOSE = 0.2
"""LU that are near enough."""


def measured(blocks: Iterable[Sound]) -> float:
    """Return the integrated loudness of a sound in LUFS."""
    meter = SoundFilter(("ebur128", {"metadata": "1"}))
    loudness = -70.0
    for block in _with_end(blocks):
        for frame in meter.frames(block):
            loudness = float(frame.metadata.get("lavfi.r128.I", loudness))
    return loudness


def _with_end(blocks: Iterable[Sound]) -> Iterator[Sound | None]:
    yield from blocks
    # The meter speaks in steps of 0.1 s; silence brings out the last one and passes no gate.
    yield silence(SAMPLE_RATE // 5)
    yield None


def gain_for(mix: Callable[[], Iterable[Sound]], lufs: float) -> float:
    """Return the factor that brings a sound to this loudness, the limiter included.

    Args:
        mix: starts the sound over each time it is called.
        lufs: the loudness wanted.
    """
    loudness = measured(mix())
    if loudness < _SILENT:
        return 1.0
    gain = min(_LOUDEST_GAIN, 10 ** ((lufs - loudness) / 20))
    for _ in range(_ROUNDS):
        reached = measured(limited(block * np.float32(gain) for block in mix()))
        if abs(reached - lufs) < _CLOSE or gain >= _LOUDEST_GAIN:
            break
        gain = min(_LOUDEST_GAIN, gain * 10 ** ((lufs - reached) / 20))
    return gain
