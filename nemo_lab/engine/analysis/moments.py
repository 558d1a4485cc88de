"""A recording as moments, each said in one go, with how much it matters.

What matters is told by what can be measured: how dense the talk around it is, how lively it is said, how
much happens on the screen, and what the person marked while recording.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from nemo_lab.engine.analysis.borders import Levels
from nemo_lab.engine.analysis.model import MOTION_MS, WINDOW_MS, Analysis
from nemo_lab.engine.analysis.silence import quiet_spans
from nemo_lab.engine.analysis.spans import Span, between, closed, common, length
from nemo_lab.engine.analysis.voice import levels_of, spoken, tracks_of

PAUSE_MS = 300
"""Nearer than this is one moment: a breath, not a border."""
_LONG_MS = 15_000
"""A longer moment is divided at its quietest places."""
_AROUND_MS = 10_000
"""How far to either side talk counts as around a moment."""
_SHORT_MS = 1_200
"""A shorter moment alone says little: a word, a cough."""
_NEW_MS = 2_000
"""A picture is new for this long."""
_SMOOTH = 5
"""Windows (100 ms) over which a place is quiet: shorter is a closed mouth inside a word."""


Sign = Literal["talk", "loud", "motion", "scene", "brief", "mark", "edge"]
"""What tells that a moment matters: dense talk around it, a lively voice, a picture that moves or changes, a
mark; that it is but a word counts against it; the first and the last matter more."""
_WEIGHTS: dict[Sign, float] = {"talk": 2.0, "loud": 0.7, "motion": 0.7, "scene": 0.5}
_MARKED = 3.0
"""More than all else together: a person has said so."""


@dataclass(frozen=True)
class Moment:
    """A stretch that is kept or dropped as a whole. Times in ms, borders at pauses."""

    start: int
    end: int
    score: float = 0.0
    """The higher, the more it matters; 0 is average."""
    must: bool = False
    """Never to be dropped."""
    signs: tuple[tuple[Sign, float], ...] = ()
    """What the score is made of."""

    @property
    def length(self) -> int:
        """How long it lasts, in ms."""
        return self.end - self.start


def moments(analysis: Analysis, gaps: Sequence[Span] = (), marked: Sequence[Span] = ()) -> list[Moment]:
    """Return the moments of a file, ascending; what lies between them is pause.

    Args:
        analysis: of the file.
        gaps: where one word ends and the next begins, if that is known: a moment is divided nowhere else.
        marked: stretches that a person marked as highlights, ascending and apart.
    """
    levels = levels_of(analysis)
    talk = spoken(analysis)
    if not talk and levels.size:
        talk = between(quiet_spans(tracks_of(analysis), analysis.duration_ms), analysis.duration_ms)
    spans = [part for span in closed(talk, PAUSE_MS) for part in _divided(span, levels, gaps)]
    return _scored(spans, levels, analysis, marked)


def _divided(span: Span, levels: Levels, gaps: Sequence[Span]) -> list[Span]:
    """Divide what is said without a pause at the quietest place of its middle half, until it is short."""
    start, end = span
    if end - start <= _LONG_MS:
        return [span]
    quarter = (end - start) // 4
    at = _quiet_place(start + quarter, end - quarter, levels, gaps)
    if at is None:
        return [span]
    return [*_divided((start, at), levels, gaps), *_divided((at, end), levels, gaps)]


def _quiet_place(low: int, high: int, levels: Levels, gaps: Sequence[Span]) -> int | None:
    """Return the quietest place in a stretch; ``None`` when no word ends there."""
    if gaps:
        inside = common([(low, high)], [(a, max(b, a + 1)) for a, b in gaps])
        return max(((b - a, (a + b) // 2) for a, b in inside), default=(0, None))[1]
    part = levels[low // WINDOW_MS : high // WINDOW_MS]
    if len(part) < _SMOOTH:
        return None
    loudest = np.lib.stride_tricks.sliding_window_view(part, _SMOOTH).max(axis=1)
    return (low // WINDOW_MS + int(np.argmin(loudest))) * WINDOW_MS + _SMOOTH * WINDOW_MS // 2


def _scored(spans: list[Span], levels: Levels, analysis: Analysis, marked: Sequence[Span]) -> list[Moment]:
    """Say how much each moment matters, against the others of its file."""
    loud = _ranked([float(np.percentile(_part(levels, span, WINDOW_MS), 90)) for span in spans])
    motion = np.asarray(analysis.motion, dtype=np.float64)
    moved = _ranked([float(np.log1p(_part(motion, span, MOTION_MS)).mean()) for span in spans])
    changed = _ranked([_changes(analysis, span) for span in spans])
    found = []
    for number, span in enumerate(spans):
        around = (max(0, span[0] - _AROUND_MS), min(analysis.duration_ms, span[1] + _AROUND_MS))
        density = length(common([around], spans)) / max(1, around[1] - around[0])
        signs: dict[Sign, float] = {
            "talk": _WEIGHTS["talk"] * (density - 0.5),
            "loud": _WEIGHTS["loud"] * loud[number],
            "motion": _WEIGHTS["motion"] * moved[number],
            "scene": _WEIGHTS["scene"] * changed[number],
            "brief": min(0.0, (span[1] - span[0]) / _SHORT_MS - 1),
            "mark": _MARKED if common([span], marked) else 0.0,
            # A recording opens by saying what it is about and closes by saying what to do.
            "edge": 0.5 if not number else 0.25 if number + 1 == len(spans) else 0.0,
        }
        told = tuple((sign, round(value, 3)) for sign, value in signs.items() if value)
        found.append(Moment(*span, score=round(sum(signs.values()), 4), signs=told))
    return found


def _changes(analysis: Analysis, span: Span) -> float:
    """Return how many times the picture becomes another one in a moment, or just before: what is said of a
    new slide begins when it is up."""
    low = bisect_left(analysis.scenes, span[0] - _NEW_MS)
    return float(bisect_left(analysis.scenes, span[1]) - low)


def _part(values: Levels, span: Span, window: int) -> Levels:
    """Return the values of a stretch, at least one."""
    part = values[span[0] // window : max(span[0] // window + 1, -(-span[1] // window))]
    return part if part.size else np.zeros(1)


def _ranked(values: list[float]) -> list[float]:
    """Return where each value stands among all, from -0.5 to 0.5; equal ones stand alike."""
    ordered = sorted(values)
    low = np.searchsorted(ordered, values, "left")
    high = np.searchsorted(ordered, values, "right")
    return [float(rank) for rank in (low + high) / 2 / len(values) - 0.5]


def smoothed(found: Sequence[Moment], around_ms: int) -> list[Moment]:
    """Return the moments with scores that count what is said just before and after: what is kept
    then hangs together."""
    result = []
    for moment in found:
        near = [
            other
            for other in found
            if other.start < moment.end + around_ms and other.end > moment.start - around_ms
        ]
        whole = sum(other.length for other in near)
        score = sum(other.score * other.length for other in near) / max(1, whole)
        result.append(replace(moment, score=score))
    return result
