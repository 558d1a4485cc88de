"""How a typed operation is said in a chat, which takes words alone."""

from __future__ import annotations

import json

from nemo_lab.protocol.plan import Operation


def message_of(step: str | Operation) -> str:
    """Return the chat message of a step: a sentence as it is, an operation as its exact JSON.

    An agent that reads language reads JSON too, and loses none of its numbers.
    """
    if isinstance(step, str):
        return step
    fields = {"op": step.op} | step.model_dump(mode="json", exclude_defaults=True)
    return f"Apply exactly this edit: {json.dumps(fields, ensure_ascii=False)}"
