"""A transcript, as data that goes over a pipe and into a cache."""

from __future__ import annotations

import re

from pydantic import BaseModel, ConfigDict

CJK = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uac00-\ud7af]")
"""A letter of Chinese, Japanese or Korean: written without spaces, or wide."""


class Word(BaseModel):
    """One word, or one letter of Chinese and the like, with the punctuation that follows it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    text: str
    """With a leading space where one belongs."""
    start_ms: int
    end_ms: int
    probability: float = 1.0


class Transcript(BaseModel):
    """What is said in a file. Times are the file's."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    language: str
    """ISO 639-1: ``en``, ``zh``."""
    model: str = ""
    """What wrote it down."""
    words: tuple[Word, ...] = ()

    @property
    def text(self) -> str:
        """All of it, as one text."""
        return "".join(word.text for word in self.words).strip()

    @property
    def gaps(self) -> list[tuple[int, int]]:
        """Where one word ends and the next begins: (end, start) in ms, possibly the same."""
        ends = zip(self.words, self.words[1:], strict=False)
        return [(a.end_ms, max(a.end_ms, b.start_ms)) for a, b in ends]
