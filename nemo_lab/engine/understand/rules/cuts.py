"""Removing and keeping stretches of the timeline."""

from __future__ import annotations

from nemo_lab.engine.understand.clause import Clause, Finding, Findings, Span, Unsupported
from nemo_lab.engine.understand.marks import words
from nemo_lab.engine.understand.rules.vocabulary import AHEAD, AT_END, AT_START, KEEP, REMOVE
from nemo_lab.protocol.draft import TrackType
from nemo_lab.protocol.plan import Cut, Keep, Question, Split

_EXCEPT = words(
    r"\b(?:everything|all|anything|the rest|whatever)?,? ?(?:except(?: for)?|but(?: for)?|besides"
    r"|other than|apart from|outside(?: of)?|not (?:in|between))(?: the)? ‹[re]:|\ball but\b"
    r"|\beverything (?:but|except)\b",
    r"(?<![删去移清剔解])(?:除了|除)‹?|以外|之外",
)
_TRIM = words(r"\btrim|^[\s,.]*crop\b|\bclip\b(?= ‹r)", r"裁剪|修剪")
_TAKES = words(
    r"\b(?:clip|grab|pull|take|give me|get me|lift|i (?:just |only )?(?:want|need)|we (?:just "
    r"|only )?(?:want|need)|pick|use)\b"
    r"(?: (?:me|just|only|out|the|that|this|part|bit|section|clip|stretch|from|between|it|video"
    r"|up))* ‹[re]:(?!.*\b(?:out|off|away|gone)\b)",
    r"(?<!不)(?<!别)(?:取|要|拿|用|选|抓)(?:的是|的|一下|出)?(?:视频)?(?:的)?‹[re]:",
)
_ONLY_REMOVES = words(
    r"\b(?:only|just) (?:cut(?! to)|remove|delete|drop|lose|chop)\b|\b(?:cut|remove|delete|drop|lose"
    r"|chop) (?:only|just)\b"
)
_OFF_EDGE = words(
    r"\b(?:off|from)(?: of)? (?:the |either |both |each )*(?:\w+ )?(?:start|beginning|front|end|ends|back"
    r"|top|tail)\b"
)
"""What is taken off an end is gone, though "take" by itself keeps."""
_DOWN_TO = words(
    r"\b(?:crop|trim|cut|clip|shorten|limit|reduce)\b(?: \w+){0,3}? (?:down )?to (?:the )?‹r"
    r"|\b(?:crop|trim|cut|clip|limit|reduce)\b(?: \w+){0,3}? (?:down )?to (?:just |only )(?:the )?‹e"
)
_TRIM_OUT = words(r"\btrim(?:ming)? (?:\w+ )?(?:out|off|away)\b|裁剪掉")
_ENDS = words(
    r"\b(?:ends?|stops?|finish(?:es)?)\b.*?(?:at|after|by) ‹t:(\d+)|(?:在|到)?‹t:(\d+)#\d+›(?:处"
    r"|时|那里|左右)?(?:就|再|便)?(?:结束|停|收尾|为止|打住)"
)
_BEGINS = words(
    r"\b(?:starts?|begins?|open)\b.*?(?:at|from) ‹t:(\d+)|从第?‹t:(\d+)#\d+›(?:处|那里|左右)?(?:再"
    r"|才)?(?:开始|起|播|放)(?:播放?|放|算|正片)?(?:吧|就好|就行|即可|就可以|了|好了)*$"
    r"|从‹e:(\d+):#\d+›(?:开始|起)?$"
)
_SO_THAT = words(
    r"\bso (?:that )?(?:it|the \w+) (?:starts?|begins?|ends?|stops?|finish(?:es)?)\b|让(?:它"
    r"|视频|片子)?从"
)
_CUT_AT = words(r"\b(?:cut|slice|split)\b(?: \w+){0,4}? (?:at|on) (?:the )?‹t:(\d+)")
_CUT_AT_ZH = words(
    r"(?:在|从)?‹t:(\d+)#\d+›(?:处|的?地方|的?位置|那里|这里)?(?:给我|帮我|再|也|又)*(?:剪开|切开|断开|剪断"
    r"|切断|剪一刀"
    r"|切一刀|分开)"
)
_LENGTH = words(
    r"(?:about |around )?‹t:(\d+)#\d+›(?:的| of)?(?: (?:video|footage))?(?:,| |from|off|at|in"
    r"|of)*(?:the )?(?:very )?(?:start|beginning|end|front|intro|tail)?"
)
_FRONT = words(r"\b(?:beginning|start|intro(?:duction)?|opening|front)\b", r"片头|开头|开场|前面|前奏|开始")
_BACK = words(r"\b(?:end(?:ing)?|outro|closing|tail)\b", r"片尾|结尾|末尾|尾巴|后面|最后")
_SEGMENT = words(
    r"\b(?:clip|segment|part|scene|section|piece|shot) (?:number |no\.? ?|#)?(\d+|one|two|three|four"
    r"|five)\b",
    r"\bthe (first|second|third|fourth|fifth|last) (?:clip|segment|part|scene|section|piece|shot)\b",
    r"第([一二三四五六七八九十\d]+)[段个]?(?:片段|镜头|段|部分|素材)|(最后)一[段个](?:片段|镜头|素材)?",
)
_HALF = words(r"\b(first|second|last|latter) half\b|(前|后)(?:面)?(?:一半|半段|半部分|半)")
_ORDER = {
    "one": 1,
    "first": 1,
    "two": 2,
    "second": 2,
    "three": 3,
    "third": 3,
    "four": 4,
    "fourth": 4,
    "five": 5,
    "fifth": 5,
    "last": -1,
    "最后": -1,
    "一": 1,
    "二": 2,
    "三": 3,
    "四": 4,
    "五": 5,
    "六": 6,
    "七": 7,
    "八": 8,
    "九": 9,
    "十": 10,
}


