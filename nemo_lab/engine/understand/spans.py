"""Stretches of the timeline: two times, or a time and an edge, become one mark.

``r`` marks were said as a span (from A to B), ``e`` marks lie at an edge (first, last, before,
after): "trim from A to B" keeps a span, "trim the first N" removes an edge.
"""

from __future__ import annotations

import re

from nemo_lab.engine.understand.marks import Marks, words
from nemo_lab.engine.understand.rules.vocabulary import KEEP, REMOVE

_T = r"‹t:(\d+)#\d+›"
_ROLE = r"(?: ?(?:mark|point))?"
_START = r"(?:the )?(?:very )?(?:start|beginning|top|front)"
_END = r"(?:the )?(?:very )?(?:end(?:ing)?|back|tail)(?: of (?:it|the (?:video|clip|recording)))?"
_ZH_HEAD = (
    r"(?:最?开头|一?开头|刚开始|最?开始|一上来|打头|最前[面头]?|前[面头]?|头|片头|开场|开篇"
    r"|起始|最初)(?:有|的|那)?(?:差不多|大约|大概)?"
)
_ZH_TAIL = r"(?:最后[面头]?|末尾|末了|结尾|后面?|尾部|尾巴上?|片尾|最末|收尾|倒数第?|结束前)"

_SPANS = words(
    rf"(?:\b(?:from|between) )?(?:第|从)?{_T}{_ROLE}(?:处|开始|起)?(?: ?(?:to|-|–|—|~|until|till|til|thru"
    rf"|through|and|up to|到|至|直到) ?)(?:the )?(?:第)?{_T}{_ROLE}(?:处|之间|这段|为止)?(?:这一?段)?",
)
_WITH_LENGTH = words(
    rf"\b(?:starting )?(?:at|from|starting from) {_T}{_ROLE},? (?:for|lasting) {_T}",
)
_LENGTH_FIRST = words(rf"\bfor {_T} (?:starting )?(?:at|from) {_T}", rf"{_T} starting (?:at|from) {_T}")
_FROM_END = words(
    rf"(?:从)?倒数第?{_T}(?:开始)?(?:到|至|-|~)倒数第?{_T}",
    rf"\b(?:from )?{_T} (?:before|from) {_END} (?:to|until|till|through) {_T} (?:before|from) {_END}",
)
_UP_TO = words(
    rf"\b(?:from )?{_START} (?:to|-|until|till|through|up to) {_T}",
    rf"\b(?:everything |anything |all )?(?:before|prior to) (?:the )?{_T}{_ROLE}",
    rf"\b(?:everything|anything|all) (?:until|till|up to) {_T}{_ROLE}",
    rf"从?{_ZH_HEAD}(?:到|至)第?{_T}",
    rf"第?{_T}(?:以前|之前|前面)(?:的(?:部分|内容|所有内容)?)?",
)
_FROM = words(
    rf"\b(?:from )?{_T}{_ROLE} ?(?:to|-|until|till|through) {_END}",
    rf"\b(?:everything |anything |all )?(?:that comes )?(?:after|past|beyond) (?:the )?{_T}{_ROLE}",
    rf"(?:,? ?(?:and )?(?:it|that|which) )?(?:starts?|begins?|runs?|goes|is) (?:at|from) {_T},? (?:and "
    rf"|then )?(?:it )?"
    rf"(?:goes|runs|lasts|continues)(?: on)? (?:to|until|till|through) {_END}",
    rf"\b(?:the )?(?:last|final|end|ending|rest)(?: (?:part|bit|section|stretch))? from {_T}",
    rf"\bfrom (?:the )?{_T}{_ROLE} (?:on|onwards?|forward)\b",
    rf"{_T} onwards?\b",
    rf"从?第?(?<!倒数){_T}(?:开始)?(?:到|至|直到)(?:最后|结尾|末尾|结束|片尾)",
    rf"第?{_T}(?:以后|之后|往后|后面|后的)(?:的)?(?:所有|全部)?(?:部分|内容)?",
    rf"从第?{_T}(?:开始|起)(?:往后|以后|之后)",
)
_FIRST = words(
    rf"\b(?:the )?(?:very )?(?:first|opening|initial|starting) {_T}",
    rf"{_T} (?:from|off)(?: of)? {_START}",
    rf"\b{_START} by {_T}",
    rf"{_ZH_HEAD}的?那?{_T}",
)
_LAST = words(
    rf"\b(?:the )?(?:very )?(?:last|final|ending|closing) {_T}",
    rf"{_T} (?:from|off)(?: of)? {_END}",
    rf"\b{_END} by {_T}",
    rf"从?倒数第?{_T}(?:开始|起)?(?:往后|一直)?(?:到|至|直到)(?:最后|结尾|末尾|结束|片尾|完)",
    rf"{_ZH_TAIL}的?那?{_T}",
)
_BEGIN_END = words(
    rf"(?:,? ?(?:so|such)(?: that)? )?(?:it |the video |the clip |they )?(?:should |can |to )?(?:starts?"
    rf"|begins?)"
    rf"(?: it| the \w+)? (?:at|from) (?:the )?{_T}{_ROLE},? (?:and |then )?(?:it )?(?:should )?(?:ends?"
    rf"|stops?"
    rf"|finish(?:es)?)(?: it| the \w+)? (?:at|by) (?:the )?{_T}{_ROLE}",
    rf"(?:,? ?(?:and )?(?:it|that|which) )?(?:starts?|begins?|runs?|goes|is) (?:at|from) {_T},? (?:and "
    rf"|then )?(?:it )?"
    rf"(?:goes|runs|lasts|continues)(?: on)? (?:to|until|till|through) {_T}",
    rf"\b(?:skip|jump|go)(?: ahead| straight| right| directly)* to (?:the )?{_T}{_ROLE},? (?:and "
    rf"|then )*(?:it )?"
    rf"(?:ends?|stops?|finish(?:es)?)(?: it)? (?:at|by) (?:the )?{_T}{_ROLE}",
    rf"(?:直接)?跳到{_T}(?:开始)?[,、]?(?:再|到)*{_T}(?:就)?(?:结束|停)",
    rf"\bin[ -]?point (?:(?:to|at|is) )?{_T},? ?(?:and )?out[ -]?point (?:(?:to|at|is) )?{_T}",
    rf"入点(?:设?[在为到是])?{_T}[,、]?出点(?:设?[在为到是])?{_T}",
    rf"从第?{_T}(?:处)?(?:才|正式|真正)*(?:开始|起),?(?:再)?(?:到|至)?第?{_T}(?:处)?(?:结束"
    r"|停)(?:,?只[要留保]+[留住]?(?:这一?段"
    rf"|中间)(?:就[行好])?)?(?:,?(?:其[他它余]"
    rf"|剩下)的?都?(?:不要|[删剪去][掉除]?))?",
)
_BOTH = words(
    rf"{_T}(?: each)? (?:off|from|at)(?: of)? (?:the )?(?:both|each|either|two)(?: of the)? (?:ends?"
    r"|sides?)",
    rf"{_T} (?:off|from|at) (?:the )?(?:start|beginning|front) and (?:the )?(?:end|back)\b",
    rf"\b(?:both|each|either) (?:ends?|sides?) by {_T}",
)
_BOTH_ZH = words(
    rf"(?:掐头去尾|去头去尾|头尾|首尾|两头|两端|开头和?结尾|(?:前后|片头片尾)(?=[^‹留]*[剪去删砍]))[,都]?"
    rf"(?:各|都|分别)+(?:剪|去|删|砍|掐|减)?[掉除去]?{_T}"
)
_HEAD_TAIL_ZH = words(
    rf"(?:[掐去剪]掉?)头{_T}[,、]?(?:和|再)?(?:[掐去剪]掉?)?尾{_T}"
    rf"|头[上部]?[掐去剪砍][掉去]?{_T}[,、]?(?:和|再)?尾[巴上部]?[掐去剪砍][掉去]?{_T}"
)
_TAIL_CUT_ZH = words(
    r"(?<!段)(?<!段的)(?:最后一段的?)?(?:结尾|末尾|片尾|尾巴|尾部)(?:处|再|也|就|上)*(?:剪掉?"
    rf"|删[掉除]?|去掉?|砍掉?|掐掉?){_T}"
)
_ALL_BUT = words(
    r"(?:for |on |in )?\b(?:everything|all|the whole \w+) (?:but|except(?: for)?|apart from"
    r"|other than) (?:the )?(?:\w+ )?"
    r"\(?‹e:(-?\d*):(-?\d*)#\d+›\)?",
    r"除了?‹e:(-?\d*):(-?\d*)#\d+›(?:[以之]外)?,?(?:其[他它余]|剩下)的?(?:部分|地方|内容)?(?:都|全部?)?",
)
_NEXT = words(
    rf"\b(?:the )?(?:next )?{_T} (?:right |just |immediately |directly )?(?:after|following"
    rf"|from) (?:the )?{_T}(?: mark)?",
    rf"(?:从|在)?第?{_T}(?:之后|以后|往后|后面|开始|起)的?(?:那|接下来的?)?(?=‹t){_T}(?!处|时|的时候"
    r"|到|至)",
)
"""So much of what comes after a time; in English the length comes first."""
_AFTER_LENGTH = words(
    rf"‹e:(\d+):#\d+›,? ?(cut|remove|delete|drop|mute|blur)(?: out)? (?:about |around )?{_T}(?! (?:at|from"
    rf"|of)\b)",
    rf"‹e:(\d+):#\d+›(?:再|就)?(剪掉?|删[掉除]?|去掉|静音|模糊){_T}",
)
"""So much of what comes after a place."""
_PER = re.compile(r"(?:every|each|每隔?) ?$|(?:over|under|than|least|超过|大于|长于|多于|至少) ?$", re.I)


