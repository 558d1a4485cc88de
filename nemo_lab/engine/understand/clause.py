"""One clause, as the rules see it, and what a rule may find in it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from nemo_lab.engine.understand.literals import literal
from nemo_lab.engine.understand.marks import Marks, mark_of
from nemo_lab.engine.understand.places import clips
from nemo_lab.protocol.draft import Draft
from nemo_lab.protocol.patterns import Words
from nemo_lab.protocol.plan import Language, Operation, Question


@dataclass(frozen=True, slots=True)
class Unsupported:
    """Something that was asked for and cannot be done, in the user's words."""

    text: str


@dataclass(frozen=True, slots=True)
class KeepAll:
    """The wish that nothing be lost: it contradicts every removal."""

    text: str


Finding = Operation | Question | Unsupported | KeepAll
Findings = tuple[Finding, ...]
Span = tuple[int | None, int | None]


@dataclass(frozen=True)
class Clause:
    """A clause with marks in place of quantities; ``whole`` is what the sentence says besides."""

    text: str
    marks: Marks
    language: Language
    session: Draft | None = None
    exports: bool = False
    """Whether the same sentence asks for the file."""

    def with_text(self, text: str) -> Clause:
        """Return the clause with other words."""
        return replace(self, text=text)

    def find(self, pattern: Words | re.Pattern[str]) -> re.Match[str] | None:
        """Search the words."""
        return pattern.search(self.text)

    def has(self, pattern: Words | re.Pattern[str]) -> bool:
        """Whether the words match anywhere."""
        return pattern.search(self.text) is not None

    def said(self) -> str:
        """Return the clause as the user wrote it."""
        return self.marks.restore(self.text).strip(" ,.;!")

    def words(self) -> str:
        """Return the clause without marks, as the rules read it."""
        return self.marks.without_marks(self.text).strip(" ,.;!")

    def values(self, kinds: str) -> list[str]:
        """Return the values of all marks of these kinds, in order."""
        return [match[2] for match in re.finditer(mark_of(kinds), self.text)]

    def value(self, kind: str) -> float | None:
        """Return the first value of a kind, as a number."""
        found = self.values(kind)
        return float(found[0]) if found else None

    def time(self) -> int | None:
        """Return the first time that is not part of a span, in ms."""
        found = self.values("t")
        return int(found[0]) if found else None

    def spans(self, kinds: str = "re") -> list[Span]:
        """Return the stretches of the timeline that are named, in order: by times, else clips by number."""
        said: list[Span] = [read_span(value) for value in self.values(kinds)]
        return said or [(start, end) for start, end in clips(self.text, self.session) or ()]

    def span(self) -> Span:
        """Return the first stretch, or the whole."""
        return next(iter(self.spans()), (None, None))

    def literals(self, kind: str) -> list[str]:
        """Return the quoted texts (q), names of files (f) or URLs (u)."""
        indexes = [int(m[1]) for m in re.finditer(rf"‹{kind}:[^#›]*#(\d+)›", self.text)]
        return [literal(self.marks, index) for index in indexes]


Rule = Callable[[Clause], Findings | None]
Reader = Rule
"""All rules as one."""


def read_span(value: str) -> Span:
    """Read the value of a span's mark."""
    start, end = value.split(":")
    return (int(start) if start else None), (int(end) if end else None)
