"""Putting parameters into steps."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from nemo_lab.errors import RecipeError
from nemo_lab.protocol.plan import Operation, parse_operation

_PLACEHOLDER = re.compile(r"\{\{|\}\}|\{([A-Za-z_]\w*)\}")
_NAME = re.compile(r"\{([A-Za-z_]\w*)\}")


def filled(step: str | Operation, values: Mapping[str, Any]) -> str | Operation:
    """Return a step with parameters put in, in one pass, so that a value is never read as a template.

    In a sentence every name in braces is a parameter, and a doubled brace is a brace. The texts of an
    operation are kept as they were said, so there only the names of parameters that exist are replaced.

    Raises:
        RecipeError: a sentence names a parameter that has no value, or an operation cannot take a value.
    """
    return _sentence(step, values) if isinstance(step, str) else _operation(step, values)


def _sentence(text: str, values: Mapping[str, Any]) -> str:
    def value(match: re.Match[str]) -> str:
        if match[1] is None:
            return match[0][0]
        if match[1] not in values:
            raise RecipeError(
                f"the step {text!r} needs a parameter {match[1]!r}",
                remedy="Give it under [parameters], or write {{ for a brace.",
            )
        return str(values[match[1]])

    return _PLACEHOLDER.sub(value, text)


def _operation(step: Operation, values: Mapping[str, Any]) -> Operation:
    def value(match: re.Match[str]) -> str:
        return str(values.get(match[1], match[0]))

    written = step.model_dump(exclude_unset=True) | {"op": step.op}
    texts = {name: _NAME.sub(value, text) for name, text in written.items() if isinstance(text, str)}
    if all(written[name] == text for name, text in texts.items()):
        return step
    try:
        return parse_operation(written | texts)
    except ValidationError as exc:
        first = exc.errors(include_url=False)[0]
        raise RecipeError(f"{step.op} cannot take this parameter: {first['msg']}") from None
