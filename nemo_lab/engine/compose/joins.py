"""Blend at the cuts. A transition is centred on its cut and needs material beyond it on either side."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

from nemo_lab.engine.compose.model import Skip
from nemo_lab.engine.compose.words import amount, word
from nemo_lab.engine.compose.work import Piece, Work
from nemo_lab.engine.timebase import round_half_up
from nemo_lab.protocol.draft import TransitionSpec
from nemo_lab.protocol.plan import Transition

_NO_HANDLES = {"fade_black", "fade_white"}
"""Kinds that show only what is on the timeline."""


def transition(work: Work, op: Transition) -> None:
    """Put a transition at every cut; where a clip is too short for it, the cut stays as it is."""
    if not work.has_picture:
        raise Skip("no_picture")
    cuts = [n for n, (a, b) in enumerate(pairwise(work.pieces)) if not _goes_on(a, b, op.kind)]
    if not cuts:
        raise Skip("no_cuts", fault=False)
    if op.kind not in _NO_HANDLES:
        _make_handles(work, cuts, op.duration_ms)
    spec = TransitionSpec(kind=op.kind, duration_ms=op.duration_ms)
    made = [n for n in cuts if fits(work, work.pieces[n], work.pieces[n + 1], spec)]
    for n in made:
        work.pieces[n] = work.pieces[n].with_segment(transition=spec)
    if len(made) < len(cuts):
        work.note("short_clips", count=len(cuts) - len(made), length=amount(op.duration_ms))
    if made:
        work.say(
            "transition" if len(made) > 1 else "transition_one",
            count=len(made),
            kind=word(work.language, op.kind),
            length=amount(op.duration_ms),
        )


def fits(work: Work, before: Piece, after: Piece, spec: TransitionSpec) -> bool:
    """Tell whether a transition has room between two pieces, and material beyond their cut."""
    if min(before.length, after.length) < spec.duration_ms:
        return False
    if spec.kind in _NO_HANDLES:
        return True
    lead, tail = _missing(work, before, after, round_half_up(spec.duration_ms))
    return lead <= 0 and tail <= 0


def prune(work: Work) -> None:
    """Take out transitions that later edits have left without room or without a neighbour."""
    dropped = 0
    for n, piece in enumerate(work.pieces):
        spec = piece.segment.transition
        if spec is None:
            continue
        last = n + 1 == len(work.pieces)
        if last or not fits(work, piece, work.pieces[n + 1], spec):
            work.pieces[n] = piece.with_segment(transition=None)
            dropped += not last
    if dropped:
        work.note("dropped_transitions", count=dropped)


def _goes_on(before: Piece, after: Piece, kind: str) -> bool:
    """Tell whether there is no cut to be seen: the second piece is what follows the first in its file.

    A crossfade there would show nothing. Other kinds are shown where somebody split a clip on purpose,
    not where a change of speed, volume or look did.
    """
    a, b = before.segment, after.segment
    # At a speed, whole ms of the timeline tell the end in the file to half of that many ms.
    if a.asset != b.asset or abs(before.source_end - after.source_start) > max(before.speed, Fraction(1)) / 2:
        return False
    treated = (a.speed, a.volume, a.effects) != (b.speed, b.volume, b.effects)
    return kind == "crossfade" or treated


def _missing(work: Work, before: Piece, after: Piece, duration: int) -> tuple[int, int]:
    """Return by how much (timeline ms) each side of a cut falls short of half the transition."""
    half = -(-duration // 2)
    return (
        half - _beyond(work, before, end=True),
        half - _beyond(work, after, end=False),
    )


def _beyond(work: Work, piece: Piece, *, end: bool) -> int:
    """Return how much material (timeline ms) a file has beyond a piece's end or before its start."""
    info = work.asset(piece).info
    if info.kind == "image":
        return 1 << 40
    source = info.duration_ms - piece.source_end if end else piece.source_start
    return round_half_up(source / piece.speed)


def _make_handles(work: Work, cuts: list[int], duration: int) -> None:
    """Trim whole files at their joint, so that there is something to blend."""
    before, count = work.length, 0
    for n in cuts:
        lead, tail = _missing(work, work.pieces[n], work.pieces[n + 1], duration)
        # Trimming must leave room for this transition, and for one at the other end.
        for at, short, end in ((n, lead, True), (n + 1, tail, False)):
            if short > 0 and work.pieces[at].length - short >= duration:
                work.pieces[at] = _trimmed(work, work.pieces[at], short, end=end)
                count += 1
    if count:
        work.note("handles", count=count, gone=amount(before - work.length))


def _trimmed(work: Work, piece: Piece, by: int, *, end: bool) -> Piece:
    """Return a piece shortened by at least ``by`` ms at one end, on its file's frame grid."""
    frame = round_half_up(1000 / work.asset(piece).info.frame_rate)
    wanted = piece.source_end - by * piece.speed if end else piece.source_start + by * piece.speed
    edge = work.snapped(piece, wanted)
    if (edge > wanted) if end else (edge < wanted):
        edge = work.snapped(piece, wanted - frame if end else wanted + frame)
    first, last = (piece.source_start, edge) if end else (edge, piece.source_end)
    length = max(1, round_half_up((last - first) / piece.speed))
    begin, stop = piece.was
    lost = (stop - begin) * (piece.length - length) / piece.length
    was = (begin, stop - lost) if end else (begin + lost, stop)
    return Piece(piece.segment.model_copy(update={"source_start_ms": first, "duration_ms": length}), was)
