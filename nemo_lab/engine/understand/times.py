"""Times and durations in every form that people write: ``1:02:03``, ``1m30s``, ``half a second``,
``a minute and a half``, 三秒, 两分半, 一个半小时. All become marks ``‹t:ms›``."""

from __future__ import annotations

import re
from fractions import Fraction

from nemo_lab.engine.understand.marks import Marks, words
from nemo_lab.engine.understand.numbers import CHINESE, ENGLISH, FIGURES, number

_MS = {"h": 3_600_000, "m": 60_000, "s": 1000, "x": 1}
_HOUR, _MINUTE = r"(?:hours?|hrs?\b|h(?![a-z]))", r"(?:minutes?|mins?\b|(?-i:m)(?![a-z]))"
_SECOND, _MILLI = r"(?:seconds?|secs?\b|s(?![a-z]))", r"(?:milliseconds?|millis\b|msecs?\b|ms(?![a-z]))"
_UNIT = rf"(?:{_MILLI}|{_HOUR}|{_MINUTE}|{_SECOND})"
_EN = rf"(?:{FIGURES}|{ENGLISH})"
_ERA = r"(?! ?(?:style|music|vibe|pop|rock|synth|hip|disco|look|retro|funk|jazz|theme|feel|song))"

_CLOCK = words(r"(?<![\d:.\w])(\d{1,3}):([0-5]\d)(?::([0-5]\d))?(?:\.(\d{1,3}))?(?![\d:])")
_BORROW = words(
    rf"(?<![\d:.\w])({FIGURES}|{CHINESE})(?: ?(?:-|–|—|~|到|至) ?| to | or )"
    rf"(?=(?:{FIGURES}|{CHINESE})[ -]?({_UNIT}|秒|分钟|小时|毫秒))"
)
_BETWEEN = words(rf"\b(between {_EN}) and (?={_EN}[ -]?({_UNIT}))")
_EDGES = words(
    rf"\b((?:first|last|final|opening) (?:{_EN}))(?= (?:and|or|to) (?:the )?(?:first |last "
    rf"|final )?(?:{_EN})[ -]?({_UNIT}))"
)
_OTHER_EDGE = words(
    rf"\b((?:first|last|final|opening) (?:(?:{_EN})[ -]?)?({_UNIT})(?:,? and|,? plus|,) (?:the )?"
    rf"(?:first|last|final) (?:{_EN}))(?=\s*(?:$|[,;!]|\.(?:\s|$)| of (?:it|the|this|my)\b))"
)
_BARE_SPAN = words(
    rf"\b((?:from|between) )({FIGURES})( (?:to|and|until|till) )({FIGURES})(?![\d:.]|\d| ?(?:%|x\b|p\b|k\b"
    rf"|db|fps|lufs|percent|[a-z]*bytes?|mb|gb|{_UNIT}))"
)
_MINUTES_ONLY = words(
    rf"(?<![\d.:])({FIGURES}|{ENGLISH})[ -]?(?:minutes?|mins?|m) ({FIGURES}|{ENGLISH})(?![\d.:‹]"
    rf"| ?(?:[%°]|(?!(?:to|and|until|till|thru|for|in|at|on|or|please|from|long|total|mark|max)\b)[a-z]))"
)
_OFF_ENDS = words(
    rf"({_UNIT}) ((?:off|from|at)(?: of)? (?:the )?(?:start|beginning|front|top|end|back),? (?:and|,|&)"
    rf" (?:{_EN}))(?= (?:off|from|at) )"
)
_FOR_BARE = words(
    rf"\b((?:for|over|lasting|(?:start|beginning|front|end|back|ending) by) (?:{FIGURES}"
    rf"|{ENGLISH}))(?=\s*(?:$|[,;!]|\.(?:\s|$)| and | please))"
)
_SPOKEN = words(
    rf"\b((?:at|from|to|until|till|and|between|before|after) )({ENGLISH}) ((?:oh|o) \w+|ten|eleven|twelve"
    rf"|\w+teen|(?:twenty|thirty|forty|fifty)"
    r"(?:[- ](?:one|two|three|four|five|six|seven|eight|nine))?)(?![- ]?(?:sec|min|hour|percent|per cent"
    r"|times|db|deci|degree|clip|part|pixel"
    r"|hundred|thousand|%|p\b|s\b|x\b|frames?|ms))\b"
)
"""A clock time as it is spoken: "from one ten to two oh five"."""
_NO_UNIT = words(rf"\b((?:first|last|final) (?:\d{{1,4}}|(?!one\b){ENGLISH}))(?=\s*(?:$|[,;!]|\.(?:\s|$)))")
_COUNTED = words(
    r"\b(?:clips|titles|parts|segments|pieces|tracks|captions|scenes|cuts|songs|takes|sections)\b"
)
"""Things of which "the last two" may be some."""
_UNIT_FIRST = words(
    rf"\b(second|minute)s? ({FIGURES}|{ENGLISH}) ?(?:to|-|–|through|until|and) ?(?:(?:second|minute)s? )?"
    rf"({FIGURES}|{ENGLISH})(?![\d:.]|[ -]?[a-z]*(?:sec|min))"
)
_ONE_AND = words(
    rf"\b(?:an?|one|(last|first|final|opening)) (minute|hour)((?:,? and |,? )(?:{_EN})[ -]?(?:seconds?"
    rf"|secs?|minutes?"
    r"|mins?))\b"
)
_DASHED = words(
    rf"\b((?:cut|trim|remove|delete|drop|keep|mute|protect|touch|silence|blur|skip|out) )({FIGURES}) ?(?:-"
    rf"|–|—) ?({FIGURES})(?![\d:.%]| ?[a-z°])"
)
_TENTHS = words(rf"\b({ENGLISH}|{FIGURES}) (tenth|hundredth)s? of (?:a|one) second\b")
_HALVES = words(
    rf"\b({_EN})[ -]and[ -]a[ -]half[ -]({_UNIT})",
    r"(?:\b(?:an?|one) |(?<=first )|(?<=last )|(?<=final )|(?<=opening )"
    rf"|(?<=closing ))({_UNIT}) and a half\b",
    rf"\bhalf(?: of)?(?: an?)?[ -]({_UNIT})",
    rf"\b(?:a )?quarter(?: of)?(?: an?)?[ -]({_UNIT})",
)
_THEN = r"(?: and |, | )?"
_LONG = words(
    rf"(?<![\d.:‹])(?:{_EN})[ -]?{_HOUR}(?:{_THEN}(?:{_EN})[ -]?{_MINUTE})?"
    rf"(?:{_THEN}(?:{_EN})[ -]?{_SECOND})?",
    rf"(?<![\d.:‹])(?:{_EN})[ -]?{_MINUTE}(?:{_THEN}(?:{_EN})[ -]?{_SECOND})?",
    rf"(?<![\d.:‹])(?:{_EN})[ -]?(?:{_MILLI}|{_SECOND})",
)
_PIECES = words(rf"({_EN})[ -]?({_UNIT})")
_ARTICLE = words(
    r"(?:\b(?:a|one) |(?<=the )(?=(?:hour|minute) mark)|(?<=first )|(?<=last )|(?<=final )|(?<=every )"
    r"|(?<=each )"
    r"|(?<=half of the first ))(second|minute|hour)\b(?! (?:title|clip|track|file|one|video|camera|text"
    r"|time|line"
    r"|caption|part|half))"
    r"|\ba (couple)(?: of)? (seconds|minutes)|\ba (few) (seconds|minutes)"
)
_ZN = rf"(?:{FIGURES}|{CHINESE})"
_ZH = re.compile(
    rf"(?:(?P<h>{_ZN})个?(?P<hh>半)?(?:小时|钟头)(?P<hx>半)?|(?P<half_h>半个?(?:小时"
    rf"|钟头)))?(?:(?<=时)[零又])?"
    rf"\s*(?:(?P<m>{_ZN})\s*分(?![割段成享辨为贝]|之(?![后前间内外]))钟?(?P<mh>半)?钟?"
    r"|(?P<half_m>半分钟?))?"
    rf"\s*(?:(?P<s>{_ZN})\s*秒(?P<sh>半)?钟?|(?P<half_s>半秒钟?)|(?P<x>{_ZN})\s*毫秒)?",
)
_PARTS_ZH = re.compile(r"([二三四五六八十])分之([一二三])个?(秒|分|小时)钟?")
_UNITS_ZH = {"秒": "s", "分": "m", "小时": "h"}
_ZH_SHORT = re.compile(
    rf"({_ZN})分(\d{{1,2}}|零[一二三四五六七八九]|[二三四五]?十[一二三四五六七八九]?)"
    r"(?![\d.%秒个段:成倍点分一二三四五六七八九十])"
)


