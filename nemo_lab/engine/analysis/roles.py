"""Which audio track of a recording is which: by its title, or by how it sounds.

Recorders write several tracks (often 1 everything, 2 the microphone, 3 the game, 4 a voice chat). Where
titles do not tell, a track that is as loud at any moment as all others together is their mix, and the
microphone is the one with the clearest pauses. Of what is left, voice chat pauses and games and music do not:
one of them is taken where there is but one that it can be.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from nemo_lab.protocol.tracks import AudioTrack, TrackRole

Levels = NDArray[np.float64]
"""dBFS per window."""

_TITLES: tuple[tuple[TrackRole, str], ...] = (
    ("mix", r"\bmix(?:down)?\b|full ?mix|混音|总轨|主输出"),
    (
        "chat",
        r"\b(?:chat|discord|team ?speak|voip|zoom|teams|skype|call|party)\b|聊天|通话|队友|开黑",
    ),
    ("mic", r"\bmic\b|mic/aux|microphone|voice|vocal|speech|narration|麦克风|话筒|人声|语音|旁白|解说"),
    ("game", r"\b(?:game(?:play)?|desktop|system|computer|pc)\b|游戏|桌面|系统|电脑"),
    ("music", r"\b(?:music|songs?|bgm|spotify)\b|音乐|配乐|歌曲"),
    ("mix", r"\b(?:master|everything|stream|all)\b|全部"),
)
_PATTERNS = tuple((role, re.compile(pattern, re.I | re.A)) for role, pattern in _TITLES)
_HEARD_DB = -60.0
"""A window quieter than this says nothing about who is louder."""
_ALIKE_DB = 1.5
"""Levels nearer than this are the same sound, coded twice."""
_MOSTLY = 0.9
_PAUSING_DB = 25.0
"""A track whose loud parts stand so far over its quiet ones falls silent now and then."""
_LEAST_WINDOWS = 25
"""Half a second: less sound proves nothing."""


def role_of(title: str) -> TrackRole | None:
    """Return what a track is by its title, ``None`` where it does not tell."""
    return next((role for role, pattern in _PATTERNS if pattern.search(title)), None)


def find_track(wanted: AudioTrack, titles: Sequence[str], levels: Sequence[Levels] = ()) -> int | None:
    """Return which track (the first is 0) is meant.

    Args:
        wanted: a number (the first is 1) or a role.
        titles: of the recording's audio tracks, in order.
        levels: of each track, where they are known; without them only titles and numbers tell.

    Returns:
        The track; ``None`` when there is none that is clearly meant.
    """
    if isinstance(wanted, int):
        return wanted - 1 if 1 <= wanted <= len(titles) else None
    titled = [number for number, title in enumerate(titles) if role_of(title) == wanted]
    if titled:
        return titled[0]
    if wanted == "mic" and len(titles) == 1:
        return 0
    return _by_sound(wanted, titles, levels) if levels else None


def mix_of_others(levels: Sequence[Levels]) -> int | None:
    """Return the track that is the sum of all others, ``None`` if none is or too little is heard."""
    if len(levels) < 3:
        return None
    power = _power(levels)
    for number in range(len(power)):
        others = np.delete(power, number, axis=0).sum(axis=0)
        heard = others > 10 ** (_HEARD_DB / 10)
        # Tracks that never sound together would make any copy of one look like a mix.
        sounding = (np.delete(power, number, axis=0) > 10 ** (_HEARD_DB / 10)).any(axis=1).sum()
        if heard.sum() < _LEAST_WINDOWS or sounding < 2:
            continue
        apart = np.abs(10 * np.log10(np.maximum(power[number][heard], 1e-12) / others[heard]))
        if np.mean(apart < _ALIKE_DB) >= _MOSTLY:
            return number
    return None


def _by_sound(wanted: TrackRole, titles: Sequence[str], levels: Sequence[Levels]) -> int | None:
    mix = mix_of_others(levels)
    if wanted == "mix":
        return mix
    known = {number for number, title in enumerate(titles) if role_of(title)}
    loud = {n: _mean_db(track) for n, track in enumerate(levels) if n != mix and (track > _HEARD_DB).any()}
    if wanted == "loudest":
        return max(loud, key=loud.__getitem__, default=None)
    if wanted == "quietest":
        return min(loud, key=loud.__getitem__, default=None)
    contrast = {n: _contrast(levels[n]) for n in loud if n not in known}
    titled = any(role_of(title) == "mic" for title in titles)
    mic = None if titled else max(contrast, key=contrast.__getitem__, default=None)
    if wanted == "mic":
        return mic
    if len(loud) < 2:
        return None  # the only sound is the recording itself, whatever it sounds like
    if mic is not None and contrast[mic] < _PAUSING_DB:
        mic = None  # none of them pauses: then nobody knows which one is spoken into
    pauses = wanted == "chat"
    left = [n for n, range_db in contrast.items() if n != mic and (range_db >= _PAUSING_DB) == pauses]
    return left[0] if len(left) == 1 else None


def _power(levels: Sequence[Levels]) -> Levels:
    """Return the power of all tracks in one array, as long as the shortest."""
    count = min(len(track) for track in levels)
    return np.stack([10 ** (track[:count] / 10) for track in levels])


def _mean_db(levels: Levels) -> float:
    return float(10 * np.log10(np.mean(10 ** (levels / 10))))


def _contrast(levels: Levels) -> float:
    """Return how far the loud parts stand over the quiet ones, dB, no more than a gate makes of it."""
    low, high = np.percentile(np.maximum(levels, _HEARD_DB), (20, 95))
    return float(high - low)
