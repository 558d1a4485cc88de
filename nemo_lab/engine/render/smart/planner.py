"""Which packets are copied and which frames are encoded: a pure function of index and cuts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate

from nemo_lab.engine.render.smart.errors import CannotSplice
from nemo_lab.engine.render.smart.index import Index
from nemo_lab.engine.render.smart.reentry import Rewrite, SourceReferences, Window, plan_reentry
from nemo_lab.engine.render.smart.source import KEYFRAME_EVERY

MIN_COPY = 6
"""Frames: a shorter stretch is not worth a join."""
_MIN_STRETCH = 12
"""Frames: where a re-entry would last for less until the next, it is not worth its window."""
_MAX_WINDOW = 60
"""Frames that a re-entry may cost before the search for one is given up."""


@dataclass(frozen=True)
class Piece:
    """A stretch of the result."""

    count: int
    """Frames."""
    first: int | None = None
    """First frame of the source, when its picture is untouched; ``None``: the caller makes the frames."""


@dataclass(frozen=True)
class Copy:
    """Packets that are copied as they are, from a keyframe on."""

    out: int
    """First frame in the result."""
    start: int
    stop: int
    """Positions in the source."""
    skip: int = 0
    """Packets behind the first that are left out: their pictures are shown before it."""

    @property
    def count(self) -> int:
        """How many frames."""
        return self.stop - self.start - self.skip


@dataclass(frozen=True)
class Reentry(Copy):
    """Packets that are copied with renumbered slice headers, after an :class:`Encode`."""

    rewrite: Rewrite = field(kw_only=True)


@dataclass(frozen=True)
class Encode:
    """Frames that are encoded in one go, beginning with an IDR picture."""

    out: int
    pieces: tuple[Piece, ...]
    keep: frozenset[int] | None = None
    """Frames, counted from the first, that stay in the reference buffer for a re-entry behind them;
    ``None`` when no re-entry follows."""

    @property
    def count(self) -> int:
        """How many frames."""
        return sum(piece.count for piece in self.pieces)

    @property
    def touched(self) -> tuple[range, ...]:
        """The frames that the caller makes, counted from the first."""
        ends = list(accumulate(piece.count for piece in self.pieces))
        return tuple(
            range(end - piece.count, end)
            for piece, end in zip(self.pieces, ends, strict=True)
            if piece.first is None
        )


Span = Copy | Encode


@dataclass(frozen=True)
class SpliceOptions:
    """How far copying may go."""

    compat: bool = False
    """Join at keyframes only, for players and editors that are picky."""
    max_drift: float = 1.5
    """How far a copy after a re-entry may drift (see :meth:`Index.position_of_drift`) until a new keyframe.

    Encoded references differ a little from the source's, and every prediction from them rounds anew: the
    difference grows with what moves, of which the packets' size tells. This much is still above 45 dB on
    pictures that move all over.
    """


@dataclass(frozen=True)
class SplicePlan:
    """The result from end to end."""

    spans: tuple[Span, ...]
    poc_step: int
    """By how much the source's order count grows from a frame to the next."""
    reasons: tuple[str, ...] = ()
    """Why untouched frames are encoded where a join alone does not explain it."""

    @property
    def encodes(self) -> list[Encode]:
        """The spans that are encoded."""
        return [span for span in self.spans if isinstance(span, Encode)]

    @property
    def copied(self) -> int:
        """Frames that are copied."""
        return sum(span.count for span in self.spans if isinstance(span, Copy))

    @property
    def encoded(self) -> int:
        """Frames that are encoded."""
        return sum(span.count for span in self.encodes)


def plan_splices(index: Index, pieces: Sequence[Piece], options: SpliceOptions) -> SplicePlan:
    """Divide ``pieces`` into spans to copy and spans to encode, without a gap."""
    planner = _Planner(index, options)
    for piece in joined(pieces):
        if piece.first is None:
            planner.encode(piece)
        else:
            planner.source(piece.first, piece.first + piece.count)
    return SplicePlan(tuple(planner.spans), planner.poc_step, tuple(dict.fromkeys(planner.reasons)))


