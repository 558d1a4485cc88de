"""Reach a length: drop the moments that matter least, then give the pauses back what is left.

Only whole moments are dropped and only pauses are shortened, so no word is ever cut in half.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field

from nemo_lab.engine.analysis.moments import Moment, smoothed
from nemo_lab.engine.analysis.spans import Span, closed, length

BREATH_MS = 240
"""Shortest pause between two moments that stay: 120 ms to either side."""
NEAR_MS = 2_000
"""How near to the asked length is near enough."""
_CLIP_MS = 12_000
"""Usual length of a highlight."""
_AROUND_MS = 6_000
"""What is said this near to a moment counts with it when only the best is kept."""


@dataclass(frozen=True)
class Choice:
    """What stays of a timeline."""

    kept: list[Span] = field(default_factory=list)
    """Stretches (start, end in ms) that stay, pauses included."""
    dropped: list[Moment] = field(default_factory=list)
    """Moments that go, those that matter least first."""
    needed: int | None = None
    """Length (ms) of the shortest moment for which there was no room, when that is why the asked length
    was missed by more than :data:`NEAR_MS`."""

    @property
    def length(self) -> int:
        """How long it all is, in ms."""
        return length(self.kept)


def condensed(found: Sequence[Moment], duration_ms: int, target_ms: int) -> Choice:
    """Return what stays when a timeline is to be at most ``target_ms`` long.

    Pauses go first, down to a breath. If that is not enough, moments go, the least important first.
    What room is left then goes back to the pauses, the short ones first.

    Args:
        found: the moments of the timeline, ascending and apart.
        duration_ms: of the timeline.
        target_ms: how long it may be. Moments that must stay, stay even if they are longer than that.
    """
    kept = _fitting(found, duration_ms, target_ms)
    low, high = BREATH_MS, duration_ms
    while low < high:
        middle = (low + high + 1) // 2
        if length(_spans(found, kept, duration_ms, middle)) <= target_ms:
            low = middle
        else:
            high = middle - 1
    dropped = sorted((m for m, stays in zip(found, kept, strict=True) if not stays), key=lambda m: m.score)
    spans = _spans(found, kept, duration_ms, low)
    missed = target_ms - length(spans) > NEAR_MS
    needed = min((moment.length for moment in dropped), default=None) if missed else None
    return Choice(spans, dropped, needed)


def _fitting(found: Sequence[Moment], duration_ms: int, target_ms: int) -> list[bool]:
    """Tell which moments stay: the least important go until the rest fits, then what fits comes back."""
    free = sorted(
        (number for number, moment in enumerate(found) if not moment.must),
        key=lambda number: (found[number].score, -found[number].start),
    )

    def without(count: int) -> list[bool]:
        gone = set(free[:count])
        return [number not in gone for number in range(len(found))]

    fewest = bisect_left(
        range(len(free)),
        True,
        key=lambda count: length(_spans(found, without(count), duration_ms, BREATH_MS)) <= target_ms,
    )
    return _filled(found, without(fewest), duration_ms, target_ms, free)


def _filled(
    found: Sequence[Moment], kept: list[bool], duration_ms: int, target_ms: int, free: list[int]
) -> list[bool]:
    """Take back dropped moments that fit, the most important first."""
    total = length(_spans(found, kept, duration_ms, BREATH_MS))
    for number in reversed(free):
        if kept[number] or total + found[number].length > target_ms:
            continue
        kept[number] = True
        longer = length(_spans(found, kept, duration_ms, BREATH_MS))
        if longer <= target_ms:
            total = longer
        else:
            kept[number] = False
    return kept


def _spans(found: Sequence[Moment], kept: Sequence[bool], duration_ms: int, cap: int) -> list[Span]:
    """Return what stays when each pause beside a kept moment stays up to ``cap``, half of it on either
    side; beside a dropped moment, half of that on the one side."""
    spans: list[Span] = []
    for number, (moment, stays) in enumerate(zip(found, kept, strict=True)):
        if not stays:
            continue
        before = found[number - 1].end if number else 0
        after = found[number + 1].start if number + 1 < len(found) else duration_ms
        spans.append(
            (
                moment.start - _share(moment.start - before, cap, first=not number),
                moment.end + _share(after - moment.end, cap, first=number + 1 == len(found)),
            )
        )
    return closed(spans, 1)


def _share(pause: int, cap: int, *, first: bool) -> int:
    """Return how much of a pause goes with the moment on one side of it."""
    if first:
        return min(pause, cap // 2)  # nothing on the other side claims a part
    # Of a pause that stays whole the two halves must meet; the odd ms goes to either.
    return min(-(-pause // 2), cap // 2)


def highlights(
    found: Sequence[Moment], duration_ms: int, *, count: int | None = None, target_ms: int | None = None
) -> Choice:
    """Return the best of a timeline: ``count`` clips, or as many as make ``target_ms``, or both; three
    clips when neither is said. Each begins and ends at a pause.

    Args:
        found: the moments of the timeline, ascending and apart.
        duration_ms: of the timeline.
        count: how many clips.
        target_ms: how long all of them together.
    """
    if target_ms is not None and count is None:
        return condensed(smoothed(found, _AROUND_MS), duration_ms, target_ms)
    wanted = count or 3
    room = (target_ms or min(_CLIP_MS * wanted, duration_ms // 2)) // wanted
    chosen = _best_clips(found, wanted, room)
    kept = [any(low <= number <= high for low, high in chosen) for number in range(len(found))]
    spans = _widened(found, chosen, duration_ms, target_ms)
    dropped = sorted((m for m, stays in zip(found, kept, strict=True) if not stays), key=lambda m: m.score)
    missed = target_ms is not None and target_ms - length(spans) > NEAR_MS
    needed = min((moment.length for moment in dropped), default=None) if missed else None
    return Choice(spans, dropped, needed)


def _best_clips(found: Sequence[Moment], wanted: int, room: int) -> list[tuple[int, int]]:
    """Return (first, last) moment of the best clips that do not touch, in order of time."""
    clips = []
    for first, moment in enumerate(found):
        last = first
        while last + 1 < len(found) and found[last + 1].end - moment.start + BREATH_MS <= room:
            last += 1
        if found[last].end - moment.start + BREATH_MS > room:
            continue
        inside = found[first : last + 1]
        talk = sum(m.length for m in inside)
        mean = sum(m.score * m.length for m in inside) / max(1, talk)
        clips.append((mean + talk / room, -first, first, last))
    chosen: list[tuple[int, int]] = []
    for _, _, first, last in sorted(clips, reverse=True):
        if len(chosen) < wanted and all(last < a - 1 or first > b + 1 for a, b in chosen):
            chosen.append((first, last))
    return sorted(chosen)


def _widened(
    found: Sequence[Moment], chosen: list[tuple[int, int]], duration_ms: int, target_ms: int | None
) -> list[Span]:
    """Return the clips with a breath around each; with a target, with as much of the pauses as fits."""
    spoken = sum(found[last].end - found[first].start for first, last in chosen)
    cap = BREATH_MS // 2
    if target_ms is not None and chosen:
        cap = max(cap, (target_ms - spoken) // (2 * len(chosen)))
    spans = []
    for first, last in chosen:
        before = found[first - 1].end if first else 0
        after = found[last + 1].start if last + 1 < len(found) else duration_ms
        spans.append((max(before, found[first].start - cap), min(after, found[last].end + cap)))
    return closed(spans, 1)
