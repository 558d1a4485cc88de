"""Bring back, at one cut, what was cut out there."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from nemo_lab.engine.compose.model import Skip
from nemo_lab.engine.compose.words import amount, clock
from nemo_lab.engine.compose.work import Piece, Work
from nemo_lab.engine.timebase import round_half_up
from nemo_lab.protocol.plan import Restore


def restore(work: Work, op: Restore) -> None:
    """Put the material that was left out beside a cut back, as pieces of their own, so that all that lies
    on the timeline stays with its picture."""
    at, number = _nearest(work, op.at_ms)
    before = work.pieces[number - 1] if number else None
    after = work.pieces[number] if number < len(work.pieces) else None
    gained = [] if before is None else _after(work, before, after, op.left_ms)
    end = gained[-1].source_end if gained else None
    gained += [] if after is None else _before(work, before, after, op.right_ms, end)
    if not gained:
        raise Skip("nothing_hidden", at=clock(at))
    was = work.length
    if before is not None and gained[0].segment.transition is not None:
        work.pieces[number - 1] = before.with_segment(transition=None)
    work.pieces[number:number] = gained
    values = {"gained": amount(work.length - was), "before": clock(was), "after": clock(work.length)}
    work.say("restored", at=clock(at), **values)


def _nearest(work: Work, time: int) -> tuple[int, int]:
    """Return the border between pieces that lies nearest to a time, and the number of the piece after it."""
    length = work.was_length
    point = work.point(min(max(time + length if time < 0 else time, 0), length))
    borders = [start for start, _ in work.placed()] + [work.length]
    number = min(range(len(borders)), key=lambda n: abs(borders[n] - point))
    return borders[number], number


def _after(work: Work, piece: Piece, following: Piece | None, wanted: int) -> list[Piece]:
    """Return what follows a piece in its file, as much as was hidden and is wanted."""
    info = work.asset(piece).info
    if info.kind == "image" or wanted <= 0:
        return []
    limit = info.duration_ms
    if _follows(piece, following):
        limit = following.source_start  # type: ignore[union-attr]  # _follows has looked
    first = piece.source_end
    last = min(limit, work.snapped(piece, first + wanted * piece.speed))
    return _piece(work, piece, first, last, piece.was[1], ends=True)


def _before(
    work: Work, preceding: Piece | None, piece: Piece, wanted: int, taken_to: int | None
) -> list[Piece]:
    """Return what precedes a piece in its file, as much as was hidden and is wanted."""
    if work.asset(piece).info.kind == "image" or wanted <= 0:
        return []
    limit = 0
    if preceding is not None and _follows(preceding, piece):
        limit = preceding.source_end if taken_to is None else taken_to
    last = piece.source_start
    first = max(limit, work.snapped(piece, last - wanted * piece.speed))
    return _piece(work, piece, first, last, piece.was[0], ends=False)


def _follows(piece: Piece, following: Piece | None) -> bool:
    """Tell whether the next piece shows a later stretch of the same file."""
    return (
        following is not None
        and following.segment.asset == piece.segment.asset
        and following.source_start >= piece.source_end
    )


def _piece(work: Work, like: Piece, first: int, last: int, was: Fraction, *, ends: bool) -> list[Piece]:
    """Return a stretch of a file that looks and sounds like a piece; it takes over a blend at its end."""
    length = round_half_up((last - first) / like.speed)
    if length <= 0:
        return []
    blend = like.segment.transition if ends else None
    made = like.with_segment(id=work.new_id("s"), source_start_ms=first, duration_ms=length, transition=blend)
    return [replace(made, was=(was, was))]