def joined(pieces: Sequence[Piece]) -> Iterator[Piece]:
    """Yield the pieces, those joined to one that go on in the source where the one before ends."""
    held: Piece | None = None
    for piece in pieces:
        if piece.count <= 0:
            continue
        if held and piece.first == (None if held.first is None else held.first + held.count):
            held = replace(held, count=held.count + piece.count)
            continue
        if held:
            yield held
        held = piece
    if held:
        yield held


class _Planner:
    def __init__(self, index: Index, options: SpliceOptions) -> None:
        self._index, self._options = index, options
        self._references = SourceReferences(index)
        self._out = 0
        self.spans: list[Span] = []
        self.reasons: list[str] = []

    @property
    def poc_step(self) -> int:
        """By how much the source's order count grows from a frame to the next."""
        return self._references.poc_step

    def encode(self, piece: Piece) -> None:
        """Encode a piece, in one go with what is encoded before it."""
        last = self.spans[-1] if self.spans else None
        if isinstance(last, Encode):
            self.spans[-1] = replace(last, pieces=(*last.pieces, piece))
        else:
            self.spans.append(Encode(self._out, (piece,)))
        self._out += piece.count

    def source(self, start: int, end: int) -> None:
        """Plan the source's frames from ``start`` up to ``end``."""
        while start < end:
            start = self._step(start, end)

    def _step(self, start: int, end: int) -> int:
        """Plan the next few frames; return the first one that is still to be planned."""
        if self._index.is_idr(start):
            stop = self._index.closed_before(end)
            if stop - start >= MIN_COPY:
                return self._copy(Copy(self._out, start, stop))
        idr = self._index.next_idr(start + 1)
        stop = min(idr, self._index.closed_before(end))
        if not self._options.compat and (reached := self._reenter(start, stop)):
            return reached
        reached = idr if idr + MIN_COPY <= end else end
        self.encode(Piece(reached - start, start))
        return reached

    def _copy(self, span: Copy) -> int:
        self.spans.append(span)
        self._out += span.count
        return span.stop

    def _reenter(self, start: int, stop: int) -> int:
        """Encode some frames from ``start`` on and copy the rest up to ``stop``; 0 if that cannot be."""
        reason = ""
        for position in self._index.closed_after(start):
            if position > min(stop - MIN_COPY, start + _MAX_WINDOW):
                break
            last = self._drift_limit(position, stop)
            if last < min(stop, position + _MIN_STRETCH):
                reason = "too much moves between keyframes"
                break
            try:
                rewrite = self._rewrite(start, position, last)
            except CannotSplice as exc:
                reason = exc.reason
                continue
            self.encode(Piece(position - start, start))
            self._keep(rewrite, position)
            return self._copy(Reentry(self._out, position, last, rewrite=rewrite))
        if reason:
            self.reasons.append(reason)
        return 0

    def _drift_limit(self, position: int, stop: int) -> int:
        """Return where a copy from ``position`` on must end lest it drifts too far from the source."""
        limit = self._index.position_of_drift(position, self._options.max_drift)
        if min(stop, self._index.next_entry(position)) <= limit:
            return stop
        return self._index.closed_before(limit)

    def _rewrite(self, start: int, position: int, stop: int) -> Rewrite:
        last = self.spans[-1] if self.spans else None
        before = last.count if isinstance(last, Encode) else 0
        encoded = (before + position - start - 1) % KEYFRAME_EVERY + 1
        return plan_reentry(self._references, self._index, Window(start, position, encoded), stop)

    def _keep(self, rewrite: Rewrite, position: int) -> None:
        """Note in the encoded span which of its frames stay references."""
        last = self.spans[-1]
        if isinstance(last, Encode):
            first = position - last.count
            self.spans[-1] = replace(last, keep=frozenset(anchor - first for anchor in rewrite.anchors))
