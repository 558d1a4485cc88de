"""A timeline in characters: which parts of the recording are kept, and what was cut."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from nemo_lab.cli.wording import clock
from nemo_lab.protocol.draft import Draft, TrackType

KEPT, GONE = "█", "·"


class Part(NamedTuple):
    """A stretch of a source file, in ms."""

    start: float
    end: float


def kept_parts(draft: Draft) -> dict[str, list[Part]]:
    """Return which parts of each source the main track plays, in order of time, joined where they touch."""
    tracks = draft.of_type(TrackType.VIDEO) or draft.of_type(TrackType.AUDIO)
    found: dict[str, list[Part]] = {}
    for segment in tracks[0].segments if tracks else ():
        part = Part(segment.source_start_ms, segment.source_end_ms)
        found.setdefault(segment.asset or segment.name or "", []).append(part)
    return {asset: _joined(parts) for asset, parts in found.items()}


def _joined(parts: list[Part]) -> list[Part]:
    result: list[Part] = []
    for part in sorted(parts):
        if result and part.start <= result[-1].end + 1:  # 1 ms: what rounding may leave between two pieces
            result[-1] = Part(result[-1].start, max(result[-1].end, part.end))
        else:
            result.append(part)
    return result


def cut_parts(before: Draft, after: Draft) -> dict[str, list[Part]]:
    """Return which parts of each source were played before and are not any more."""
    now = kept_parts(after)
    return {asset: _without(parts, now.get(asset, [])) for asset, parts in kept_parts(before).items()}


def _without(parts: list[Part], taken: list[Part]) -> list[Part]:
    """Return what remains of ``parts`` outside ``taken``; slivers of a frame are rounding, not cuts."""
    left: list[Part] = []
    for part in parts:
        cursor = part.start
        for other in taken:
            if other.end <= cursor or other.start >= part.end:
                continue
            left.append(Part(cursor, other.start))
            cursor = max(cursor, other.end)
        left.append(Part(cursor, part.end))
    return [part for part in left if part.end - part.start >= 20]


def bars(before: Draft, after: Draft, width: int = 60) -> list[str]:
    """Return a bar for each source: what is kept and what is cut, on the source's own time."""
    now, lines = kept_parts(after), []
    for asset, parts in kept_parts(before).items():
        start, end = parts[0].start, parts[-1].end
        step = (end - start) / width
        middles = [start + step * (n + 0.5) for n in range(width)]
        bar = "".join(
            KEPT if any(part.start <= middle < part.end for part in now.get(asset, [])) else GONE
            for middle in middles
        )
        lines.append(f"{clock(start)} {bar} {clock(end)}")
    return lines


def cut_list(before: Draft, after: Draft) -> list[str]:
    """Return the cuts in words, one line each."""
    return [
        f"cut {clock(part.start)} – {clock(part.end)} ({(part.end - part.start) / 1000:.1f} s)"
        for parts in cut_parts(before, after).values()
        for part in parts
    ]


def part_list(parts: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return what became of each stretch and why, one line each, as the backend accounts for it."""
    return [
        f"{part['kind']:<5} {clock(part['start'])} – {clock(part['end'])} "
        f"({(part['end'] - part['start']) / 1000:.1f} s)  {part['why']}"
        for part in parts
    ]
