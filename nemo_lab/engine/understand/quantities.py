"""Percentages, factors, decibels, loudness, angles, aspect ratios and file sizes as marks."""

from __future__ import annotations

import re
from fractions import Fraction

from nemo_lab.engine.understand.marks import Marks, words
from nemo_lab.engine.understand.numbers import CHINESE, ENGLISH, FIGURES, NUMBER, number

_MINUS = r"(?:[-−–]|minus |negative |负)"
_ASPECTS = [
    "9:16",
    "16:9",
    "4:5",
    "5:4",
    "1:1",
    "4:3",
    "3:4",
    "2:3",
    "3:2",
    "21:9",
    "9:21",
    "1:2",
    "2:1",
    "2.35:1",
    "2.39:1",
    "1.85:1",
]
_ASPECT = words(
    r"(?<![\d.:])(" + "|".join(re.escape(ratio) for ratio in _ASPECTS) + r")(?![\d:.]| ?[-–] ?\d| (?:to|and"
    r"|until) \d)",
    r"(?<![\d.:])(9|16|4|5|1|3|2|21) ?(?:by|比|[x×]) ?(9|16|4|5|1|3|2)(?![\d:.x])",
)
_AFTER_CLOCK = re.compile(
    r"(?:\d:\d\d|\d:\d\d:\d\d) ?(?:to|-|–|until|and|到|至) ?$|\b(?:at|before|after|from|between|until"
    r"|past) ?$",
    re.I,
)
_BYTES = words(
    r"\d+(?:\.\d+)? ?-?(?:[kmg]i?b\b|kilobytes?|megabytes?|gigabytes?|megs?\b|gigs?\b|兆"
    r"|(?-i:[MG])(?![a-zA-Z0-9]))"
)
_PERCENT = words(
    rf"({FIGURES}|{ENGLISH}) ?(?:%|percent\b|per cent\b|pct\b)",
    rf"百分之({FIGURES}|{CHINESE})",
    r"([一二两三四五六七八九1-9])成(半)?(?![为功品员果绩])",
)
_FRACTION = words(
    r"\b(one|a|two|three|four)?[ -]?(quarter|third|fifth|tenth)s?\b(?= (?:of (?!an? |the (?:first|last))"
    r"|its|the (?:speed"
    r"|volume|size)|speed|volume|opacity|as )|[ ]*(?:$|[,.;!]| and "
    r"| please))(?<! the third)(?<! the fifth)",
    rf"({CHINESE}|{FIGURES})分之({CHINESE}|{FIGURES})(?!个?(?:秒|分钟|小时))",
)
_PARTS = {"quarter": 4, "third": 3, "fifth": 5, "tenth": 10}
_DECIBEL = words(rf"(?:({_MINUS}|\+) ?)?({NUMBER}) ?(?:dbfs|db|decibels?|个?分贝)(?![a-z])")
_LUFS = words(rf"(?:({_MINUS}) ?)?({NUMBER}) ?(?:lufs|lkfs|lu)\b")
_DEGREES = words(rf"({NUMBER}) ?-?(?:°|degrees?|deg\b|度)")
_BY_HALF = words(r"(?<=\bby )(?:a )?half\b(?! (?:an? )?(?:second|minute|hour))")
_FACTOR = words(
    rf"(?<![\dx.])({FIGURES}) ?[x×](?![\da-z])",
    rf"(?<![a-z\d])x ?({FIGURES})(?![\d.])",
    rf"({FIGURES}|{ENGLISH})(?: and a (half))? times\b(?! (?:per|a )\b)",
    rf"({FIGURES}|{CHINESE})倍(半)?",
)
_SET_PHRASES = words(
    r"\bblack[ -](?:and|&|n)[ -]white\b|\bb ?& ?w\b|\bb/w\b",
    r"\bupside[ -]down\b",
    r"(?<=fade )in(?: and | ?& ?| ?/ ?)out\b|(?<=fading )in(?: and | ?& ?| ?/ ?)out\b"
    r"|(?<=fades )in and out\b",
)


def mark_quantities(text: str, marks: Marks) -> str:
    """Replace every quantity that is no time by a mark of its value."""
    text = marks.replace("w", _SET_PHRASES, text, lambda m: "bw" if m[0][0] in "bB" else m[0][0].lower())
    text = marks.replace("b", _BYTES, text, lambda m: "")
    text = marks.replace("a", _ASPECT, text, _aspect)
    text = marks.replace("l", _LUFS, text, lambda m: _plain(number(m[2]) * (-1 if m[1] else 1)))
    text = marks.replace("d", _DECIBEL, text, _decibel)
    text = marks.replace("g", _DEGREES, text, lambda m: _plain(number(m[1])))
    text = marks.replace("p", _BY_HALF, text, lambda m: "0.5")
    text = marks.replace("p", _PERCENT, text, _percent)
    text = marks.replace("p", _FRACTION, text, _fraction)
    return marks.replace("x", _FACTOR, text, _factor)


def _aspect(match: re.Match[str]) -> str | None:
    """Return the ratio in whole numbers; after another clock time ``9:16`` is a time."""
    if _AFTER_CLOCK.search(match.string[: match.start()]):
        return None
    if match[2]:
        ratio = f"{match[2]}:{match[3]}"
        return ratio if ratio in _ASPECTS else None
    left, _, right = match[1].partition(":")
    if "." in left:
        return f"{int(Fraction(left) * 100)}:100" if Fraction(left) * 100 <= 999 else None
    return f"{left}:{right}"


def _decibel(match: re.Match[str]) -> str:
    sign = -1 if match[1] and match[1] != "+" else 1
    return ("+" if match[1] == "+" else "") + _plain(number(match[2]) * sign)


def _percent(match: re.Match[str]) -> str:
    plain, of_hundred, tenths, half = match.groups()
    if tenths:
        return _plain((number(tenths) + (Fraction(1, 2) if half else 0)) / 10)
    return _plain(number(plain or of_hundred) / 100)


def _fraction(match: re.Match[str]) -> str | None:
    """Return "three quarters" or 四分之三 as a part; "third" alone is an ordinal."""
    count, part, whole, tops = match.groups()
    if part:
        if not count and part != "quarter":
            return None
        top = {"a": 1}.get(count.lower()) or number(count) if count else 1
        return _plain(Fraction(top, _PARTS[part.lower()]))
    return _plain(number(tops) / number(whole)) if number(whole) else None


def _factor(match: re.Match[str]) -> str:
    value = next(number(group) for group in (match[1], match[2], match[3], match[5]) if group)
    return _plain(value + (Fraction(1, 2) if match[4] or match[6] else 0))


def _plain(value: Fraction) -> str:
    return f"{float(value):g}"
