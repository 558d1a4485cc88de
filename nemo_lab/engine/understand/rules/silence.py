"""Pauses and filler words: what is cut most often."""

from __future__ import annotations

import re

from nemo_lab.engine.understand.clause import Clause, Finding, Findings
from nemo_lab.engine.understand.marks import words
from nemo_lab.engine.understand.rules.vocabulary import REMOVE
from nemo_lab.protocol.patterns import Words
from nemo_lab.protocol.plan import RemoveFillers, RemoveSilence

_T = r"‹t:(\d+)#\d+›"
_FILLER = words(
    r"\b(?:u+m+s?|u+h+s?|u+h+m+s?|erm+s?|er+s|filler(?:s|[ -]words?|[ -]sounds?)?|a+hs|hm+s?|verbal tics?"
    r"|disfluenc(?:y|ies)|stutters?|stammer\w*)\b",
    r"口头禅|语气词|填充词|赘词|嗯|呃|额额|啊啊|那个那个|口癖|结巴",
)
_THOROUGH = words(
    r"\b(?:aggressive(?:ly)?|thorough(?:ly)?|medium|you knows?|i means?|like and|all kinds"
    r"|strict(?:ly)?)\b",
    r"彻底|严格|激进|连同那个|包括那个|就是说",
)
_MUTE = words(
    r"\b(?:mut(?:e|ing)|silenc(?:e|ing)|bleep|beep)\b",
    r"(?<![掉除去])静音(?![段部片和与、的])"
    r"|消音|哔掉?",
)
_LIST_END = words(r"\b(?:clean (?:\w+ )?up|tidy|fix|no|rip)\b", r"清理|处理|去一?[下去]")
_PAUSE = words(
    r"\b(?:silen(?:ces?|t)|dead[ -](?:air|space|time|spots?|moments?)|paus(?:es?|ing)|gaps?|boring|bored"
    r"|dull|awkward|uninteresting|tedious|idle|lulls?|quiet(?: \w+)? (?:parts?|bits?|sections?|moments?"
    r"|spots?|stretches)|jump[ -]?cuts?|blank|empty (?:parts?|bits?|sections?|moments?|spots?|space)"
    r"|slow (?:parts?|bits?|sections?|moments?)|wait(?:s|ing)(?: (?:parts?|times?|bits?))?|downtime"
    r"|breaths?|ramblings?|dead bits?|slack|nothing(?:'s| is)? (?:happen\w*|(?:being )?said|going on)"
    r"|(?:nobody|no ?one|no-one|i|we|people|they)(?:'s|'m|'re| is| am| are)? (?:not )?(?:speak\w*|talk\w*"
    r"|say\w*)|not (?:speaking"
    r"|talking|saying))\b",
    r"静音|静默|沉默|停顿|空白|安静|无声|没有?声音|没有?人?(?:在)?(?:说话|讲话)|不说话|无趣|无聊|冗长|拖沓"
    r"|气口"
    r"|死寂|卡壳|没动静|不出声|不吭声|没人出声|没讲话|废话|水[时词]|没用的|没意义|啰嗦|枯燥|冷场|沉寂|闷"
    r"|空档|间隙|等待",
)
_TIGHTEN = words(
    r"\btighten(?:ing)?(?: up)?\b|\bsnappi?er\b|\b(?:trim|cut|lose) the (?:fat|fluff|slack)\b"
    r"|\bpick up the pace\b|\bjump[ -]?cut(?:s)?\b",
    r"紧凑|节奏快|剪气口|收紧|收一?收|跳剪|跳切",
)
FAST = words(
    r"\b(?:speed(?:ing)?(?: \w+){0,6}? up|speed up|fast[ -]?forward|speed(?:ing)? (?:\w+ ){0,3}?through"
    r"|rush|faster|quicken|hurry|race through"
    r"|time-?lapse|sped up|accelerate|play .*(?:fast|speed))\b|\bplay\b.*‹x:",
    r"快进|加速|倍速|‹x:[^›]*›速|快放|加快|快速播放|快速跳过",
)
_VERBS = words(
    r"\b(?:shorten|compress|collapse|close|reduce|shrink|tidy|clean up|condense|auto-?cut|auto-?edit"
    r"|without|no|minimi[sz]e|less)\b",
    r"缩短|压缩|自动剪|精简",
)
_LONGER = words(
    rf"(?:longer than|more than|greater than|bigger than|over|above|at least|exceed(?:ing|s)?"
    rf"|lasting(?: over| more than)?|beyond|past|>=?|超过|大于|长于|多于|至少|不少于|高于"
    rf"|达到) ?(?:about )?{_T}",
    rf"{_T} ?(?:or (?:longer|more|above)|and (?:up|longer|above)|plus|\+|以上|及以上|或更长)",
    rf"(?:shorter than|less than|under|below|短于|小于|少于|不到) ?{_T}",
    rf"{_T}[ -]?(?:long )?(?:的)?(?:pauses?|silences?|gaps?|停顿|静音|空白|沉默)",
)
_SMOOTH = words(r"\b(?:smooth|soften|blend|hide)\b|\btransitions?\b.*\bbetween\b")
_BY_LEVEL = words(
    r"\b(?:quieter|softer|lower) than ‹d|\b(?:below|under) ‹d|(?:低于|小于)‹d",
)
_GOES = words(r"\b(?:goes|go|is out|is gone|should go)\b", r"都?不要|都?剪|都?删")
_MARGIN = words(
    rf"(?:leav(?:e|ing)|keep(?:ing)?|with|margin(?: of)?|padding(?: of)?|buffer(?: of)?|留出?|保留|预留"
    rf"|缓冲)(?: about| around| a| of|各|前后|两[边侧端]|大?约|一个)* ?{_T}",
    rf"{_T} ?(?:of )?(?:的)?(?:padding|margin|buffer|breathing|handles?|on (?:each|either|both)|each side"
    rf"|before and after|余量|缓冲|间隔)",
)
_LEFT = words(
    rf"\b(?:pauses?|silences?|gaps?) (?:down )?to (?:at most |a |max(?:imum)?(?: of)? |about |just )*{_T}",
    rf"(?:停顿|静音|空白)(?:部分|都|全部)?(?:缩短|压缩|收紧|缩)(?:到|成|至)(?:最多|不超过)?{_T}",
)
_TRACK = words(
    r"\btrack (?:number |no\.? ?|#)?(\d)|\b(?:1st|2nd|3rd|4th) track|第([一二三四1-9])[条个]?(?:音?轨)"
    r"|音?轨道? ?(\d)"
)
_ORDINAL = {"一": 1, "二": 2, "三": 3, "四": 4}


