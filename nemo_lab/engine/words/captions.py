"""From words to captions: at most two lines, broken where one breathes, as long as one can read them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from unicodedata import east_asian_width

from nemo_lab.engine.words.model import CJK, Word
from nemo_lab.protocol.subtitles import Cue

LINES = 2
"""Lines of a caption at most."""
WIDTH, WIDTH_CJK = 42, 36
"""Columns of a line at most; a letter of Chinese or the like takes two."""
_GAP_MS = 700
"""A longer pause ends a caption."""
_LONGEST_MS = 6_000
_SHORTEST_MS = 1_000
_LINGER_MS = 400
"""A caption stays this long after its last word, if nothing else is said."""
_STOPS = tuple(".!?…。！？")
_COMMAS = tuple(",;:，、；：")
_NEVER_FIRST = set("，。！？、；：,.!?;:%）】》」』”’…)]}ーぁぃぅぇぉっゃゅょァィゥェォッャュョ")
_NEVER_LAST = set("（【《「『“‘([{")


def cues(words: Sequence[Word], *, width: int | None = None) -> list[Cue]:
    """Return the captions of words, ascending and apart.

    Args:
        words: ascending.
        width: columns of a line at most; ``None`` is 42, or 36 (18 letters) for Chinese and the like.
    """
    limit = width or (WIDTH_CJK if CJK.search("".join(word.text for word in words)) else WIDTH)
    groups: list[list[Word]] = []
    for word in words:
        if not groups or _ends(groups[-1], word, limit):
            groups.append([])
        groups[-1].append(word)
    made = [
        Cue(group[0].start_ms, group[-1].end_ms, broken(_joined(group), limit))
        for group in _balanced(groups, limit)
        if _joined(group)
    ]
    return ready_cues(made)


def ready_cues(made: Sequence[Cue]) -> list[Cue]:
    """Return the captions with time to be read: each stays a little longer, but never into the next."""
    result = []
    for number, cue in enumerate(made):
        room = made[number + 1].start if number + 1 < len(made) else cue.end + _SHORTEST_MS
        end = min(max(cue.end + _LINGER_MS, cue.start + _SHORTEST_MS), room)
        result.append(replace(cue, end=max(end, min(cue.end, room), cue.start + 1)))
    return result


def _ends(group: list[Word], word: Word, limit: int) -> bool:
    """Tell whether a caption ends before a word."""
    text = group[-1].text.rstrip()
    if _clings(word):
        return False
    if word.start_ms - group[-1].end_ms > _GAP_MS or word.end_ms - group[0].start_ms > _LONGEST_MS:
        return True
    if len(broken(_joined([*group, word]), limit)) > LINES:
        return True
    return text.endswith(_STOPS) and columns(_joined(group)) > limit // 3


def _balanced(split: list[list[Word]], limit: int) -> list[list[Word]]:
    """Move the border between two captions to a comma, where the first ran full in mid-sentence."""
    result, groups = [], list(split)
    for number in range(len(groups)):
        group, after = groups[number], groups[number + 1] if number + 1 < len(groups) else None
        full = after is not None and after[0].start_ms - group[-1].end_ms <= _GAP_MS
        at = _comma(group) if full and not group[-1].text.rstrip().endswith(_STOPS + _COMMAS) else None
        if at is not None and after is not None and _fits(group[at:] + after, limit):
            groups[number + 1] = group[at:] + after
            group = group[:at]
        result.append(group)
    return result


def _fits(group: list[Word], limit: int) -> bool:
    lasts = group[-1].end_ms - group[0].start_ms
    return lasts <= _LONGEST_MS and len(broken(_joined(group), limit)) <= LINES


def _comma(group: list[Word]) -> int | None:
    """Return where the last part of a caption begins after a comma, if that is in its second half."""
    for at in range(len(group) - 1, len(group) // 2, -1):
        if group[at - 1].text.rstrip().endswith(_COMMAS):
            return at
    return None


def broken(text: str, limit: int) -> tuple[str, ...]:
    """Return a text in lines: one if it fits, else broken where the lines are most alike, the lower one
    rather the longer; Chinese and the like break between any letters that may part."""
    if columns(text) <= limit:
        return (text,)
    places = [at for at in range(1, len(text)) if _may_break(text, at)]
    fitting = [at for at in places if columns(text[:at].strip()) <= limit]
    if not fitting:
        return (text,)
    even = [at for at in fitting if columns(text[at:].strip()) <= limit]
    if even:
        at = min(even, key=lambda at: _unevenness(text, at))
        return (text[:at].strip(), text[at:].strip())
    return (text[: fitting[-1]].strip(), *broken(text[fitting[-1] :].strip(), limit))


def _unevenness(text: str, at: int) -> float:
    first, second = columns(text[:at].strip()), columns(text[at:].strip())
    after_stop = text[:at].rstrip().endswith(_STOPS + _COMMAS)
    return abs(first - second) + (first > second) - (12 if after_stop else 0)


def _may_break(text: str, at: int) -> bool:
    """Tell whether a line may end before ``text[at]``."""
    before, after = text[at - 1], text[at]
    if after in _NEVER_FIRST or before in _NEVER_LAST:
        return False
    return before.isspace() or CJK.match(before) is not None or CJK.match(after) is not None


def _clings(word: Word) -> bool:
    """Tell whether a word cannot begin a caption: nothing but punctuation, or the rest of a word."""
    text = word.text
    return not text.strip() or text.strip()[0] in _NEVER_FIRST


def _joined(group: Sequence[Word]) -> str:
    return " ".join("".join(word.text for word in group).split())


def columns(text: str) -> int:
    """Return how wide a text is; wide letters count two."""
    return sum(2 if east_asian_width(char) in "WF" else 1 for char in text)
