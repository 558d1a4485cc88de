"""Moving the ends of cuts to where a stream can be left and entered at little cost; pure."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from nemo_lab.engine.render.model import Piece, Plan
from nemo_lab.engine.render.smart.index import Index
from nemo_lab.engine.timebase import SAMPLE_RATE, frame_to_ms, ms_to_frame, round_half_up
from nemo_lab.protocol.plan import Fade

MOST_MS = 100
"""An end moves by no more than this."""


def snapped(plan: Plan, index: Index) -> Plan:
    """Return the plan with ends that lie where copying begins and ends, each at most :data:`MOST_MS` away.

    A cut ends where no frame before it needs a later one, and begins at a keyframe, or one frame before
    packets can follow. Only a film of cuts alone is touched: what lies over it would move against it.
    """
    if not _only_cuts(plan):
        return plan
    runs = _runs(plan.pieces)
    reach = int(plan.rate * MOST_MS / 1000)
    moved = [_moved(run, index, reach, plan.pieces) for run in runs]
    pieces, first = [], 0
    for piece in (piece for run in moved for piece in run):
        begins, ends = _sample(first, plan), _sample(first + piece.count, plan)
        pieces.append(replace(piece, first=first, start_sample=begins, end_sample=ends))
        first += piece.count
    chapters = tuple((_remapped(at, plan, pieces), title) for at, title in plan.chapters)
    return replace(plan, frames=first, samples=_sample(first, plan), pieces=tuple(pieces), chapters=chapters)


def _only_cuts(plan: Plan) -> bool:
    ends = [0, *(piece.end for piece in plan.pieces)]
    tiled = [piece.first for piece in plan.pieces] == ends[:-1] and ends[-1] == plan.frames
    plain = all(
        piece.speed == 1 and piece.blend_in is None and piece.blend_out is None for piece in plan.pieces
    )
    one = len({piece.asset for piece in plan.pieces}) == 1
    return tiled and plain and one and not (plan.captions or plan.layers or plan.wishes(Fade))


def _runs(pieces: Sequence[Piece]) -> list[list[Piece]]:
    """Return the pieces, those together that go on in the source from one to the next."""
    runs = [[pieces[0]]]
    for before, after in pairwise(pieces):
        if after.source_frame == before.source_frame + before.count:
            runs[-1].append(after)
        else:
            runs.append([after])
    return runs


@dataclass(frozen=True)
class _Room:
    """Frames of the source between which an end may lie."""

    low: int
    high: int

    def nearest(self, wanted: int, places: Sequence[int]) -> int | None:
        """Return the nearest of the places (ascending) that lies within."""
        near = places[bisect_left(places, self.low) : bisect_left(places, self.high + 1)]
        return min(near, key=lambda place: abs(place - wanted), default=None)


def _moved(run: list[Piece], index: Index, reach: int, pieces: Sequence[Piece]) -> list[Piece]:
    start, end = run[0].source_frame, run[-1].source_frame + run[-1].count
    new_start = _start(start, _room(start, reach, index, pieces), index)
    new_end = _room(end, reach, index, pieces).nearest(end, index.closed) or end
    run = list(run)
    if run[0].count > 3 * reach:
        shift = new_start - start
        samples = round_half_up(shift * SAMPLE_RATE / run[0].source_rate)
        run[0] = replace(
            run[0],
            source_frame=new_start,
            source_sample=run[0].source_sample + samples,
            count=run[0].count - shift,
        )
    if run[-1].count > 3 * reach:
        run[-1] = replace(run[-1], count=run[-1].count + new_end - end)
    return run


def _room(place: int, reach: int, index: Index, pieces: Sequence[Piece]) -> _Room:
    """Return where an end may go: not so far that pieces that are shown one after the other overlap."""
    others = sorted({edge for p in pieces for edge in (p.source_frame, p.source_frame + p.count)})
    at = bisect_left(others, place)
    before = others[at - 1] if at else 0
    after = others[at + 1] if at + 1 < len(others) else index.count
    back = min(reach, max(0, place - before) // 2)
    forth = min(reach, max(0, after - place) // 2)
    return _Room(place - back, min(place + forth, index.count))


def _start(start: int, room: _Room, index: Index) -> int:
    keyframe = room.nearest(start, index.idrs)
    if keyframe is not None:
        return keyframe
    # The frame before a closed position is encoded, then packets follow.
    closed = _Room(room.low + 1, room.high + 1).nearest(start + 1, index.closed)
    return start if closed is None else closed - 1


def _sample(frame: int, plan: Plan) -> int:
    return round_half_up(frame * SAMPLE_RATE / plan.rate)


def _remapped(at: int, plan: Plan, pieces: Sequence[Piece]) -> int:
    """Return where a time (ms) of the old plan lies in the new one: as far into its piece as before."""
    frame = ms_to_frame(at, plan.rate)
    for old, new in zip(plan.pieces, pieces, strict=True):
        if old.first <= frame < old.end:
            shown = old.source_frame + frame - old.first
            place = new.first + min(max(0, shown - new.source_frame), new.count - 1)
            return at + frame_to_ms(place, plan.rate) - frame_to_ms(frame, plan.rate)
    return at
