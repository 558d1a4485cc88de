"""Find where something is said."""

from __future__ import annotations

import re
from collections.abc import Sequence

from nemo_lab.engine.words.model import CJK, Word

_TRIM = re.compile(r"[^\w]+", re.UNICODE)
_ALIKE = 0.75
"""At least this part of what is looked for must be found: speech models mishear a word now and then."""


def find_words(words: Sequence[Word], phrase: str) -> list[tuple[int, int]]:
    """Return every place where a phrase is said, as (start, end) in ms, ascending and apart.

    Case and punctuation do not matter. Where it is said nowhere to the letter, the one place that is most
    like it is taken, if it is like enough.

    Args:
        words: of a transcript.
        phrase: what is looked for.
    """
    wanted = _tokens(phrase)
    said = [(token, number) for number, word in enumerate(words) for token in _tokens(word.text)]
    if not wanted or not said:
        return []
    tokens = [token for token, _ in said]
    places = _exact(tokens, wanted) or _nearest(tokens, wanted)
    return [(words[said[a][1]].start_ms, words[said[b - 1][1]].end_ms) for a, b in places]


def bare(text: str) -> str:
    """Return a word without its case and punctuation."""
    return _TRIM.sub("", text).casefold()


def _tokens(text: str) -> list[str]:
    """Return words without case and punctuation; of Chinese and the like, letters."""
    result: list[str] = []
    for word in re.findall(r"[\w'’]+", text.casefold()):
        if CJK.search(word):
            result += [char for char in word if char.isalnum()]
        elif bare(word):
            result.append(bare(word))
    return result


def _exact(said: list[str], wanted: list[str]) -> list[tuple[int, int]]:
    found, at = [], 0
    while at + len(wanted) <= len(said):
        if said[at : at + len(wanted)] == wanted:
            found.append((at, at + len(wanted)))
            at += len(wanted)
        else:
            at += 1
    return found


def _nearest(said: list[str], wanted: list[str]) -> list[tuple[int, int]]:
    """Return the place with the fewest words wrong, missing or too many, if that is few enough.

    The classic table of edit distances, with a free start: each cell knows where its match began.
    """
    above = [(0, start) for start in range(len(said) + 1)]
    for row, token in enumerate(wanted, 1):
        line = [(row, 0)]
        for column, other in enumerate(said, 1):
            cost, start = above[column - 1]
            line.append(
                min(
                    (cost + (token != other), start),
                    (above[column][0] + 1, above[column][1]),
                    (line[column - 1][0] + 1, line[column - 1][1]),
                )
            )
        above = line
    end = min(range(1, len(said) + 1), key=lambda column: above[column][0])
    wrong, start = above[end]
    return [(start, end)] if start < end and wrong <= len(wanted) * (1 - _ALIKE) else []