def says_filler(text: str) -> bool:
    """Whether quoted words are filler words ("remove every 'um'")."""
    return bool(_FILLER.search(text) or _THOROUGH.search(text))


def fillers(clause: Clause) -> Findings | None:
    """Read filler words that are to be cut, or only muted."""
    quoted = [text for text in clause.literals("q") if says_filler(text)]
    if not (clause.has(_FILLER) or quoted):
        return None
    mute = clause.has(_MUTE)
    if not (mute or clause.has(REMOVE) or clause.has(_LIST_END)):
        return None
    found: list[Finding] = [
        RemoveFillers(
            level="medium" if clause.has(_THOROUGH) or _THOROUGH.search(" ".join(quoted)) else "light",
            mode="mute" if mute else "cut",
        )
    ]
    pauses = clause.find(words(r"\bpauses?\b|\bsilences?\b|\bdead air\b|停顿|空白"))
    said = clause.find(_FILLER)
    if pauses and not mute:
        found.insert(0 if said and pauses.start() < said.start() else 1, RemoveSilence())
    return tuple(found)


def silence(clause: Clause) -> Findings | None:
    """Read pauses that are to be cut, or hurried through; "boring" means that nothing is said."""
    if clause.has(_SMOOTH):
        return None
    by_level = clause.has(_BY_LEVEL) and (clause.has(REMOVE) or clause.has(_GOES))
    if not (clause.has(_PAUSE) or clause.has(_TIGHTEN) or by_level):
        return None
    fast = clause.has(FAST) or bool(clause.values("x"))
    if not (fast or clause.has(_TIGHTEN) or clause.has(_VERBS) or _removes(clause)):
        return None
    if fast and clause.values("r") and not clause.has(_SEVERAL):
        return None  # one stretch, however boring it is called
    if clause.values("re") and not clause.has(_LONGER) and not clause.has(_removing_all()):
        return None
    values: dict[str, object] = {"mode": "speed" if fast else "cut"}
    longer, margin, level = clause.find(_LONGER), clause.find(_MARGIN), clause.value("d")
    if longer:
        values["min_silence_ms"] = max(50, _first(longer))
    left = clause.find(_LEFT)
    if left:  # what is left of a longer pause is half before the cut and half after
        values |= {"min_silence_ms": max(50, _first(left)), "margin_ms": _first(left) // 2}
    if margin and not (longer and longer.span() == margin.span()):
        values["margin_ms"] = _first(margin)
    if level is not None:
        values["threshold_db"] = -abs(level)
    if fast:
        values["factor"] = factor(clause)
    track = clause.find(_TRACK)
    if track:
        said = next((group for group in track.groups() if group), track[0][:1])
        values["track"] = _ORDINAL.get(said) or int(said)
    return (RemoveSilence.model_validate(values),)


_SEVERAL = words(
    r"\b(?:silences?|pauses|gaps|dead air|(?:silent|quiet|boring|dull|slow|empty) (?:parts|bits|sections"
    r"|moments|spots))\b",
    r"停顿|静音|沉默|空白|冷场|没(?:有)?(?:人)?(?:说话|声音)",
)


def _removes(clause: Clause) -> bool:
    """Whether a word of removal is there besides 静音 and "silence" themselves."""
    return clause.has(REMOVE)


def _removing_all() -> Words:
    return words(
        r"\b(?:silences|pauses|dead air|gaps|boring|dull|silent|quiet)\b",
        r"停顿|无聊|空白|沉默|静音(?:段|部分|片段)",
    )


def factor(clause: Clause) -> float:
    """Return how fast a pause is to run."""
    value = clause.value("x") or clause.value("p") or 4.0
    return min(100.0, value) if value > 1 else 4.0


def _first(match: re.Match[str]) -> int:
    return int(next(group for group in match.groups() if group))
