"""Speech with pauses for the benchmark's recordings, from the demo's phrases."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import NamedTuple

import av
import numpy as np

SECONDS = 180
"""Length of the talk; a longer recording has it again and again."""
_PAUSES = 0.38
"""Part of the whole in which nothing is said."""
_UNEVEN = (0.5, 1.5, 1.0)
_GRID = 100
"""Milliseconds; three frames, so that programs that count time and those that count frames agree."""
_NOISE = 10 ** (-62 / 20)


class Talk(NamedTuple):
    """What is heard (mono, 48 kHz) and when something is said, in milliseconds."""

    sound: np.ndarray
    spoken: list[tuple[int, int]]


@cache
def talk(cuts: int = 20) -> Talk:
    """Return three minutes of speech in so many stretches, 38 % of them pauses."""
    rng = np.random.default_rng(7)
    sound = rng.standard_normal(SECONDS * 48_000, dtype=np.float32) * np.float32(_NOISE)
    step = SECONDS * 1000 // cuts // _GRID * _GRID
    speech = _speech()
    spoken, place = [], 0
    for number in range(cuts):
        length = round(step * (1 - _PAUSES * _UNEVEN[number % 3])) // _GRID * _GRID
        first, count = number * step * 48, length * 48
        words = np.resize(np.roll(speech, -place), count)
        sound[first : first + count] += words
        place += count
        spoken.append((number * step, number * step + length))
    return Talk(np.clip(sound, -1, 1), spoken)


def kept(seconds: int, cuts: int = 20) -> list[tuple[int, int]]:
    """Return what a recording of this length keeps, in milliseconds."""
    ranges = []
    for again in range(-(-seconds // SECONDS)):
        start = again * SECONDS * 1000
        ranges += [(start + low, start + high) for low, high in talk(cuts).spoken]
    return [(low, high) for low, high in ranges if high <= seconds * 1000]


def _speech() -> np.ndarray:
    """Return the demo's phrases without a pause between them."""
    phrases = []
    folder = resources.files("nemo_lab.cli.demo_voice")
    for name in sorted(file.name for file in folder.iterdir() if file.name.endswith(".ogg")):
        with resources.as_file(folder / name) as path, av.open(str(path)) as container:
            resampler = av.AudioResampler("flt", "mono", 48_000)
            frames = [out for frame in container.decode(audio=0) for out in resampler.resample(frame)]
            phrases += [frame.to_ndarray()[0] for frame in frames]
    sound = np.concatenate(phrases)
    return sound[np.abs(sound) > 0.003].astype(np.float32)