_REST_GOES = words(
    r"\b(?:the rest|everything else|all else|all the rest|others?|the remainder|the remaining \w+)\b",
    r"(?:其[他它余]|剩下|别)的?(?:部分|地方|内容|片段)?(?:都|全部?|统统|就)*(?:不要|[剪删去砍])",
)


def cut_or_keep(clause: Clause) -> Findings | None:
    """Read removal and keeping of named stretches.

    "cut A to B" removes, "trim from A to B" keeps, "trim the first N" removes; a stretch without a
    verb is kept when the sentence asks for the file, else it is asked about.
    """
    edge = _new_edge(clause)
    if edge:
        return edge
    spans = clause.spans() or _at_edge(clause) or _half(clause)
    if not spans:
        return _cut_point(clause) or _segment(clause) or _named_edge(clause)
    removes, keeps = clause.has(REMOVE), clause.has(KEEP)
    if clause.has(_ONLY_REMOVES):
        return _ranges(spans, keep=False)
    if clause.has(_EXCEPT):
        return _ranges(spans, keep=not keeps) if removes or keeps else None
    if clause.has(_DOWN_TO) or (keeps and clause.has(_REST_GOES)):
        return _ranges(spans, keep=True)
    if removes and clause.has(_TRIM) and not clause.has(_TRIM_OUT) and clause.values("r"):
        return _ranges(spans, keep=True)
    if keeps and not (removes and not clause.has(words(r"\bonly\b|只保留|只留"))):
        return _ranges(spans, keep=True)
    if removes or (clause.has(_TAKES) and _OFF_EDGE.search(clause.words())):
        return _ranges(spans, keep=False)
    if clause.has(_TAKES):
        return _ranges(spans, keep=True)
    return _without_verb(clause, spans)


def _ranges(spans: list[Span], *, keep: bool) -> Findings:
    kind = Keep if keep else Cut
    return tuple(kind(start_ms=start, end_ms=end) for start, end in spans)


def _without_verb(clause: Clause, spans: list[Span]) -> Findings | None:
    bare = clause.text.strip(" ,.")
    if not words(
        r"^(?:from |just |the |从|use |take |就)*‹[re]:[^›]*›(?:吧|的部分|这段| please| part)?$"
    ).search(bare):
        return None
    if clause.exports:
        return _ranges(spans, keep=True)
    said = clause.said()
    if clause.language == "zh":
        options = (f"保留{said}", f"剪掉{said}")
        return (Question(text=f"{said}要保留还是剪掉？", options=options, default=options[0]),)
    options = (f"keep {said}", f"remove {said}")
    return (Question(text=f"Keep {said}, or remove it?", options=options, default=options[0]),)


