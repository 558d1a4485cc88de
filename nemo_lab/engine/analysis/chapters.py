"""Divide a recording into chapters, and write them as YouTube reads them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from nemo_lab.engine.analysis.moments import Moment

LEAST = 3
"""YouTube shows chapters from three on, the first at 0:00, each of at least ten seconds."""
SHORTEST_MS = 10_000
_USUAL_MS = 180_000
_MOST = 12


@dataclass(frozen=True)
class Chapter:
    """Where a chapter begins (ms), and what it is called."""

    start: int
    title: str


def chapter_starts(found: Sequence[Moment], duration_ms: int) -> list[int]:
    """Return where chapters begin, the first at 0: after the longest pauses, none nearer to another than a
    third of what they would be if all were alike. Empty when the timeline is too short for three."""
    if duration_ms < LEAST * SHORTEST_MS:
        return []
    wanted = max(LEAST, min(_MOST, round(duration_ms / _USUAL_MS)))
    apart = max(SHORTEST_MS, duration_ms // (3 * wanted))
    pauses = [(b.start - a.end, b.start) for a, b in pairwise(found)]
    starts = [0]
    for _, start in sorted(pauses, key=lambda pause: (-pause[0], pause[1])):
        near_end = duration_ms - start < apart
        if len(starts) < wanted and not near_end and all(abs(start - other) >= apart for other in starts):
            starts.append(start)
    return sorted(starts)


def youtube_text(chapters: Sequence[Chapter], duration_ms: int) -> str:
    """Return the lines for a video's description: ``0:00 Intro``, with hours where there are any."""
    hours = duration_ms >= 3_600_000
    return "\n".join(f"{_clock(chapter.start, hours)} {chapter.title}" for chapter in chapters)


def _clock(ms: int, hours: bool) -> str:
    seconds = ms // 1000
    minutes = f"{seconds // 60 % 60:02d}" if hours else str(seconds // 60)
    return f"{f'{seconds // 3600}:' if hours else ''}{minutes}:{seconds % 60:02d}"
