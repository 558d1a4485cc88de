"""Take out, or hurry through, the stretches in which nothing is said."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from typing import Literal

from nemo_lab.engine.analysis import busy_silences, find_silences
from nemo_lab.engine.analysis.spans import common
from nemo_lab.engine.compose.cuts import hurry
from nemo_lab.engine.compose.model import Asset, Skip
from nemo_lab.engine.compose.ranges import Range, joined, without
from nemo_lab.engine.compose.sources import on_timeline
from nemo_lab.engine.compose.words import amount, clock, number, word
from nemo_lab.engine.compose.work import Work
from nemo_lab.protocol.plan import RemoveSilence

_PAUSE = {"role": "pause"}
"""Marks a segment that is hurried through, so that saying it twice does not do it twice."""
_SHOWN_MS = 1000
"""A shorter movement in a pause is no reason to keep it."""


def remove_silence(work: Work, op: RemoveSilence) -> None:
    """Cut the pauses out, or play them faster; protected stretches stay."""
    pauses = _pauses(work, op)
    showing = _shown(work, op, pauses) if op.busy != "cut" and op.mode == "cut" else []
    if showing:
        pauses = _spared(work, op, pauses, showing)
    if not pauses:
        if showing:
            return
        raise Skip("no_silence", fault=False, pause=amount(op.min_silence_ms))
    before = work.length
    account_pauses(work, "speed" if op.mode == "speed" else "cut", pauses)
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


def account_pauses(work: Work, kind: Literal["cut", "speed"], pauses: list[Range]) -> None:
    """Note why pauses (on the timeline as it is now) go."""
    for start, end in pauses:
        work.account(kind, start, end, word(work.language, "why_pause", length=amount(end - start)))


def _spared(work: Work, op: RemoveSilence, pauses: list[Range], showing: list[Range]) -> list[Range]:
    """Leave the pauses in which something is shown, or hurry through them; return the others."""
    before, count = work.length, len(showing)
    if op.busy == "keep":
        work.note("shown_kept", count=count, length=amount(sum(b - a for a, b in showing)))
        return without(pauses, showing)
    for a, b in showing:
        work.account("speed", a, b, word(work.language, "why_shown"))
    hurry(work, showing, Fraction(op.factor).limit_denominator(10_000), **_PAUSE)
    values = {"before": clock(before), "after": clock(work.length)}
    work.say("shown_sped", count=count, factor=number(op.factor), **values)
    return _pauses(work, op)


def _shown(work: Work, op: RemoveSilence, pauses: list[Range]) -> list[Range]:
    """Return the parts of the pauses in which the picture clearly moves."""
    found: list[Range] = []
    for start, piece in work.placed():
        analysis = work.asset(piece).analysis
        if analysis is not None:
            found += on_timeline(start, piece, busy_silences(analysis, op))
    return [(a, b) for a, b in common(pauses, joined(found)) if b - a >= _SHOWN_MS]


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
        for pause in on_timeline(start, piece, silences[piece.segment.asset] or [])
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
