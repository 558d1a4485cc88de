"""Slips of the finger in the words that matter: ``trmi``, ``exprot``, ``captoins``.

Only key words are mended, and only by one slip (two in long words); a word that is itself a word
is left alone, so that "tile" never becomes a title.
"""

from __future__ import annotations

import re
from functools import lru_cache

_KEYS = (
    "trim delete remove export render download crossfade transition transitions caption captions subtitle "
    "subtitles silence silences silent pauses music background volume normalize normalise loudness louder quieter "
    "rotate vertical horizontal square brightness brighten contrast saturation watermark chapters highlight "
    "highlights merge combine split reframe resize title titles speed faster slower mute unmute degrees clockwise "
    "seconds second minutes minute filler boring shorten undo redo black white first last start beginning between "
    "quality credits timeline landscape portrait denoise noise duplicate reverse percent words vertically mirror"
).split()
_WORDS = frozenset(
    "tile tiles expert experts verge speak spend spread sound round first fist list lost lest later white while write "
    "black back block noise nose choice silent talent pause cause quite quiet muse mule must trip trio grim term team "
    "chapter charter words world sword works lords swords start star stars smart state station title little subtle "
    "second seconds beacon minute minutes minuet mirror minor speed speeds seed sped need split spilt spit merge "
    "marge large music musical volumes undone undo under redo red reds video faded blast last cast least past fast "
    "faster master factor lower slower flower louder loader ladder boring being bring boxing filter filters fuller "
    "filler killer remote removed remover delete deleted relate rotated mutes muted mite muter quietest whites "
    "highlighted captioned caption captain captains option options titled render gender tender renders sender "
    "credit credits edits trims trimmed rim tim square squares squire shorter shorten shorted silences science "
    "dating during degree noisy noises poise".split()
) | set(_KEYS)
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
            if len(key) >= (5 if slips == 1 else 9) or (slips == 1 and sorted(key) == sorted(low)):
                if _slips(low, key, slips) and _plausible(low, key):
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
