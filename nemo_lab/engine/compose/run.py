"""Carry a plan out on a draft."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from nemo_lab.engine.compose import (
    cuts,
    joins,
    look,
    marks,
    pauses,
    remove,
    restore,
    said,
    select,
    sound,
    titles,
)
from nemo_lab.engine.compose.finish import changed_ids, finished
from nemo_lab.engine.compose.marks import Order
from nemo_lab.engine.compose.model import Composition, Library, Skip
from nemo_lab.engine.compose.words import say, word
from nemo_lab.engine.compose.work import Work
from nemo_lab.errors import EditError
from nemo_lab.protocol.draft import Draft
from nemo_lab.protocol.plan import Export, Keep, Language, Merge, Operation, Protect, Redo, Undo, Watermark

_HANDLERS: dict[str, Callable[[Work, Any], None]] = {
    "merge": cuts.merge,
    "protect": cuts.protect,
    "cut": lambda work, op: (said.cut_said if op.said else cuts.cut)(work, op),
    "remove_silence": pauses.remove_silence,
    "remove_fillers": said.remove_fillers,
    "condense": select.condense,
    "highlights": select.highlight,
    "captions": said.captions,
    "chapters": select.chapters,
    "split": cuts.split,
    "speed": cuts.speed,
    "reorder": cuts.reorder,
    "restore": restore.restore,
    "transition": joins.transition,
    "fade": look.fade,
    "title": titles.title,
    "music": sound.music,
    "volume": sound.volume,
    "mute": sound.mute,
    "normalize": sound.normalize,
    "denoise": sound.denoise,
    "reframe": look.reframe,
    "resize": look.resize,
    "rotate": look.rotate,
    "flip": look.flip,
    "color": look.color,
    "blur": look.blur,
    "zoom": look.zoom,
    "watermark": look.watermark,
    "remove": remove.remove,
}
_STRUCTURE = (
    "keep", "cut", "remove_silence", "remove_fillers", "condense", "highlights", "split", "speed", "reorder",
    "restore",
)  # fmt: skip


Step = tuple[Callable[[], None], str]
"""What is to be done, and why where it is not the user's own wish."""


def compose(
    draft: Draft, operations: Sequence[Operation], library: Library, *, language: Language = "en"
) -> Composition:
    """Carry operations out, as far as they can be, and say what was done and what was not.

    All stated times mean the timeline as it is when the plan begins, since that is where a person reads
    them; a cut earlier in the plan moves them. Joining files and protecting come first, then what changes
    the order and length of the main track, then the rest, each group in the order said. Undo, redo and
    export are not a matter of composing and are passed over.

    Raises:
        EditError: nothing is on the timeline, everything would be removed, or no wish can be carried out
            because of how it was said (an empty range, a file that is not there).
    """
    wishes: list[Operation] = [op for op in operations if not isinstance(op, Undo | Redo | Export)]
    if not wishes:
        return Composition(draft)
    work = Work(draft, library, language)
    faults = _carried_out(work, _first_steps(work, wishes))
    orders, wishes = marks.orders(work, wishes)
    faults += _carried_out(work, _steps(work, orders, wishes))
    if not work.done and not work.new_titles:
        if faults:
            raise EditError(faults[0])
        return Composition(draft, notes=work.notes)
    result = finished(work)
    parts = tuple(sorted(work.parts, key=lambda part: (part.start, part.end)))
    return Composition(result, work.done, work.notes, changed_ids(draft, result), parts)


def _carried_out(work: Work, steps: Sequence[Step]) -> list[str]:
    """Do the steps; return what was wrong with those that could not be done."""
    faults = []
    for step, why in steps:
        work.cause = why
        try:
            step()
        except Skip as skip:
            faults += [say(work.language, skip.key, **skip.values)] if skip.fault else []
            work.note_skip(skip)
    return faults


def _step(work: Work, op: Operation, why: str = "") -> Step:
    return partial(_HANDLERS.get(op.op, _not_yet), work, op), why


def _first_steps(work: Work, wishes: Sequence[Operation]) -> list[Step]:
    """Return what makes the timeline that all times of the plan mean."""
    merges = [op for op in wishes if isinstance(op, Merge)]
    stills = [op for op in wishes if isinstance(op, Watermark) and op.text is None]
    steps = [_step(work, op) for op in merges]
    steps += [(partial(look.take_still, work, op), "") for op in stills]
    return steps + ([(work.rebase, "")] if steps else [])


def _steps(work: Work, orders: Sequence[Order], wishes: Sequence[Operation]) -> list[Step]:
    """Return what is to be done after that, in the order in which it is done."""
    protects = [op for op in wishes if isinstance(op, Protect)]
    keeps = [op for op in wishes if isinstance(op, Keep)]
    structure = [op for op in wishes if op.op in _STRUCTURE]
    rest = [op for op in wishes if op not in protects + structure and not isinstance(op, Merge)]
    # What is to stay is known before anything goes.
    first = sorted(orders, key=lambda order: not isinstance(order[0], Protect))
    steps = [_step(work, op) for op in protects] + [_step(work, op, why) for op, why in first]
    for op in structure:
        if not isinstance(op, Keep):
            steps.append(_step(work, op))
        elif op is keeps[0]:
            steps.append((partial(cuts.keep, work, keeps), ""))
    return steps + [_step(work, op) for op in rest]


def _not_yet(work: Work, op: Operation) -> None:
    raise Skip("not_yet", fault=False, what=word(work.language, op.op))
