"""Faster and slower."""

from __future__ import annotations

from nemo_lab.engine.understand.clause import Clause, Findings, Unsupported
from nemo_lab.engine.understand.marks import words
from nemo_lab.engine.understand.rules.vocabulary import ABSOLUTE, SLIGHT, STRONG
from nemo_lab.protocol.plan import Question, Remove, Speed

_SPEED = words(
    r"\bspe(?:ed|eds|eding|d)\b|\bfast(?:er)?\b(?! ?(?:song|music|beat|cut))|\bslow(?:er|ed|ing|s)?\b(?!ly)"
    r"|\bslow[ -]?mo(?:tion)?\b|\bfast[ -]?(?:forward|motion)|\b(?:time|hyper)[ -]?lapse|\baccelerate\b"
    r"|\b(?:double|half) time\b|\bplay(?:back)?\b.*‹x:",
    r"[快慢]‹[xp]|半速|倍速|‹x:[^›]*›速|加速|减速|放慢|变[快慢]|慢动作|慢放|慢镜头|快放|快进|提速"
    r"|[快慢]一[点些倍]"
    r"|速度|加快"
    r"|调[快慢]"
    r"|延时",
)
_SLOW = words(r"\bslow|\bhalf time\b", r"慢|减速|降速")
_LAPSE = words(r"\b(?:time|hyper)[ -]?lapse", r"延时")
_SLOW_MOTION = words(r"\bslow[ -]?mo", r"慢动作|慢镜头|慢放")
_FORWARD = words(r"\bfast[ -]?forward", r"快进|快放")
_NORMAL = words(r"\b(?:normal|original|regular) speed\b", r"原速|正常速度")
_HALF = words(r"\bhalf\b|减半|一半|半速")
_QUARTER = words(r"\bquarter\b")
_DOUBLE = words(r"\b(?:double|twice)\b|翻倍|快一倍|加倍")
_TRIPLE = words(r"\b(?:triple|three times|thrice)\b")
_INTO = words(
    r"\b(?:to|into|in|within|fit|fits|becomes?|is|lasts?) (?:exactly |about |only )?‹t:(\d+)|到‹t:(\d+)"
    r"|成‹t:(\d+)|‹t:(\d+)#\d+›以?内"
)
_OPTIONS = {
    "en": ("speed it up 1.5x", "speed it up 2x", "speed it up 4x"),
    "zh": ("加速到1.5倍", "加速到2倍", "加速到4倍"),
}


def speed(clause: Clause) -> Findings | None:
    """Read faster and slower, by a factor, by a part, or into a length (when the length is known)."""
    if not clause.has(_SPEED):
        return None
    into = clause.find(_INTO)
    if into and not clause.spans() and clause.value("x") is None and clause.value("p") is None:
        return _into(clause, int(next(group for group in into.groups() if group)))
    factor = round(_factor(clause), 4)
    if not 0.05 <= factor <= 100:
        return (Unsupported(clause.said()),)
    if factor == 1 and not clause.spans():
        return (Remove(target="speed"),)
    places = clause.spans() or [(None, None)]
    return tuple(Speed(factor=factor, start_ms=start, end_ms=end) for start, end in places)


_PLAYS = words(
    r"\b(?:run|play|watch|go|show|have|like|want|need|put|set|make|take|do|crank)\b",
    r"放|播|跑|走|开|调|改|变",
    r"^[\s,.]*‹x:[^›]*›(?: speed)? ?(?:from |between |for |in |at |on "
    r"|during )?(?:the )?‹[re]:[^›]*›[\s,.]*$",
)


def plain_factor(clause: Clause) -> Findings | None:
    """Read "run it at 0.75x": a factor that no other rule wanted is one of speed."""
    times = clause.value("x")
    if times is None or not 0.05 <= times <= 100 or times == 1 or not clause.has(_PLAYS):
        return None
    places = clause.spans() or [(None, None)]
    return tuple(Speed(factor=times, start_ms=start, end_ms=end) for start, end in places)


def _into(clause: Clause, target_ms: int) -> Findings:
    length = clause.session.length_ms if clause.session else 0
    if length and target_ms and 0.05 <= length / target_ms <= 100:
        return (Speed(factor=round(length / target_ms, 4)),)
    text = "要加速到几倍？" if clause.language == "zh" else "How much faster should it play?"
    options = _OPTIONS[clause.language]
    return (Question(text=text, options=options, default=options[0]),)


def _factor(clause: Clause) -> float:
    slow = clause.has(_SLOW)
    times, part = clause.value("x"), clause.value("p")
    if times == 1 and clause.has(words(r"[快慢]‹x|加[快速]‹x|‹x:1#")) and not clause.has(ABSOLUTE):
        return 0.5 if slow else 2.0  # 快一倍 is as fast again
    if times:
        return 1 / times if slow and times > 1 else times
    if part:
        return _by_part(clause, part, slow)
    return _in_words(clause, slow)


def _by_part(clause: Clause, part: float, slow: bool) -> float:
    if clause.has(ABSOLUTE) and not clause.has(words(r"\bby (?:about )?‹p")):
        return part
    if slow:
        return 1 - part if part < 1 else 1 / part
    return 1 + part if part <= 1 or clause.has(words(r"\bby ‹p")) else part


def _in_words(clause: Clause, slow: bool) -> float:
    if clause.has(_NORMAL):
        return 1.0
    if clause.has(_DOUBLE) or clause.has(words(r"慢一倍")):
        return 0.5 if slow else 2.0
    if clause.has(_TRIPLE):
        return 1 / 3 if slow else 3.0
    if clause.has(_QUARTER):
        return 0.25
    if clause.has(_HALF) or clause.has(_SLOW_MOTION):
        return 0.5
    if clause.has(_LAPSE):
        return 8.0
    if clause.has(_FORWARD):
        return 4.0
    if slow:
        return 0.9 if clause.has(SLIGHT) else 0.5 if clause.has(STRONG) else 0.75
    return 1.25 if clause.has(SLIGHT) else 2.0 if clause.has(STRONG) else 1.5