def _new_edge(clause: Clause) -> Findings | None:
    """Read "end it at 1:30" and "start the video at 0:10"."""
    ahead = clause.find(AHEAD)
    if ahead:
        return (Cut(start_ms=0, end_ms=int(ahead[1] or ahead[2])),)
    if (clause.has(REMOVE) and not clause.has(_SO_THAT)) or clause.literals("q"):
        return None
    ends, begins = clause.find(_ENDS), clause.find(_BEGINS)
    if ends and not begins:
        return (Cut(start_ms=int(ends[1] or ends[2])),)
    if begins and not ends:
        return (Cut(start_ms=0, end_ms=int(begins[1] or begins[2] or begins[3])),)
    return None


def _at_edge(clause: Clause) -> list[Span]:
    """Read "remove 5 seconds at the beginning": a length and an edge that do not touch."""
    length = clause.time()
    if length is None or not (clause.has(REMOVE) or clause.has(KEEP)):
        return []
    if clause.has(AT_START) or clause.has(words(r"\b(?:off|from) the (?:front|intro)\b")):
        return [(0, length)]
    return (
        [(-length, None)]
        if clause.has(AT_END) or clause.has(words(r"\b(?:off|from) the (?:back|tail|outro)\b"))
        else []
    )


def _half(clause: Clause) -> list[Span]:
    """Read "the first half", which needs the length."""
    said = clause.find(_HALF)
    if not said or not clause.session or not (clause.has(REMOVE) or clause.has(KEEP)):
        return []
    middle = clause.session.length_ms // 2
    return [(0, middle)] if said[0].lower().startswith(("first", "前")) else [(middle, None)]


def _cut_point(clause: Clause) -> Findings | None:
    """Read "cut at 1:00": a cut through, with nothing removed."""
    if not (clause.has(_CUT_AT) or clause.has(_CUT_AT_ZH)):
        return None
    return tuple(Split(at_ms=at) for at in dict.fromkeys(int(time) for time in clause.values("t")))


def _segment(clause: Clause) -> Findings | None:
    """Read "delete clip 2", which needs the timeline."""
    said = clause.find(_SEGMENT)
    if not said or not (clause.has(REMOVE) or clause.has(KEEP)):
        return None
    name = next(group for group in said.groups() if group).lower()
    number = _ORDER.get(name) or (int(name) if name.isdigit() else 0)
    placed = _placed(clause)
    if number == -1:
        number = len(placed)
    if not 1 <= number <= len(placed):
        return (Unsupported(clause.said()),)
    start, end = placed[number - 1]
    return _ranges([(start, end)], keep=not clause.has(REMOVE))


def _placed(clause: Clause) -> list[tuple[int, int]]:
    main = (
        (clause.session.of_type(TrackType.VIDEO) or clause.session.of_type(TrackType.AUDIO))
        if clause.session
        else []
    )
    return [(round(at), round(at + piece.duration_ms)) for at, piece in main[0].placed()] if main else []


def _named_edge(clause: Clause) -> Findings | None:
    """Ask how long an intro or an ending is."""
    front, back = clause.has(_FRONT), clause.has(_BACK)
    if not clause.has(REMOVE) or not (front or back) or clause.literals("q"):
        return None
    found: list[Finding] = [
        _how_long(clause, ahead) for ahead, named in ((True, front), (False, back)) if named
    ]
    return tuple(found)


def _how_long(clause: Clause, front: bool) -> Question:
    if clause.language == "zh":
        where = "开头" if front else "最后"
        options = tuple(f"剪掉{where}{count}秒" for count in (5, 10, 30))
        return Question(text=f"{where}要剪掉多长？", options=options, default=options[0])
    where = "first" if front else "last"
    options = tuple(f"cut the {where} {count} seconds" for count in (5, 10, 30))
    return Question(
        text=f"How much of the {'beginning' if front else 'end'}?", options=options, default=options[0]
    )
