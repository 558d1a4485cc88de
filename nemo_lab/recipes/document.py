"""Writing new values into a TOML document while its comments and layout stay."""

from __future__ import annotations

import re
from typing import Any

import tomlkit
from tomlkit.items import Array, Table

_LITERAL = re.compile(r"[ -&(-~][ -&(-~\n]*")
"""What can stand between three single quotes as it is (TOML 1.0, literal strings): readable, line by line."""


def update_document(document: tomlkit.TOMLDocument, values: dict[str, Any]) -> None:
    """Make the document say ``values`` and nothing else, touching only what differs."""
    for key in [key for key in document if key not in values]:
        del document[key]
    for key, value in values.items():
        if key not in document:
            document[key] = _item(value)
        elif document[key].unwrap() != value:  # what is equal keeps its comments
            document[key] = _updated(document[key], value)


def _updated(old: Any, value: Any) -> Any:
    if isinstance(old, Table) and isinstance(value, dict):
        for key in [key for key in old if key not in value]:
            del old[key]
        for key, item in value.items():
            if key not in old or old[key] != item:
                old[key] = item
        return old
    if isinstance(old, Array) and isinstance(value, list):
        return _updated_array(old, value)
    return _item(value)


def _updated_array(old: Array, value: list[Any]) -> Array:
    """Keep the elements, and their comments, up to the first that differs."""
    before = old.unwrap()
    same = next((n for n, (a, b) in enumerate(zip(before, value, strict=False)) if a != b), None)
    keep = min(len(before), len(value)) if same is None else same
    while len(old) > keep:
        del old[-1]
    for item in value[keep:]:
        old.append(_inline(item))
    return old


def _item(value: Any) -> Any:
    if isinstance(value, dict):
        table = tomlkit.table()
        for key, item in value.items():
            table[key] = _item(item)
        return table
    if isinstance(value, str) and "\n" in value and _LITERAL.fullmatch(value):
        return tomlkit.string(value, literal=True, multiline=True)
    if isinstance(value, list):
        array = tomlkit.array()
        for item in value:
            array.append(_inline(item))
        return array.multiline(len(value) > 1)
    return tomlkit.item(value)


def _inline(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    table = tomlkit.inline_table()
    table.update(value)
    return table