def mark_times(text: str, marks: Marks) -> str:
    """Replace every time and duration by a mark of its value in ms."""
    text = _lend_units(text)
    text = marks.replace("t", _CLOCK, text, _clock)
    text = marks.replace(
        "t", _TENTHS, text, lambda m: _ms(number(m[1]) * (100 if m[2].lower() == "tenth" else 10))
    )
    text = marks.replace(
        "t", _PARTS_ZH, text, lambda m: _ms(number(m[2]) / number(m[1]) * _MS[_UNITS_ZH[m[3]]])
    )
    text = marks.replace("t", _HALVES, text, _half)
    text = marks.replace("t", _ARTICLE, text, _article)
    text = marks.replace("t", _ZH_SHORT, text, lambda m: _ms(number(m[1]) * 60_000 + number(m[2]) * 1000))
    text = marks.replace("t", _ZH, text, _zh)
    return marks.replace("t", _LONG, text, lambda m: None if _is_era(m) else _long(m[0]))


def _lend_units(text: str) -> str:
    """Give the first number of a span the unit of the second, and seconds to a span without any."""
    text = _SPOKEN.sub(_spoken, text)
    text = _MINUTES_ONLY.sub(r"\1 min \2 sec", text)
    text = _OFF_ENDS.sub(r"\1 \2 \1", text)
    text = _OTHER_EDGE.sub(r"\1 \2", text)
    if not _COUNTED.search(text):
        text = _NO_UNIT.sub(r"\1 seconds", text)
    text = _UNIT_FIRST.sub(r"\2 \1s-\3 \1s", text)
    text = _ONE_AND.sub(lambda m: f"{m[1] + ' ' if m[1] else ''}1 {m[2]}{m[3]}", text)
    text = _BETWEEN.sub(r"\1 \2 and ", text)
    text = _BORROW.sub(lambda m: f"{m[1]}{_short(m[2])}-", text)
    text = _EDGES.sub(lambda m: f"{m[1]} {m[2]}", text)
    text = _FOR_BARE.sub(r"\1 seconds", text)
    text = _BARE_SPAN.sub(r"\1\2s\3\4s", text)
    return _DASHED.sub(r"\1\2s-\3s", text)


