"""Patterns of the grammar, compiled when they are first looked for, or all at once.

The grammar has over five hundred. Who only tells an edit from a question needs few of them; who reads
sentences has :func:`compile_all` do it at a time of his choice, lest single sentences wait for it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache, cached_property
from typing import Any

Replacement = str | Callable[[re.Match[str]], str]
_made: list[Words] = []


class Words:
    r"""Alternatives in which ``\b`` and ``\w`` are ASCII, so that 中文 beside a word ends it.

    It answers as a compiled pattern does; case does not count.
    """

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        _made.append(self)

    @cached_property
    def compiled(self) -> re.Pattern[str]:
        """What is looked for."""
        return re.compile(self.pattern, re.I | re.A)

    def search(self, text: str, start: int = 0) -> re.Match[str] | None:
        """Find the first place from ``start`` on."""
        return self.compiled.search(text, start)

    def match(self, text: str, start: int = 0) -> re.Match[str] | None:
        """Match at ``start``."""
        return self.compiled.match(text, start)

    def fullmatch(self, text: str) -> re.Match[str] | None:
        """Match all of the text."""
        return self.compiled.fullmatch(text)

    def finditer(self, text: str) -> Iterator[re.Match[str]]:
        """Find every place."""
        return self.compiled.finditer(text)

    def findall(self, text: str) -> list[Any]:
        """Return what every place holds."""
        return self.compiled.findall(text)

    def split(self, text: str) -> list[str]:
        """Split at every place."""
        return self.compiled.split(text)

    def sub(self, by: Replacement, text: str, count: int = 0) -> str:
        """Replace what every place holds."""
        return self.compiled.sub(by, text, count)


@cache
def any_of(*alternatives: str) -> Words:
    """Return the pattern of these alternatives, which may be patterns themselves."""
    return Words("|".join(alternatives))


def compile_all() -> None:
    """Compile all patterns that there are."""
    for pattern in _made:
        _ = pattern.compiled
