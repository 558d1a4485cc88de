"""Take out, or hurry through, the stretches in which nothing is said."""

from __future__ import annotations

from bisect import bisect_left
from fractions import Fraction
from itertools import pairwise
from operator import itemgetter

from nemo_lab.engine.analysis import find_silences
from nemo_lab.engine.compose.cuts import hurry
from nemo_lab.engine.compose.model import Asset, Skip
from nemo_lab.engine.compose.ranges import Range, joined, without
from nemo_lab.engine.compose.words import amount, clock, number
from nemo_lab.engine.compose.work import Piece, Work
from nemo_lab.engine.timebase import round_half_up
from nemo_lab.protocol.plan import Condense, RemoveSilence

_PAUSE = {"role": "pause"}
"""Marks a segment that is hurried through, so that saying it twice does not do it twice."""
_TIGHTER = ((600, 150), (400, 120), (300, 90), (200, 60))
"""Shortest pause and margin in ms, ever tighter; tighter still would cut into words."""


def remove_silence(work: Work, op: RemoveSilence) -> None:
    """Cut the pauses out, or play them faster; protected stretches stay."""
    pauses = _pauses(work, op)
    if not pauses:
        raise Skip("no_silence", fault=False, pause=amount(op.min_silence_ms))
    before = work.length
    if op.mode == "speed":
        hurry(work, pauses, Fraction(op.factor).limit_denominator(10_000), **_PAUSE)
        key, gone = "silence_sped", before - work.length
    else:
        _refuse_all(work, pauses)
        key, gone = "silence_cut", work.remove(pauses)
    if not gone:
        raise Skip("no_silence", fault=False, pause=amount(op.min_silence_ms))
    work.say(
        key if len(pauses) > 1 else f"{key}_one",
        count=len(pauses),
        gone=amount(gone),
        factor=number(op.factor),
        before=clock(before),
        after=clock(work.length),
    )


def condense(work: Work, op: Condense) -> None:
    """Remove pauses, ever shorter ones, until the timeline is short enough; what is said always stays."""
    before = work.length
    if before <= op.target_ms:
        raise Skip("short_enough", fault=False, length=clock(before))
    best: tuple[int, list[Range]] = (0, [])
    for shortest, margin in _TIGHTER:
        pauses = _pauses(work, RemoveSilence(min_silence_ms=shortest, margin_ms=margin))
        if pauses and without([(0, before)], pauses):
            best = shortest, pauses
        if before - sum(end - start for start, end in best[1]) <= op.target_ms:
            break
    shortest, pauses = best
    if pauses:
        gone = work.remove(pauses)
        values = {"before": clock(before), "after": clock(work.length)}
        work.say("condensed", pause=amount(shortest), gone=amount(gone), **values)
    if work.length > op.target_ms:
        work.note("not_reached", target=clock(op.target_ms), length=clock(work.length))


def _pauses(work: Work, op: RemoveSilence) -> list[Range]:
    """Return the pauses on the timeline as it is now, less what is protected.

    Raises:
        Skip: there is no sound to go by.
    """
    files = {piece.segment.asset: piece for piece in work.pieces}
    silences = {asset: _silences(work, work.asset(piece), op) for asset, piece in files.items()}
    if not any(found is not None for found in silences.values()):
        raise Skip("no_sound", fault=False)
    ranges = [
        pause
        for start, piece in work.placed()
        if not piece.segment.protected and piece.segment.metadata.get("role") != "pause"
        for pause in _on_timeline(start, piece, silences[piece.segment.asset] or [])
    ]
    guarded = [there for a, b in work.guarded for there in work.now(a, b)]
    frame = 1000 / work.rate
    return [(a, b) for a, b in without(_bridged(ranges, work), guarded) if b - a >= frame]


def _silences(work: Work, asset: Asset, op: RemoveSilence) -> list[Range] | None:
    """Return the pauses of a file in its own time; ``None`` when it cannot be told."""
    if not asset.info.has_audio:
        return None
    if asset.analysis is None:
        work.note("not_analysed", name=asset.name)
        return None
    return find_silences(asset.analysis, op)


def _on_timeline(start: int, piece: Piece, silences: list[Range]) -> list[Range]:
    """Return the part of a file's pauses that a piece shows, on the timeline."""
    first, last, speed = piece.source_start, piece.source_end, piece.speed
    found = []
    # Silences ascend and do not overlap; an hour has thousands, and as many pieces.
    for low, high in silences[bisect_left(silences, first, key=itemgetter(1)) :]:
        if low >= last:
            break
        a = start + round_half_up((max(low, first) - first) / speed)
        b = start + round_half_up((min(high, last) - first) / speed)
        if a < b:
            found.append((a, min(b, start + piece.length)))
    return found


def _bridged(ranges: list[Range], work: Work) -> list[Range]:
    """Return the ranges with gaps of less than a frame closed: no flash of a picture between two cuts."""
    frame = 1000 / work.rate
    ordered = joined(ranges)
    gaps = [(b, c) for (_, b), (c, _) in pairwise(ordered) if c - b < frame]
    return joined([*ordered, *gaps])


def _refuse_all(work: Work, pauses: list[Range]) -> None:
    """Never take everything: a timeline of nothing but silence stays as it is."""
    inside = work.carve(pauses)
    if all(inside):
        raise Skip("only_silence", fault=False)
