"""Carry a plan out on a draft."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from nemo_lab.engine.compose import cuts, joins, look, pauses, remove, said, select, sound, titles
from nemo_lab.engine.compose.finish import changed_ids, finished
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
    "keep", "cut", "remove_silence", "remove_fillers", "condense", "highlights", "split", "speed", "reorder"
)  # fmt: skip


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
    wishes = [op for op in operations if not isinstance(op, Undo | Redo | Export)]
    if not wishes:
        return Composition(draft)
    work = Work(draft, library, language)
    faults = []
    for step in _steps(work, wishes):
        try:
            step()
        except Skip as skip:
            faults += [say(language, skip.key, **skip.values)] if skip.fault else []
            work.note_skip(skip)
    if not work.done and not work.new_titles:
        if faults:
            raise EditError(faults[0])
        return Composition(draft, notes=work.notes)
    result = finished(work)
    return Composition(result, work.done, work.notes, changed_ids(draft, result))


def _steps(work: Work, wishes: Sequence[Operation]) -> list[Callable[[], None]]:
    """Return what is to be done, in the order in which it is done."""

    def do(op: Operation) -> Callable[[], None]:
        return partial(_HANDLERS.get(op.op, _not_yet), work, op)

    merges = [op for op in wishes if isinstance(op, Merge)]
    marks = [op for op in wishes if isinstance(op, Watermark)]
    protects = [op for op in wishes if isinstance(op, Protect)]
    keeps = [op for op in wishes if isinstance(op, Keep)]
    structure = [op for op in wishes if op.op in _STRUCTURE]
    rest = [op for op in wishes if op not in merges + protects + structure]
    steps: list[Callable[[], None]] = [do(op) for op in merges]
    steps += [partial(look.take_still, work, op) for op in marks]
    steps += [work.rebase] if merges or marks else []
    steps += [do(op) for op in protects]
    for op in structure:
        if not isinstance(op, Keep):
            steps.append(do(op))
        elif op is keeps[0]:
            steps.append(partial(cuts.keep, work, keeps))
    return steps + [do(op) for op in rest]


def _not_yet(work: Work, op: Operation) -> None:
    raise Skip("not_yet", fault=False, what=word(work.language, op.op))
