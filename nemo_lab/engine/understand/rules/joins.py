"""Transitions at the cuts, and fades at the ends."""

from __future__ import annotations

import re
from typing import Final, Literal

from nemo_lab.engine.understand.clause import Clause, Findings
from nemo_lab.engine.understand.marks import words
from nemo_lab.engine.understand.rules import lengths
from nemo_lab.engine.understand.rules.vocabulary import AT_END, AT_START, MUSIC_NOUN, REMOVE
from nemo_lab.protocol.patterns import Words
from nemo_lab.protocol.plan import Fade, Question, Transition, TransitionKind

_NOUN = words(
    r"\b(?:transitions?|cross[ -]?fad(?:e|es|ing)|(?:cross[ -]?)?dissolves?|wip(?:e|es)(?! out)"
    r"|dip(?:s|ping)? to (?:black|white)|(?:fades?|fading|dips?) (?:through|via) (?:black|white))\b",
    r"\b(?:join|merge|combine|connect)\b.*\b(?:with|using) an? (?:‹[^›]*› ?|\w+ ){0,3}(?:slide|push)\b",
    r"\bfade(?:s|d)?\b.*\b(?:between|at (?:each|every|the) (?:cut|join)s?|at (?:each|every) \w+)",
    r"\b(?:smooth|soften|blend)(?:en)?(?: out)?(?: \w+){0,2} (?:cuts|jumps|joins|clips|edits)\b",
    r"转场|过渡|叠化|(?:中间|之间)[^,]{0,6}淡[化入]|溶解|闪白|闪黑|划像|擦除|交叉淡化|衔接(?:更?自然"
    r"|平滑|流畅)",
)
_KINDS: Final[tuple[tuple[TransitionKind, Words], ...]] = (
    ("fade_black", words(r"\b(?:fade|dip|cut|fading|dipping)s? (?:\w+ )?(?:to|through|via) black"
        r"|\bblack (?:fade|transition|dip)|闪黑|黑场|淡?入?黑")),
    ("fade_white", words(r"\b(?:fade|dip|flash|fading|dipping)s? (?:\w+ )?(?:to|through|via) white"
        r"|\bwhite (?:fade|transition|flash)|闪白|白场")),
    ("wipe_right", words(r"\bwip\w*\b.*\bright|\bright\b.*\bwip|(?:向?右)[^,]{0,3}(?:擦除|划)|(?:擦除"
        r"|划)[^,]{0,3}右")),
    ("wipe_left", words(r"\bwip\w*\b|擦除|划像|划[出入]")),
    ("slide_right", words(r"\b(?:slid\w*|push)\b.*\bright|\bright\b.*\bslid|向?右滑|滑[^,]{0,3}右")),
    ("slide_left", words(r"\bslid\w*\b|\bpush\b|滑动?")),
)  # fmt: skip
_CUTS = words(r"\bcut(?:s|ting)?\b")
_JOINED = words(
    r"‹f:|\b(?:files|videos|clips|recordings|them|both|everything|all)\b.*\b(?:with|using)\b",
    r"‹f:|(?:文件|视频|素材).*(?:用|加|带)",
)
_FADE = words(
    r"\b(?:ease|come|go|open|start) (?:in |out )?(?:from|to) black\b|\bfad(?:e|es|ing|ed)\b"
    r"|\bfade-?(?:in|out)\b",
    r"淡[入出]|渐[入出显隐]|渐黑|(?:慢慢|逐渐|渐渐|缓缓)(?:地)?(?:变|转)?(?:黑|暗下?[去来]?$|消失"
    r"|出现)|黑场(?:结束|收尾|淡入)|渐变?(?:进|出)",
)
_IN = words(r"\bin\b(?! (?:the )?(?:last|end))|\bfade-?in|\bfrom black|‹w:i", r"淡入|渐入|渐显|渐进")
_OUT = words(
    r"\bout\b|\bfade-?out|\bto (?:black|white|silence|nothing)|\baway\b|‹w:i",
    r"淡出|渐出|渐隐|渐黑|(?:慢慢|逐渐|渐渐|缓缓)(?:地)?(?:变|转)?(?:黑|暗|消失)|(?<!从)黑场(?!淡入)"
    r"|淡入淡出",
)
_AUDIO = words(r"\b(?:audio|sound|volume)\b", r"音频|声音|音量|音轨")
_PICTURE = words(r"\b(?:picture|image|visuals?)\b", r"画面|图像")
_UNDO = {"en": "undo", "zh": "撤销"}


def transition(clause: Clause) -> Findings | None:
    """Read a blend at every cut."""
    if not clause.has(_NOUN):
        return None
    if clause.has(REMOVE) and not clause.has(_CUTS):
        text = (
            "要撤销上一步来去掉转场吗？"
            if clause.language == "zh"
            else "Undo the last edit to take the transitions back?"
        )
        return (Question(text=text, options=(_UNDO[clause.language],)),)
    joined = lengths.merge(clause) if clause.has(_JOINED) else None
    kind = next((name for name, pattern in _KINDS if pattern.search(clause.text)), "crossfade")
    return (*(joined or ()), Transition(kind=kind, duration_ms=max(1, clause.time() or 400)))


def fade(clause: Clause) -> Findings | None:
    """Read a fade at the start or the end; without a direction it is both, or that of the edge named."""
    if not clause.has(_FADE) or clause.has(words(r"\bslow fade of\b")):
        return None
    length = clause.time() or _edge_length(clause) or 1000
    target = _target(clause)
    return tuple(
        Fade(direction=way, duration_ms=max(1, length), target=target) for way in _directions(clause)
    )


def _directions(clause: Clause) -> list[Literal["in", "out"]]:
    ways: list[Literal["in", "out"]] = []
    if clause.has(_IN):
        ways.append("in")
    if clause.has(_OUT):
        ways.append("out")
    if ways:
        return ways
    start, _ = clause.span()
    if clause.has(AT_END) or (start is not None and start < 0):
        return ["out"]
    return ["in"] if clause.has(AT_START) or clause.spans() else ["in", "out"]


def _edge_length(clause: Clause) -> int | None:
    """Return the length of "the first 2 seconds" or "the last 3 seconds"."""
    for start, end in clause.spans("e"):
        if start == 0 and end:
            return end
        if start is not None and start < 0 and end is None:
            return -start
    return None


def _target(clause: Clause) -> Literal["both", "video", "audio"]:
    sound = clause.has(_AUDIO) or clause.has(MUSIC_NOUN)
    if sound and not clause.has(_PICTURE) and not re.search(r"\bvideo and\b|视频和", clause.text, re.I):
        return "audio"
    return "video" if clause.has(_PICTURE) and not sound else "both"
