"""Put the borders of words right.

A speech model knows to a few tenths of a second when a word is said; the voice's own level knows better.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from nemo_lab.engine.analysis.borders import Levels
from nemo_lab.engine.analysis.silence import quietest
from nemo_lab.engine.analysis.spans import Span
from nemo_lab.engine.words.model import Word

_SLACK_MS = 80
"""How far a border between two words may move to a quieter window."""
_LEAST_MS = 40


def fitted(words: Sequence[Word], speech: Sequence[Span], levels: Levels) -> list[Word]:
    """Return the words with borders in order, at quiet places, and inside what was heard as speech.

    Args:
        words: as the model wrote them down, ascending.
        speech: where somebody speaks, ascending; empty when that is not known.
        levels: of the voice.
    """
    if not words:
        return []
    starts, ends = [word.start_ms for word in words], [word.end_ms for word in words]
    for number in range(len(words)):
        span = _nearest(starts[number], ends[number], speech)
        if span is not None:
            starts[number] = min(max(starts[number], span[0]), span[1] - _LEAST_MS)
            ends[number] = max(min(ends[number], span[1]), starts[number] + _LEAST_MS)
    for number in range(len(words) - 1):
        if starts[number + 1] - ends[number] < _SLACK_MS:
            middle = (starts[number + 1] + ends[number]) // 2
            ends[number] = starts[number + 1] = quietest(levels, middle, _SLACK_MS)
    return _in_order(words, starts, ends)


def _nearest(start: int, end: int, speech: Sequence[Span]) -> Span | None:
    """Return the stretch of speech that a word belongs to: the one that it shares most with, else the
    nearest."""
    if not speech:
        return None
    at = bisect_right(speech, (start, end))
    near = speech[max(0, at - 2) : at + 2]
    return max(near, key=lambda span: min(end, span[1]) - max(start, span[0]))


def _in_order(words: Sequence[Word], starts: list[int], ends: list[int]) -> list[Word]:
    result: list[Word] = []
    cursor = 0
    for word, start, end in zip(words, starts, ends, strict=True):
        start = max(start, cursor)
        cursor = max(end, start + _LEAST_MS)
        result.append(word.model_copy(update={"start_ms": start, "end_ms": cursor}))
    return result
