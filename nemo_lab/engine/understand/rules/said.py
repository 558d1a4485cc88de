"""Cuts by what is said: "cut the part where I say …", 把我说“…”的那段删掉."""

from __future__ import annotations

from nemo_lab.engine.understand.clause import Clause, Findings, Unsupported
from nemo_lab.engine.understand.marks import words
from nemo_lab.engine.understand.rules.silence import says_filler
from nemo_lab.engine.understand.rules.vocabulary import REMOVE
from nemo_lab.protocol.plan import Cut

_SAYS = words(
    r"\b(?:say|says|said|saying|mention\w*|utter\w*|spoken|goes|hear me|blurt\w*)\b(?! (?:by|in) )[^,;]*‹q"
    r"|\b(?:phrases?|sentences?|words?|lines?|quotes?|bits?|parts?)\b(?: \w+){0,2}? ‹q:#\d+›(?! (?:title"
    r"|text))",
    r"\b(?:where|when|every ?time|whenever|wherever)\b[^,;]*‹q[^,;]*\b(?:is|was|gets|comes) (?:said|up"
    r"|spoken)\b",
    r"(?:说|讲|提|念|喊|讲到|说到|提到|念到)[到了过出着的]*‹q|‹q:#\d+›(?:这|那)(?:一?[句段]"
    r"|[两三四五六七八几]个字|句话"
    r"|部分|个词)"
    r"|(?:这|那)?(?:一?句|句话|台词|话)[:：]?‹q|‹q:#\d+›的?(?:那|这)?(?:一?句|句话|台词)",
)
_SHOWN = words(
    r"\b(?:titles?|text(?! message)|headings?|captions?|subtitles?|lower[ -]thirds?|card|overlay"
    r"|watermark)\b",
    r"标题|文字|字样|字幕|水印|字卡",
)
_ADDS = words(
    r"\b(?:add|put|insert|show|display|write|replace|overlay|instead)\b", r"加|添|写|显示|换|改成|插入"
)


def said(clause: Clause) -> Findings | None:
    """Read the removal of a place that is named by the words spoken there.

    Only a cut knows such a place: to mute it or to keep only that is named as unsupported.
    """
    quotes = clause.literals("q")
    if not quotes or any(says_filler(quote) for quote in quotes) or clause.has(_SHOWN):
        return None
    if not clause.has(_SAYS) or clause.values("re"):
        return None
    if not clause.has(REMOVE):
        return None if clause.has(_ADDS) else (Unsupported(clause.said()),)
    return tuple(Cut(said=quote) for quote in quotes)