def mark_spans(text: str, marks: Marks) -> str:
    """Replace every stretch of the timeline by a mark ``start:end`` (empty is open)."""
    text = _BEGIN_END.sub(lambda m: _begin_end(m, marks), text)
    text = _BOTH.sub(lambda m: _both(m, marks), text)
    text = _HEAD_TAIL_ZH.sub(lambda m: _head_tail(m, marks), text)
    text = _TAIL_CUT_ZH.sub(lambda m: "剪掉" + marks.put("e", f"-{m[1]}:", m[0]), text)
    text = _BOTH_ZH.sub(lambda m: "剪掉" + _both(m, marks), text)
    text = marks.replace("r", _FROM_END, text, lambda m: "-{}:-{}".format(*(v for v in m.groups() if v)))
    text = marks.replace("r", _NEXT, text, _next)
    text = marks.replace("r", _WITH_LENGTH, text, lambda m: f"{int(m[1])}:{int(m[1]) + int(m[2])}")
    text = marks.replace("r", _LENGTH_FIRST, text, _length_first)
    text = marks.replace("r", _SPANS, text, _span)
    text = marks.replace("e", _UP_TO, text, lambda m: f"0:{_only(m)}")
    text = marks.replace("e", _FROM, text, lambda m: f"{_only(m)}:")
    text = marks.replace("e", _FIRST, text, lambda m: f"0:{_only(m)}")
    text = marks.replace("e", _LAST, text, lambda m: f"-{_only(m)}:")
    if not (REMOVE.search(text) or KEEP.search(text)):
        text = marks.replace("e", _ALL_BUT, text, _all_but)
    return _AFTER_LENGTH.sub(lambda m: _so_long_after(m, marks), text)


