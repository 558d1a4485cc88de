"""Where in a TOML document something stands, so that an error can name the line.

Neither tomlkit nor tomllib keeps positions. The document is known to be valid TOML when these functions
see it, so a scanner that knows strings, comments and brackets is enough.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

_SKIP = re.compile(r'"""(?:\\.|[^\\])*?"""|\'\'\'.*?\'\'\'|"(?:\\.|[^"\\])*"|\'[^\'\n]*\'|#[^\n]*', re.DOTALL)
_HEADER = re.compile(r"^[ \t]*(\[\[?)[ \t]*([A-Za-z0-9_\-.]+)[ \t]*\]\]?", re.MULTILINE)


def line_of(text: str, path: Sequence[str | int]) -> int | None:
    """Return the line (first is 1) of what ``path`` names, or of the nearest thing around it.

    Args:
        text: the document.
        path: keys and list positions, as in a pydantic error's ``loc``.
    """
    plain = _SKIP.sub(_blank, text)
    if not path or not isinstance(path[0], str):
        return None
    start, end = _top_level(plain, path[0], path[1] if len(path) > 1 else None)
    if start is None:
        return None
    for part in path[1:]:
        if isinstance(part, int):
            start, end = _element(plain, start, end, part)
        else:
            found = _key(plain, part, start, end)
            start = start if found is None else found
    return text.count("\n", 0, start) + 1


def _blank(match: re.Match[str]) -> str:
    """Replace strings and comments by as many filler characters, so that positions stay."""
    filler = " " if match[0].startswith("#") else "x"
    return re.sub(r"[^\n]", filler, match[0])


def _top_level(plain: str, key: str, index: str | int | None) -> tuple[int | None, int]:
    """Find ``key = …`` before the first table, or the table ``[key]`` (the n-th of ``[[key]]``)."""
    headers = list(_HEADER.finditer(plain))
    tables_begin = next((h.start() for h in headers if not _inside_array(plain, h.start())), len(plain))
    found = _key(plain, key, 0, tables_begin)
    if found is not None:
        return found, tables_begin
    own = [h for h in headers if h[2] == key]
    if not own:
        return None, len(plain)
    chosen = own[index] if isinstance(index, int) and index < len(own) else own[0]
    after = [h.start() for h in headers if h.start() > chosen.start()]
    return chosen.start(), after[0] if after else len(plain)


def _inside_array(plain: str, position: int) -> bool:
    before = plain[:position]
    return before.count("[") > before.count("]")


def _key(plain: str, key: str, start: int, end: int) -> int | None:
    """Find ``key =`` between two positions."""
    found = re.compile(rf"(?<![\w.-]){re.escape(key)}[ \t]*=").search(plain, start, end)
    return found.start() if found else None


def _element(plain: str, start: int, end: int, index: int) -> tuple[int, int]:
    """Find the n-th element of the array that begins after ``start``; without one, stay there."""
    opening = plain.find("[", start, end)
    if opening < 0 or plain.startswith("[[", start):
        return start, end
    for number, (first, last) in enumerate(_elements(plain, opening)):
        if number == index:
            lead = len(plain[first:last]) - len(plain[first:last].lstrip())
            return first + lead, last
    return start, end


def _elements(plain: str, opening: int) -> Iterator[tuple[int, int]]:
    """Yield where each element of an array begins and ends."""
    depth, first = 0, opening + 1
    for position in range(opening, len(plain)):
        char = plain[position]
        depth += (char in "[{") - (char in "]}")
        if (char == "," and depth == 1) or depth == 0:
            yield first, position
            first = position + 1
        if depth == 0:
            return
