"""What stays on the main track, and in which order: cut, keep, protect, split, speed, merge, reorder."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from nemo_lab.engine.compose.files import find_asset, names_of
from nemo_lab.engine.compose.model import Asset, Skip
from nemo_lab.engine.compose.place import segment_of
from nemo_lab.engine.compose.ranges import Range, joined, shown, without
from nemo_lab.engine.compose.words import amount, clock, number, word
from nemo_lab.engine.compose.work import Work
from nemo_lab.engine.timebase import round_half_up
from nemo_lab.protocol.draft import TrackType
from nemo_lab.protocol.plan import Cut, Keep, Merge, Protect, Reorder, Speed, Split

_SLOWEST, _FASTEST = Fraction(1, 20), Fraction(100)


def cut(work: Work, op: Cut) -> None:
    """Remove a stretch, but for what this plan protects, and close the gap."""
    start, end = work.resolve(op.start_ms, op.end_ms)
    where = shown(start, end)
    wanted = without([(start, end)], work.guarded)
    if not wanted:
        raise Skip("guarded", range=where)
    ranges = [there for a, b in wanted for there in work.now(a, b)]
    if not ranges:
        raise Skip("already_gone", fault=False, range=where)
    before = work.length
    for a, b in ranges:
        work.account("cut", a, b, word(work.language, "why_asked"))
    gone = work.remove(ranges)
    if not gone:
        raise Skip("too_short", range=where)
    work.say("cut", range=where, gone=amount(gone), before=clock(before), after=clock(work.length))


def keep(work: Work, ops: Sequence[Keep]) -> None:
    """Remove everything but these stretches and what this plan protects."""
    wanted = joined(_resolved(work, ops))
    ranges = [there for a, b in joined([*wanted, *work.guarded]) for there in work.now(a, b)]
    where = ", ".join(shown(a, b) for a, b in wanted)
    if not ranges:
        raise Skip("already_gone", range=where)
    before = work.length
    rest = without([(0, before)], ranges)
    for a, b in rest:
        work.account("cut", a, b, word(work.language, "why_not_kept"))
    if not work.remove(rest):
        raise Skip("nothing_to_cut", fault=False)
    work.say("kept", range=where, before=clock(before), after=clock(work.length))


def _resolved(work: Work, ops: Sequence[Keep]) -> Iterator[Range]:
    """Yield the ranges of those wishes that have one; the others are noted, or fail when they are all."""
    faults: list[Skip] = []
    for op in ops:
        try:
            yield work.resolve(op.start_ms, op.end_ms)
        except Skip as skip:
            faults.append(skip)
    if len(faults) == len(ops):
        raise faults[0]
    for fault in faults:
        work.note_skip(fault)


def protect(work: Work, op: Protect) -> None:
    """Keep a stretch from what this plan, and anything automatic later, removes."""
    start, end = work.resolve(op.start_ms, op.end_ms)
    work.guarded.append((start, end))
    mark(work, work.now(start, end), protected=True)
    work.say("protected", range=shown(start, end))


def split(work: Work, op: Split) -> None:
    """Split segments without removing anything."""
    before = len(work.pieces)
    if op.at_ms is not None:
        at, _ = work.resolve(op.at_ms, None)
        edges = [work.point(at)]
    elif op.every_ms is not None:
        edges = list(range(op.every_ms, work.length, op.every_ms))
    else:
        raise Skip("split_how")
    work.split(edges)
    if len(work.pieces) == before:
        raise Skip("split_nowhere")
    work.say("split", count=len(work.pieces))


def speed(work: Work, op: Speed) -> None:
    """Play a stretch, or all, faster or slower than now."""
    if op.factor == 1:
        raise Skip("same_speed", fault=False)
    start, end = work.resolve(op.start_ms, op.end_ms)
    before, ranges = work.length, work.now(start, end)
    for a, b in ranges:
        work.account("speed", a, b, word(work.language, "why_asked"))
    hurry(work, ranges, Fraction(op.factor).limit_denominator(10_000))
    values = {"factor": number(op.factor), "before": clock(before), "after": clock(work.length)}
    if (start, end) == (0, work.was_length):
        work.say("sped", **values)
    else:
        work.say("sped_range", range=shown(start, end), **values)


def hurry(work: Work, ranges: Sequence[Range], factor: Fraction, **metadata: object) -> None:
    """Multiply the speed within ranges of the timeline as it is now; stills just last shorter."""
    pieces = []
    for inside, piece in zip(work.carve(ranges), work.pieces, strict=True):
        if not inside:
            pieces.append(piece)
            continue
        length = max(1, round_half_up(piece.length / factor))
        changes: dict[str, object] = {"duration_ms": length}
        if work.asset(piece).info.kind != "image":
            pace = piece.speed * factor
            if not _SLOWEST <= pace <= _FASTEST:
                raise Skip("speed_limit")
            source = piece.source_end - piece.source_start
            changes |= {"speed": float(pace), "duration_ms": max(1, round_half_up(source / pace))}
        if metadata:
            changes["metadata"] = piece.segment.metadata | metadata
        pieces.append(piece.with_segment(**changes))
    work.pieces = pieces


def mark(work: Work, ranges: Sequence[Range], **changes: object) -> int:
    """Change attributes of the segments within ranges of the timeline as it is now; return how many."""
    inside = work.carve(ranges)
    work.pieces = [
        piece.with_segment(**changes) if flag else piece
        for flag, piece in zip(inside, work.pieces, strict=True)
    ]
    return sum(inside)


def merge(work: Work, op: Merge) -> None:
    """Bring files onto the timeline one after the other; named ones in the order named."""
    on_track = list(dict.fromkeys(piece.segment.asset for piece in work.pieces))
    if op.files:
        wanted = [find_asset(work.library, name) for name in op.files]
    else:
        wanted = [asset for asset in work.library.values() if _fits(work, asset)]
    for asset in wanted:
        if not _fits(work, asset):
            raise Skip("cannot_join", name=asset.name)
    for asset in wanted:
        if asset.id not in on_track:
            work.append(segment_of(asset, work.new_id("s")))
    if op.files:
        _in_order(work, [asset.id for asset in wanted])
    now = list(dict.fromkeys(piece.segment.asset for piece in work.pieces))
    if len(now) < 2:
        raise Skip("one_file")
    names = ", ".join(names_of(work.library, now))
    work.say("merged", count=len(now), names=names, after=clock(work.length))


def _fits(work: Work, asset: Asset) -> bool:
    """Tell whether a file can stand on the main track."""
    if work.main.type == TrackType.VIDEO:
        return asset.info.has_video
    return asset.info.kind == "audio"


def _in_order(work: Work, ids: list[str]) -> None:
    """Bring the pieces into the order of these files; other files keep their places after them."""
    ranks = {asset: rank for rank, asset in enumerate(ids)}
    work.pieces.sort(key=lambda piece: ranks.get(piece.segment.asset or "", len(ids)))


def reorder(work: Work, op: Reorder) -> None:
    """Bring segments (first is 1) into an order; those that are not named follow as they were."""
    count = len(work.pieces)
    order = [number - 1 for number in op.order]
    if len(set(order)) != len(order) or not all(0 <= place < count for place in order):
        raise Skip("bad_order", order=", ".join(map(str, op.order)), count=count)
    order += [place for place in range(count) if place not in order]
    if order == list(range(count)):
        raise Skip("same_order", fault=False)
    work.pieces = [work.pieces[place] for place in order]
    work.say("reordered", order=", ".join(str(place + 1) for place in order))
