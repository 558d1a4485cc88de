"""Captions that are wanted as a file: whatever else a sentence says, they must be there, and be exported."""

from __future__ import annotations

from nemo_lab.engine.understand.rules.vocabulary import NOT_BURNT
from nemo_lab.protocol.draft import Draft
from nemo_lab.protocol.plan import Captions, EditPlan, Export, Operation
from nemo_lab.protocol.subtitles import captions_of


def unburnt(plan: EditPlan, text: str) -> EditPlan:
    """Return the plan with captions beside the picture, wherever in the text it says so."""
    if not NOT_BURNT.search(text):
        return plan
    found: list[Operation] = []
    for op in plan.operations:
        beside = op.model_copy(update={"burn_in": False}) if isinstance(op, Captions) else op
        if not isinstance(op, Captions) or beside not in found:
            found.append(beside)
    return plan.model_copy(update={"operations": tuple(found)})


def with_subtitles(plan: EditPlan, wish: Export | None, session: Draft | None) -> EditPlan:
    """Return the plan with what a file of subtitles needs.

    Captions that are burnt in are good for a file too, and so are those that are there already: only where
    there are none are new ones made, beside the picture.

    Args:
        plan: of a sentence.
        wish: how it wants the file.
        session: the timeline as it stands.
    """
    if wish is None or wish.subtitles is None or plan.questions:
        return plan
    burnt = any(isinstance(op, Captions) and op.burn_in for op in plan.operations)
    there = burnt or (session is not None and bool(captions_of(session)))
    kept = [op for op in plan.operations if not (there and isinstance(op, Captions) and not op.burn_in)]
    exports = [op for op in kept if isinstance(op, Export)]
    edits: list[Operation] = [op for op in kept if not isinstance(op, Export)]
    if not there and not any(isinstance(op, Captions) for op in edits):
        edits.append(Captions(burn_in=False))
    last = (exports[-1] if exports else Export()).model_copy(update={"subtitles": wish.subtitles})
    route = "edit" if edits else "export"
    return plan.model_copy(update={"operations": (*edits, *exports[:-1], last), "route": route})
