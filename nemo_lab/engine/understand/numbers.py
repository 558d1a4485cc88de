"""Numbers in figures and in words: ``12``, ``0.5``, ``twenty-five``, ``三十二``, ``一点五``."""

from __future__ import annotations

import re
from fractions import Fraction

_SMALL = """
zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
seventeen eighteen nineteen
"""
_ROUND = "twenty thirty forty fifty sixty seventy eighty ninety"
_ONES = {word: value for value, word in enumerate(_SMALL.split())}
_TENS = {word: value for value, word in zip(range(20, 100, 10), _ROUND.split(), strict=True)}
_DIGITS = {**{word: value for value, word in enumerate("零一二三四五六七八九")}, "〇": 0, "两": 2}
_SCALES = {"十": 10, "百": 100, "千": 1000}

_ONE = "|".join(sorted(_ONES, key=len, reverse=True))
_TEN = "|".join(_TENS)
_BELOW_100 = rf"(?:(?:{_TEN})(?:[ -](?:one|two|three|four|five|six|seven|eight|nine))?|(?:{_ONE}))"
ENGLISH = (
    rf"(?:\b(?:(?:a|one|two|three|four|five|six|seven|eight|nine) hundred(?: and)?(?: {_BELOW_100})?"
    rf"|{_BELOW_100})\b)"
)
FIGURES = r"(?:\d{1,3}(?:,\d{3}){1,3}(?:\.\d{1,6})?|\d{1,9}(?:\.\d{1,6})?|\.\d{1,6})"
CHINESE = r"(?:[零〇一二两三四五六七八九十百千]{1,9}(?:点[零〇一二三四五六七八九]{1,6})?)"
NUMBER = rf"(?:{FIGURES}|{ENGLISH}|{CHINESE})"
"""Pattern (no groups) of a number written in any of the ways."""

_HUNDRED = re.compile(
    rf"^(a|one|two|three|four|five|six|seven|eight|nine) hundred(?: and)?(?: ({_BELOW_100}))?$"
)


def number(text: str) -> Fraction:
    """Return the value of a number that :data:`NUMBER` matched.

    Raises:
        ValueError: it is not a number.
    """
    text = text.strip().lower()
    if re.fullmatch(FIGURES, text):
        return Fraction(text.replace(",", ""))
    if re.fullmatch(CHINESE, text):
        return _chinese(text)
    hundred = _HUNDRED.match(text)
    if hundred:
        lead = 1 if hundred[1] == "a" else _ONES[hundred[1]]
        return Fraction(100 * lead + (_below_100(hundred[2]) if hundred[2] else 0))
    return Fraction(_below_100(text))


def _below_100(text: str) -> int:
    total = 0
    for word in re.split(r"[ -]", text):
        if word not in _ONES and word not in _TENS:
            raise ValueError(f"not a number: {text!r}")
        total += _ONES.get(word, 0) + _TENS.get(word, 0)
    return total


def _chinese(text: str) -> Fraction:
    whole, _, decimals = text.partition("点")
    if not any(character in _SCALES for character in whole):
        value = Fraction("".join(str(_DIGITS[character]) for character in whole))
    else:
        value = Fraction(_scaled(whole))
    if decimals:
        value += Fraction("0." + "".join(str(_DIGITS[character]) for character in decimals))
    return value


def _scaled(text: str) -> int:
    """Read 一百二十三: each scale multiplies the digit before it; 十 alone is ten."""
    total, digit = 0, 0
    for character in text:
        if character in _SCALES:
            total += (digit or 1) * _SCALES[character]
            digit = 0
        else:
            digit = _DIGITS[character]
    return total + digit
