"""Undo and redo, and the file that is asked for."""

from __future__ import annotations

import re

from nemo_lab.engine.understand.clause import Clause, Finding, Findings, Unsupported
from nemo_lab.engine.understand.marks import words
from nemo_lab.engine.understand.numbers import NUMBER, number
from nemo_lab.engine.understand.rules.picture import aspect_of
from nemo_lab.protocol.plan import Captions, Export, Keep, Redo, Reframe, Undo
from nemo_lab.protocol.router import OTHER_FORMATS, asks_for_file, export_of

_UNDO = words(
    r"\b(?:undo|revert|roll(?:ing)? ?back|take (?:that|it|this) back|take back (?:the|my|that)|put (?:that"
    r"|it) back|go back(?: (?:a"
    r"|one) step| to (?:before|the previous))?"
    r"|step back|cancel (?:that|the last|it)|never ?mind that|scratch that|restore the (?:previous"
    r"|last))\b|\btake (?:that|the|my) (?:last )?(?:change|edit|cut|step)s? back\b",
    r"撤[销回](?!的)|(?:恢复|还原|改|变|退)回去|还原|回退|退回|取消(?:刚才|上一步|上次|这一步)"
    r"|返回上一步|回到上一步|恢复(?:到|成)(?:上|之前"
    r"|原)",
)
_REDO = words(
    r"\b(?:redo|re-do|do (?:it|that) again|reapply|put back what (?:i|you) undid)\b",
    r"重做|恢复(?:刚才|撤销|上一步|操作|回来)|^\W*恢复(?:一下|吧)?\W*$|再做一次|(?:还原"
    r"|恢复).*撤[销回]|撤[销回]的.*(?:恢复|还原|重做|拿回来)",
)
_AS_EVER = words(r"^[\s,.]*(?:之后|后面|然后|再)*恢复(?:到)?(?:正常|原速)")
_TIMES = words(
    rf"\blast ({NUMBER}) (?:edits?|changes?|steps?|things?|operations?|actions?)",
    rf"\b({NUMBER}) (?:times|steps|edits|changes)\b",
    rf"({NUMBER})[步次个]",
)
_TWICE = words(r"\btwice\b")
_OTHER_FORMAT = words(rf"\b({OTHER_FORMATS}|edl|fcpxml|xml)\b")
_RATE = words(r"\b\d+ ?(?:fps\b|frames per second)|\d+ ?帧")
_WITH_CAPTIONS = words(r"\bwith (?:\w+ )?(?:captions|subtitles|subs)\b", r"带字幕|加字幕|有字幕")


def undo(clause: Clause) -> Findings | None:
    """Read "undo", "undo the last two edits", 撤销; each step is one operation."""
    undone = clause.has(
        words(
            r"\b(?:what|that) i (?:undid|took back)\b|(?:还原|恢复|重做).*撤[销回]|撤[销回]的.*(?:恢复"
            r"|还原|重做|拿回来)"
        )
    )
    kind = Redo if clause.has(_REDO) and (undone or not clause.has(_UNDO)) else Undo
    if (kind is Undo and not clause.has(_UNDO)) or clause.has(_AS_EVER):
        return None
    said = clause.find(_TIMES)
    count = 2 if clause.has(_TWICE) else 1
    if said:
        count = int(number(next(group for group in said.groups() if group)))
    elif clause.value("x"):
        count = int(clause.value("x") or 1)
    return tuple(kind() for _ in range(max(1, min(count, 50))))


_PIECE = (
    r"(?:(?:keep|make|get|have) (?:it|this|the (?:file|video)) |(?:it )?(?:should|must"
    r"|has to) be )?(?:under|below|less than|at most|max(?:imum)?(?: of)?"
    r"|no (?:more|bigger|larger) than|smaller than|up to|within) ‹b:[^›]*›(?: or (?:less|under|smaller))?"
    r"|(?:in |as |at |an? )?(?:\d{3,4}p|[248]k|mp4|mov|webm|mkv|gif|full hd|(?:high|best|low|top) quality)"
    r"|(?:文件|体积)?(?:大小)?(?:要|得)?(?:控制在|(?:不要|别|不)?超过|小于|低于|压到"
    r"|压缩到)?‹b:[^›]*›(?:以内|以下|之内)?"
)
_SIZE_ONLY = words(
    rf"^[\s,.]*(?:and |but |so |please )?(?:{_PIECE})(?:(?:,| and| |、)+(?:{_PIECE}))*(?: please|就行|就好"
    rf"|吧)?[\s.!]*$"
)


_NAMES_FORMAT = words(
    r"\b(?:as|in|into|to|an?|the|one|my|just|only)\b[^,;]*\b(?:mp4|mov|webm|mkv|gif|mp3|wav|m4a)\b"
    r"|^\W*(?:audio|sound) only\b",
    r"[出导存转成个要给版].*(?:mp4|mov|webm|mkv|gif|mp3|wav|m4a|动图)|[只仅单](?:要|导|出|留)*(?:音频"
    r"|声音)",
)


def format_named(clause: Clause) -> Findings | None:
    """Read "put it in a 720p mp4" and "audio only": words that name a format ask for the file."""
    if not clause.has(_NAMES_FORMAT) or clause.literals("f") or clause.values("re"):
        return None
    wish = export_of(clause.words())
    return (wish,) if wish.format else None


_LIMIT = words(
    r"\b(?:below|under|less|max\w*|exceed\w*|over|within|bigger|larger|smaller|limit|at most|than)\b",
    r"超过|以内|以下|之内|小于|低于|不到|控制|上限|最大|限制",
)


def size_only(clause: Clause) -> Findings | None:
    """Read "under 50 MB" or "1080p" by itself: how the file is to be."""
    if clause.has(_SIZE_ONLY):
        wish = export_of(clause.words())
        return (wish,) if wish != Export() else None
    if clause.values("b") and clause.has(_LIMIT):
        return (Export(max_bytes=export_of(clause.words()).max_bytes),)
    return None


def export(clause: Clause) -> Findings | None:
    """Read a wish for the file; a stretch that is named with it is kept."""
    said = clause.words()
    if not asks_for_file(said):
        return None
    found: list[Finding] = [Keep(start_ms=start, end_ms=end) for start, end in clause.spans()]
    aspect = aspect_of(clause)
    if aspect:
        found.append(Reframe(aspect=aspect))
    if clause.has(_WITH_CAPTIONS):
        found.append(Captions())
    wish = export_of(said)
    other = _OTHER_FORMAT.search(re.sub(r"\S*[/\\]\S*", "", said))
    rate = clause.find(_RATE)
    if rate:
        found.append(Unsupported(rate[0]))
    if other and wish.format is None:
        found.append(Unsupported(other[0]))
    return (*found, wish)
