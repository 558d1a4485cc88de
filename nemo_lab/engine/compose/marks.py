"""Marks that were set while recording, as orders on the timeline.

The first edit that leaves it to the engine what to cut obeys them, since the person who set them has already
said; so does the wish to obey them. Any other edit leaves them alone, and says once that they are there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from nemo_lab.engine.analysis.directives import order_of
from nemo_lab.engine.compose.ranges import shown, without
from nemo_lab.engine.compose.sources import placed_parts, unbroken
from nemo_lab.engine.compose.words import clock, word
from nemo_lab.engine.compose.work import Piece, Work
from nemo_lab.engine.media.markers import Marker
from nemo_lab.protocol.plan import Cut, Markers, Operation, Protect, Speed, Title

Order = tuple[Cut | Protect | Speed | Title, str]
"""An operation on the timeline, and which mark asks for it."""

STATES = "x_marks"
"""Key of the draft's metadata: what became of the marks of each file, by its id."""
OBEYED, IGNORED, _TOLD = "obeyed", "ignored", "told"
_AUTOMATIC = {"remove_silence", "remove_fillers", "condense", "highlights"}
_NAMED = 6
_BEGIN_MS = 100
"""This much of the picture at a mark must be there for a title to begin at it."""


def orders(work: Work, wishes: Sequence[Operation]) -> tuple[list[Order], list[Operation]]:
    """Return what marks ask for in this plan, and the wishes without the one to obey them."""
    asked = [op for op in wishes if isinstance(op, Markers)]
    rest: list[Operation] = [op for op in wishes if not isinstance(op, Markers)]
    if asked and not asked[-1].obey:
        _settle(work, IGNORED)
        work.say("marks_ignored")
        return [], rest
    waiting = [order for start, piece in unbroken(work) for order in _of_piece(work, start, piece)]
    if not waiting:
        if asked:
            work.note("no_marks")
        return [], rest
    names = ", ".join(why for _, why in waiting[:_NAMED]) + (" …" if waiting[_NAMED:] else "")
    if asked or any(op.op in _AUTOMATIC for op in rest):
        _settle(work, OBEYED)
        work.say("marks_obeyed", count=len(waiting), names=names)
        return _with_something_left(work, waiting), rest
    if any(state(work, asset) != _TOLD for asset in _assets(work)):
        _settle(work, _TOLD)
        work.note("marks_waiting", count=len(waiting), names=names)
    return [], rest


def state(work: Work, asset: str | None) -> str:
    """Return what became of the marks of a file; empty while nothing did."""
    known = work.metadata.get(STATES)
    return str(known.get(asset, "")) if isinstance(known, dict) else ""


def _assets(work: Work) -> list[str]:
    return list(dict.fromkeys(str(piece.segment.asset) for piece in work.pieces))


def _settle(work: Work, become: str) -> None:
    known = work.metadata.get(STATES)
    before = known if isinstance(known, dict) else {}
    work.metadata[STATES] = before | {
        asset: become for asset in _assets(work) if before.get(asset) not in {OBEYED, IGNORED}
    }


def _of_piece(work: Work, start: int, piece: Piece) -> Iterator[Order]:
    """Yield what the marks of a file ask for within what a piece shows of it, on the timeline."""
    if state(work, piece.segment.asset) in {OBEYED, IGNORED}:
        return
    for marker in work.asset(piece).info.markers:
        op = order_of(marker)
        if op is None:
            continue
        first = op.start_ms or 0
        last = first + _BEGIN_MS if isinstance(op, Title) else int(op.end_ms or 0)
        for _, (a, b) in placed_parts(start, piece, [(first, last)], lambda span: span):
            where = {"start_ms": a} if isinstance(op, Title) else {"start_ms": a, "end_ms": b}
            yield op.model_copy(update=where), _name(work, marker, start, piece)


def _name(work: Work, marker: Marker, start: int, piece: Piece) -> str:
    at = start + (marker.start_ms - piece.source_start) / piece.speed
    return word(work.language, "why_mark", name=marker.title, at=clock(float(at)))


def _with_something_left(work: Work, found: list[Order]) -> list[Order]:
    """Return the orders; without the cuts, where these would take all."""
    kept = [(op.start_ms or 0, op.end_ms or 0) for op, _ in found if isinstance(op, Protect)]
    gone = [(op.start_ms or 0, op.end_ms or 0) for op, _ in found if isinstance(op, Cut)]
    if without([(0, work.length)], without(gone, kept)):
        return found
    work.note("marks_take_all", range=shown(0, work.length))
    return [order for order in found if not isinstance(order[0], Cut)]
