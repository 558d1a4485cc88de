"""Take out again what earlier edits have put in; unlike undo, whatever came after them stays."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from nemo_lab.engine.compose.look import set_size
from nemo_lab.engine.compose.model import Skip
from nemo_lab.engine.compose.tracks import has_track, set_track_volume
from nemo_lab.engine.compose.words import removable
from nemo_lab.engine.compose.work import Piece, Work
from nemo_lab.protocol.plan import Remove

_T = TypeVar("_T")
_SHAPES = {"reframe", "resize", "rotate"}


def remove(work: Work, op: Remove) -> None:
    """Take out what is named, all of it or the one that is meant."""
    _HANDLERS.get(op.target, _effects)(work, op)


def _titles(work: Work, op: Remove) -> None:
    shown = sorted(work.titles, key=lambda s: s.start_ms or 0)
    gone = _meant(work, op, shown)
    work.titles = [segment for segment in work.titles if segment not in gone]
    for segment in gone:
        work.say("removed_title", text=segment.metadata.get("text", ""))


def _captions(work: Work, op: Remove) -> None:
    if not work.captions:
        raise _nothing(work, op)
    work.captions = []
    _tell(work, op)


def _chapters(work: Work, op: Remove) -> None:
    if not work.metadata.get("x_chapters"):
        raise _nothing(work, op)
    del work.metadata["x_chapters"]
    _tell(work, op)


def _music(work: Work, op: Remove) -> None:
    if work.music:
        work.music = []
    elif has_track(work, "music"):
        set_track_volume(work, "music", (0, work.was_length), 0.0, 0.0)
    else:
        raise Skip("no_music")
    _tell(work, op)


def _transitions(work: Work, op: Remove) -> None:
    gone = _meant(work, op, [piece for piece in work.pieces if piece.segment.transition is not None])
    work.pieces = [piece.with_segment(transition=None) if piece in gone else piece for piece in work.pieces]
    work.say("removed_count", what=removable(work.language, op.target), count=len(gone))


def _speed(work: Work, op: Remove) -> None:
    """Play everything at the speed of its file again."""
    if not any(piece.speed != 1 for piece in work.pieces):
        raise _nothing(work, op)
    work.pieces = [
        piece.with_segment(speed=1.0, duration_ms=piece.source_end - piece.source_start)
        for piece in work.pieces
    ]
    _tell(work, op)


def _volume(work: Work, op: Remove) -> None:
    if all(piece.segment.volume in (None, 1) for piece in work.pieces):
        raise _nothing(work, op)
    work.pieces = [piece.with_segment(volume=None) for piece in work.pieces]
    _tell(work, op)


def _effects(work: Work, op: Remove) -> None:
    """Drop the effects of a kind, those on the whole and those on stretches."""
    name, _, direction = op.target.partition("_")

    def stays(effect: dict[str, object]) -> bool:
        return effect.get("op") != name or direction not in ("", effect.get("direction"))

    effects = [effect for effect in work.effects if stays(effect)]
    pieces = [_with_effects(piece, stays) for piece in work.pieces]
    if len(effects) == len(work.effects) and pieces == work.pieces:
        raise _nothing(work, op)
    work.effects, work.pieces = effects, pieces
    if name in _SHAPES:
        set_size(work)
    _tell(work, op)


def _with_effects(piece: Piece, stays: Callable[[dict[str, object]], bool]) -> Piece:
    kept = tuple(effect for effect in piece.segment.effects if stays(effect))
    return piece if kept == piece.segment.effects else piece.with_segment(effects=kept)


def _meant(work: Work, op: Remove, found: list[_T]) -> list[_T]:
    """Return the one that is numbered, or all.

    Raises:
        Skip: there is none, or not so many.
    """
    if not found:
        raise _nothing(work, op)
    if op.number is None:
        return found
    at = op.number - 1 if op.number > 0 else len(found) + op.number
    if op.number == 0 or not 0 <= at < len(found):
        raise Skip("no_such", what=removable(work.language, op.target), count=len(found))
    return [found[at]]


def _nothing(work: Work, op: Remove) -> Skip:
    return Skip("not_there", what=removable(work.language, op.target))


def _tell(work: Work, op: Remove) -> None:
    work.say("removed", what=removable(work.language, op.target))


_HANDLERS: dict[str, Callable[[Work, Remove], None]] = {
    "title": _titles,
    "captions": _captions,
    "chapters": _chapters,
    "music": _music,
    "transition": _transitions,
    "speed": _speed,
    "volume": _volume,
}
