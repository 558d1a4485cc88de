"""Slips of the finger in the words that matter: ``trmi``, ``exprot``, ``captoins``.

Only key words are mended, and only by one slip (two in long words); a word that is itself a word
is left alone, so that "tile" never becomes a title.
"""

from __future__ import annotations

import re
from functools import lru_cache

_KEY_TEXT = """
trim delete remove export render download crossfade transition transitions caption captions subtitle
subtitles silence silences silent pauses music background volume normalize normalise loudness louder
quieter rotate vertical horizontal square brightness brighten contrast saturation watermark chapters
highlight highlights merge combine split reframe resize title titles speed faster slower mute unmute
degrees clockwise seconds second minutes minute filler boring shorten undo redo black white first last
start beginning between quality credits timeline landscape portrait denoise noise duplicate reverse
percent words vertically mirror where
"""
_OTHER_TEXT = """
back beacon being blast block boxing bring captain captains captioned cast cause chapter charter choice
credit dating degree deleted during edits expert experts factor faded fast filter filters fist flower
fuller gender grim highlighted killer ladder large later least lest list little loader lords lost lower
marge master minor minuet mite mule muse musical must muted muter mutes need noises noisy nose option
options past pause poise quiet quietest quite red reds relate remote removed remover renders rim rotated
round science seed sender shorted shorter smart sound speak sped speeds spend spilt spit spread squares
squire star stars state station subtle sword swords talent team tender term tile tiles tim titled trimmed
trims trio trip under undone verge video volumes were wheres while whites works world write
"""
_KEYS = _KEY_TEXT.split()
_WORDS = frozenset(_KEYS) | frozenset(_OTHER_TEXT.split())
_WORD = re.compile(r"(?<![‹\w#:/.@-])[A-Za-z]{4,14}(?![\w›#:@]|\.\w)")


def mend(text: str) -> str:
    """Return the text with key words spelt right; names with a capital letter inside are left alone."""
    return _WORD.sub(lambda match: _mended(match[0]), text)


@lru_cache(maxsize=4096)
def _mended(word: str) -> str:
    low = word.lower()
    if low in _WORDS or low.rstrip("s") in _WORDS or word[1:] != low[1:]:
        return word
    near = [key for key in _KEYS if key[0] == low[0] or sorted(key) == sorted(low)]
    for slips in (1, 2):
        for key in near:
            swapped = slips == 1 and sorted(key) == sorted(low)
            long_enough = swapped or len(key) >= (5 if slips == 1 else 9)
            if long_enough and _slips(low, key, slips) and _plausible(low, key):
                return key
    return word


def _plausible(word: str, key: str) -> bool:
    """Doubt a plain substitution in a short word: it may be another word ("music", "mufic")."""
    return len(word) != len(key) or len(key) >= 7 or sorted(word) == sorted(key)


def _slips(word: str, key: str, limit: int) -> bool:
    """Whether ``limit`` swaps, missing, extra or wrong letters turn one into the other."""
    if abs(len(word) - len(key)) > limit:
        return False
    before: list[int] = []
    row = list(range(len(key) + 1))
    for i, letter in enumerate(word, 1):
        older, before, row = before, row, [i]
        for j, wanted in enumerate(key, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != wanted))
            if i > 1 and j > 1 and letter == key[j - 2] and word[i - 2] == wanted:
                cost = min(cost, older[j - 2] + 1)
            row.append(cost)
    return row[-1] <= limit
