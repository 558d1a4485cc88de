"""An operation as a chat message: exact, numbers and all."""

from __future__ import annotations

import json
import re

from nemo_lab.protocol.plan import Operation, parse_operation

_EXACTLY = "Apply exactly this edit: "


def said(operation: Operation) -> str:
    """Return the chat message that asks for exactly this operation, numbers and all.

    A chat takes words alone; an agent that reads language reads JSON too, and loses none of it.
    """
    fields = {"op": operation.op} | operation.model_dump(mode="json", exclude_defaults=True)
    # A quote inside a text goes as \u0022, so that who looks for text in quotes finds where it ends.
    escapes = re.compile(r"\\(.)")
    plain = escapes.sub(lambda m: "\\u0022" if m[1] == '"' else m[0], json.dumps(fields, ensure_ascii=False))
    return _EXACTLY + plain


def operation_said(text: str) -> Operation | None:
    """Return the operation that a message made by :func:`said` asks for; ``None`` for any other text."""
    if not text.startswith(_EXACTLY):
        return None
    try:
        return parse_operation(json.loads(text.removeprefix(_EXACTLY)))
    except (ValueError, RecursionError):  # pydantic's error is a ValueError
        return None
