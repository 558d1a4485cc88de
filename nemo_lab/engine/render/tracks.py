"""Which audio tracks of the files each audio track of the result is made of.

Recorders like OBS write the full mix beside the parts it is made of. Mixing "all tracks" must not have
everything twice, and a mix is no longer true once one of its parts is made quieter: so a track that is the
sum of the others stands for them when tracks are mixed, and is made anew when the volume of one was changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nemo_lab.engine.analysis.roles import find_track, mix_of_others
from nemo_lab.engine.media import MediaInfo
from nemo_lab.engine.render.model import Plan
from nemo_lab.engine.render.plan import is_mixed
from nemo_lab.engine.render.samples import SampleReader
from nemo_lab.engine.timebase import SAMPLE_RATE
from nemo_lab.protocol.plan import Export

_WINDOW = SAMPLE_RATE // 50
_BLOCK = 5 * SAMPLE_RATE
_LISTENS = 6
"""Blocks that are listened to, spread over the file, to find out whether a track is the sum of the others."""
_MOST_TRACKS = 8
"""Of a file with more, titles alone tell."""


def arranged(
    plan: Plan, sources: Mapping[str, Path], infos: Mapping[str, MediaInfo], settings: Export
) -> Plan:
    """Return the plan with the tracks of its files mixed as the settings and the volumes want it."""
    if not plan.sounds:
        return plan
    one, tracks = is_mixed(settings), {}
    for asset in sorted({piece.asset for piece in plan.pieces}):
        count = len(infos[asset].audio)
        changed = {n for p in plan.pieces if p.asset == asset for n, factor in p.track_volumes if factor != 1}
        if count < 2 or not (one or changed):
            continue
        mix = _mix(sources[asset], infos[asset])
        tracks[asset] = _made_of(count, mix, one=one, touched=bool(changed - {mix}))
    return replace(plan, tracks=tracks) if tracks else plan


def _made_of(count: int, mix: int | None, *, one: bool, touched: bool) -> tuple[tuple[int, ...], ...]:
    """Return what each track is made of; ``touched`` is whether the volume of a part was changed."""
    others = tuple(number for number in range(count) if number != mix)
    if one:
        return (others,) if mix is None or touched else ((mix,),)
    return tuple(others if number == mix and touched else (number,) for number in range(count))


def _mix(path: Path, info: MediaInfo) -> int | None:
    """Return the track that holds what all others hold."""
    titled = find_track("mix", [stream.title for stream in info.audio])
    if titled is not None or not 3 <= len(info.audio) <= _MOST_TRACKS:
        return titled
    return mix_of_others([_levels(path, info, stream.index) for stream in info.audio])


def _levels(path: Path, info: MediaInfo, stream: int) -> NDArray[np.float64]:
    """Return the level (dBFS) of windows of 20 ms, in blocks spread evenly over a file."""
    samples = info.duration_ms * SAMPLE_RATE // 1000
    step = max(_BLOCK, samples // _LISTENS)
    blocks = []
    with ExitStack() as stack:
        reader = SampleReader(path, info, stream)
        stack.callback(reader.close)
        for start in range(0, max(1, samples), step):
            block = reader.read(start, min(_BLOCK, max(_WINDOW, samples - start)))
            blocks.append(block[:, : block.shape[1] // _WINDOW * _WINDOW])
    sound = np.concatenate(blocks, axis=1).astype(np.float64)
    power = np.mean(sound.reshape(2, -1, _WINDOW) ** 2, axis=(0, 2))
    return np.asarray(10 * np.log10(np.maximum(power, 1e-10)))