def _spoken(match: re.Match[str]) -> str:
    """Return "two twenty" as 2:20, where both are numbers that a clock has."""
    try:
        minutes, seconds = number(match[2]), number(re.sub(r"^(?:oh|o) ", "", match[3].lower()))
    except ValueError:
        return match[0]
    return f"{match[1]}{int(minutes)}:{int(seconds):02d}" if seconds < 60 else match[0]


def _short(unit: str) -> str:
    return unit if re.match(r"[秒分小毫]", unit) else " " + unit


def _is_era(match: re.Match[str]) -> bool:
    """Tell "80s music" from eighty seconds of it."""
    after = match.string[match.end() :]
    return bool(re.fullmatch(r"(?:19)?[5-9]0s", match[0])) and not re.match(_ERA, after, re.I)


def _clock(match: re.Match[str]) -> int:
    first, second, third, decimals = match.groups()
    parts = [int(first), int(second)] + ([int(third)] if third else [])
    total = 0
    for part in parts:
        total = total * 60 + part
    return total * 1000 + int((decimals or "0").ljust(3, "0"))


def _half(match: re.Match[str]) -> int:
    count, unit, single, half, quarter = match.groups()
    if unit:
        return _ms((number(count) + Fraction(1, 2)) * _scale(unit))
    if single:
        return _ms(Fraction(3, 2) * _scale(single))
    return _ms(Fraction(1, 2) * _scale(half) if half else Fraction(1, 4) * _scale(quarter))


def _article(match: re.Match[str]) -> int:
    one, couple, couple_unit, _, few_unit = match.groups()
    if one:
        return _scale(one)
    return 2 * _scale(couple_unit) if couple else 3 * _scale(few_unit)


def _long(text: str) -> int | None:
    pieces = _PIECES.findall(text)
    return _ms(sum((number(count) * _scale(unit) for count, unit in pieces), Fraction(0)))


def _zh(match: re.Match[str]) -> int | None:
    found = match.groupdict()
    if not match[0].strip():
        return None
    half = Fraction(1, 2)
    total = Fraction(0)
    for key, scale, halves in (("h", "h", ("hh", "hx")), ("m", "m", ("mh",)), ("s", "s", ("sh",))):
        if found[key]:
            total += (number(found[key]) + (half if any(found[name] for name in halves) else 0)) * _MS[scale]
    for key, scale in (("half_h", "h"), ("half_m", "m"), ("half_s", "s")):
        total += half * _MS[scale] if found[key] else 0
    return _ms(total + (number(found["x"]) if found["x"] else 0))


def _scale(unit: str) -> int:
    unit = unit.lower()
    return _MS["x" if unit.startswith(("ms", "mil")) else unit[0]]


def _ms(value: Fraction) -> int:
    """Round to whole ms, half up."""
    return int(value + Fraction(1, 2))
