"""What a model may answer, and what of it is taken."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from nemo_lab.engine.understand.llm.briefing import NOT_OFFERED
from nemo_lab.engine.understand.material import File
from nemo_lab.protocol.draft import Draft
from nemo_lab.protocol.plan import EditPlan, Merge, Music, Operation, Split, Watermark

MOST_OPERATIONS = 100
"""In one reply; a list of cuts may be long."""
LONGEST_REPLY = 100_000
"""Characters that are read of a reply."""
MOST_PIECES = 1000
"""Into which a model may have the timeline split."""
LONGEST_TIMELINE = 24 * 3_600_000
"""ms; bounds times where the timeline itself is not known."""


class Proposal(BaseModel):
    """A model's reply. Everything in it has a type; a reply with anything else is no reply."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    operations: tuple[Operation, ...] = Field(max_length=MOST_OPERATIONS)
    not_possible: tuple[str, ...] = Field(default=(), max_length=20)


def read_reply(text: str) -> Proposal:
    """Return what a reply proposes: the JSON object in it, whatever stands around.

    Raises:
        ValueError: there is none, or not one of this kind; the message says what is wrong and quotes nothing.
    """
    start, end = text.find("{", text.rfind("</think>") + 1), text.rfind("}")
    if len(text) > LONGEST_REPLY or not 0 <= start < end:
        raise ValueError("Answer with one JSON object of the described form and nothing else.")
    try:
        data = json.loads(text[start : end + 1])
        json.dumps(data, allow_nan=False)  # neither NaN nor infinity is a number to edit with
        return Proposal.model_validate(data)
    except ValidationError as exc:
        faults = exc.errors(include_input=False, include_url=False, include_context=False)[:5]
        lines = "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in faults)
        raise ValueError(f"Not of the described form: {lines}") from None
    except (ValueError, RecursionError):
        raise ValueError("That is no valid JSON object.") from None


def taken(
    proposal: Proposal, plan: EditPlan, draft: Draft, files: Mapping[str, File]
) -> tuple[list[Operation], list[str]]:
    """Return the operations that are taken, and the names of those that are not.

    Times are brought within the timeline. Not taken is what only the user can ask for, what names a file
    that was not uploaded, an empty stretch, and a split into more than :data:`MOST_PIECES`.
    """
    limit = max(1, draft.length_ms) if draft.ready else LONGEST_TIMELINE
    if any(isinstance(op, Merge) for op in proposal.operations):
        limit += sum(file.info.duration_ms for file in files.values())
    known = {name.casefold() for key, file in files.items() for name in (key, file.name)}
    good: list[Operation] = []
    left: list[str] = []
    for proposed in proposal.operations:
        op = _clamped(proposed, limit)
        if isinstance(op, NOT_OFFERED) or not _files_of(op) <= known or _senseless(op, limit):
            left.append(op.op)
        elif op not in good and op not in plan.operations:
            good.append(op)
    return good, left


def _clamped(op: Operation, limit: int) -> Operation:
    """Return an operation with all its times within the timeline, whose length in ms is ``limit``."""
    changes: dict[str, Any] = {}
    for name in type(op).model_fields:
        value = getattr(op, name)
        if name.endswith("_ms") and isinstance(value, int):
            changes[name] = max(-limit, min(limit, value))
    return op.model_copy(update=changes)


def _files_of(op: Operation) -> set[str]:
    """Return the names of the files that an operation needs."""
    if isinstance(op, Merge):
        return {name.casefold() for name in op.files}
    if isinstance(op, Music | Watermark) and op.file is not None:
        return {op.file.casefold()}
    return set()


def _senseless(op: Operation, limit: int) -> bool:
    """Tell whether there is nothing where the operation is to happen, or far too much."""
    if isinstance(op, Split):
        return op.every_ms is not None and limit // op.every_ms > MOST_PIECES
    ends = [getattr(op, name, None) for name in ("start_ms", "end_ms")]
    if "end_ms" not in type(op).model_fields:
        return False
    start, end = (
        open_end if at is None else at + limit * (at < 0)
        for at, open_end in zip(ends, (0, limit), strict=True)
    )
    return start >= end
