"""Find filler words. A word that is wrongly taken for one is worse than one that stays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from nemo_lab.engine.words.find import bare
from nemo_lab.engine.words.model import Word

_LIGHT = {
    "um", "umm", "ummm", "uhm", "uh", "uhh", "er", "err", "erm", "hm", "hmm", "hmmm", "mm", "mmm", "eh",
    "嗯", "呃", "嗯嗯", "呃呃",
}  # fmt: skip
_ALONE = {"额", "唔", "啊", "哦"}
"""Fillers only where they stand alone: they are parts of words, or mean something, too."""
_PHRASES = (("you", "know"), ("i", "mean"), ("sort", "of"), ("kind", "of"))
_ZH_PHRASES = ("那个", "就是说", "怎么说呢")
_APART_MS = 120
"""Silence beside what stands alone."""
_LONGEST_MS = 1_500
"""A filler that takes longer than this was misheard."""
_PUNCTUATION = (",", ".", "…", "，", "。", "、", "?", "？")


def fillers(words: Sequence[Word], level: Literal["light", "medium"] = "light") -> list[tuple[int, int]]:
    """Return where filler words are said, as (start, end) in ms, ascending and apart.

    Args:
        words: of a transcript.
        level: ``light`` finds sounds of hesitation; ``medium`` also phrases such as “you know”, but only
            where they stand alone, between commas or pauses: “do you know him” stays.
    """
    plain = [bare(word.text) for word in words]
    found: list[tuple[int, int]] = []
    number = 0
    while number < len(words):
        count = _filler_at(words, plain, number, level)
        if count:
            start, end = words[number].start_ms, words[number + count - 1].end_ms
            if end - start <= _LONGEST_MS * count:
                found.append((start, end))
        number += count or 1
    return found


def _filler_at(words: Sequence[Word], plain: list[str], at: int, level: str) -> int:
    """Return how many words the filler at this place has; 0 for none."""
    if plain[at] in _LIGHT:
        return 1
    if plain[at] in _ALONE and _alone(words, at, at + 1):
        return 1
    if level == "light":
        return 0
    for phrase in _PHRASES:
        end = at + len(phrase)
        if tuple(plain[at:end]) == phrase and _alone(words, at, end):
            return len(phrase)
    for text in _ZH_PHRASES:
        for end in range(at + 1, min(len(words), at + len(text)) + 1):
            if "".join(plain[at:end]) == text and _alone(words, at, end):
                return end - at
    return 0


def _alone(words: Sequence[Word], first: int, end: int) -> bool:
    """Tell whether words stand apart from what is before and after, by pauses or punctuation."""
    return _apart(words, first) and _apart(words, end)


def _apart(words: Sequence[Word], at: int) -> bool:
    if at in {0, len(words)}:
        return True
    before, after = words[at - 1], words[at]
    return before.text.rstrip().endswith(_PUNCTUATION) or after.start_ms - before.end_ms >= _APART_MS