def _begin_end(match: re.Match[str], marks: Marks) -> str:
    """Return "starts at A and ends at B" as what is to be kept."""
    start, end = (value for value in match.groups() if value is not None)
    if REMOVE.search(match.string[: match.start()]):
        return " " + marks.put("r", f"{start}:{end}", match[0])
    return (" keep only " if match[0].isascii() else "只保留") + marks.put("r", f"{start}:{end}", match[0])


def _all_but(match: re.Match[str]) -> str | None:
    """Return the rest of the timeline beside a stretch at one of its ends."""
    start, end = [value for value in match.groups() if value is not None][:2]
    if start == "0" and end:
        return f"{end}:"
    return f"0:{start}" if start and not end else None


def _so_long_after(match: re.Match[str], marks: Marks) -> str:
    """Return "after 3:00 cut 10 seconds" as the verb and the stretch."""
    start, verb, length = (value for value in match.groups() if value is not None)
    place = marks.put("r", f"{start}:{int(start) + int(length)}", match[0])
    return f"{verb} {place}" if verb.isascii() else verb + place


def _next(match: re.Match[str]) -> str:
    """Return a length after a time as a stretch."""
    length, start, zh_start, zh_length = match.groups()
    first, lasts = (int(start), int(length)) if start else (int(zh_start), int(zh_length))
    return f"{first}:{first + lasts}"


def _both(match: re.Match[str], marks: Marks) -> str:
    """Return two marks, one at either end."""
    return marks.put("e", f"0:{_only(match)}", match[0]) + marks.put("e", f"-{_only(match)}:", match[0])


def _head_tail(match: re.Match[str], marks: Marks) -> str:
    """Return 掐头3秒去尾5秒 as the two stretches that go."""
    head, tail = (value for value in match.groups() if value is not None)
    return "剪掉" + marks.put("e", f"0:{head}", match[0]) + "和" + marks.put("e", f"-{tail}:", match[0])


def _only(match: re.Match[str]) -> str:
    return next(value for value in match.groups() if value is not None)


def _length_first(match: re.Match[str]) -> str:
    length, start = (int(value) for value in match.groups() if value is not None)
    return f"{start}:{start + length}"


def _span(match: re.Match[str]) -> str | None:
    joiner = re.search(r"› ?(\w+) ?", match[0])
    joined_by_and = bool(joiner and joiner[1].lower() == "and")
    if joined_by_and and not match[0].lower().startswith("between"):
        return None
    if _PER.search(match.string[: match.start()]):
        return None
    return f"{match[1]}:{match[2]}"
