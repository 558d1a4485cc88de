"""Marks: what a sentence holds besides words (times, percentages, quoted text) as typed tokens.

``trim the first 12 seconds`` becomes ``trim ‹e:0:12000#1›``. A mark cannot be split by the clause
splitter, a rule reads its value without parsing, and :meth:`Marks.restore` gives the user's own
words back for quoting. Kinds:

====  =====================================  ====  ==============================
kind  value                                  kind  value
====  =====================================  ====  ==============================
t     a time or duration, ms                 q     text in quotes
r     a range ``start:end`` said as from-to  f     a file's name
e     a range at an edge (first, after …)    u     a URL
p     a percentage as a factor               d     decibels
x     a factor                               l     LUFS
a     an aspect ratio                        g     degrees
b     a size in bytes                        w     a set phrase (black and white)
====  =====================================  ====  ==============================
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from nemo_lab.protocol.patterns import Words
from nemo_lab.protocol.patterns import any_of as words

__all__ = ["MARK", "Marks", "any_of", "mark_of", "words"]

MARK = re.compile(r"‹([a-z]):([^#›]*)#(\d+)›")


def mark_of(kinds: str) -> str:
    """Return the pattern (two groups: kind, value) of a mark of one of these kinds."""
    return rf"‹([{kinds}]):([^#›]*)#\d+›"


def any_of(kinds: str) -> str:
    """Return the pattern, without groups, of a mark of one of these kinds."""
    return rf"‹[{kinds}]:[^#›]*#\d+›"


@dataclass
class Marks:
    """What each mark of one sentence stands for."""

    sources: list[str] = field(default_factory=list)
    spellings: list[tuple[str, str]] = field(default_factory=list)
    """What was put in place of the user's own words: now, and as it was said."""

    def put(self, kind: str, value: object, source: str) -> str:
        """Return a new mark for ``source``."""
        self.sources.append(source)
        shown = "" if kind in "qfu" else value
        return f"‹{kind}:{shown}#{len(self.sources) - 1}›"

    def replace(
        self,
        kind: str,
        pattern: Words | re.Pattern[str],
        text: str,
        value: Callable[[re.Match[str]], object | None],
    ) -> str:
        """Replace what matches by marks; a value of ``None`` leaves the words as they are."""

        def one(match: re.Match[str]) -> str:
            found = value(match)
            return match[0] if found is None else self.put(kind, found, match[0])

        return pattern.sub(one, text)

    def restore(self, text: str) -> str:
        """Return the text as the user wrote it."""
        text = self.without_marks(text)
        for now, said in reversed(self.spellings):
            text = text.replace(now, said) if len(now) == len(said) == 1 else text.replace(now, said, 1)
        return text.strip()

    def without_marks(self, text: str) -> str:
        """Return the text with the words of its marks, in the grammar's words where the user had others."""
        while MARK.search(text):
            text = MARK.sub(lambda match: self.sources[int(match[3])], text)
        return text

    def reworded(self, now: str, said: str) -> None:
        """Note other words for the user's own, so that :meth:`restore` gives those back."""
        self.spellings.append((now, said))
