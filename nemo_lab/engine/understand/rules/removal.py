"""Taking out again what earlier edits put in: titles, captions, music, transitions, looks."""

from __future__ import annotations

from typing import Final

from nemo_lab.engine.understand import places
from nemo_lab.engine.understand.clause import Clause, Finding, Findings, Unsupported
from nemo_lab.engine.understand.marks import words
from nemo_lab.engine.understand.places import ORDINALS
from nemo_lab.engine.understand.rules.silence import says_filler
from nemo_lab.engine.understand.rules.vocabulary import MUSIC_NOUN, NOT_BURNT, REMOVE
from nemo_lab.protocol.draft import Track, TrackType
from nemo_lab.protocol.patterns import Words
from nemo_lab.protocol.plan import Remove, RemoveTarget

_BACK = words(
    r"\b(?:undo|revert|reset|restore|un-?do|bring back the (?:original|normal)|take back|cancel"
    r"|back to (?:the )?(?:normal|original|default)|go back to (?:the )?(?:normal|original))\b",
    r"撤[销回掉了]|取消|恢复|还原|重置|改回|变回|调回",
)
_OFF = words(
    r"\b(?:turn|switch) (?:\w+ ){0,4}?off\b|\bno longer\b|^[\s,.]*(?:no|without) "
    r"|\bno (?:more )?\w+ (?:any ?more|any longer)\b"
    r"|\bremove\w*\b|\btake (?:\w+ ){1,4}?down\b"
    r"|\bmake (?:\w+ ){1,5}?(?:disappear|vanish|go away)\b"
    r"|\bhide\b|\bdisable\b",
    r"关[掉闭]|去了|删了|不需要|别要",
)
_NO_FILE = words(r"(?:不要?|别|不用|暂不|先不)(?:急着|马上|先|再|现在)*(?:导出|渲染|输出|保存|下载)")
"""What is not wanted is the file."""
_NEW = words(
    r"\b(?:replace|change (?:it|the|my|to)|swap|add|insert|instead|put (?!back)|quieter|louder|volume of)\b"
    r"|\b(?:wherever|where|whenever|every ?time|at (?:each|every|all|the)|between) (?:\w+ )*?cuts?\b"
    r"|\bunder (?:the|my)\b|\bonly\b|\b(?:in|by|to) half\b",
    r"换|改成|添加|加[上入个]|[配打]上|音量|调[大小高低到]|只",
)
_THINGS: Final[tuple[tuple[RemoveTarget, Words], ...]] = (
    (
        "title",
        words(
            r"\b(?:titles?(?: cards?| texts?)?|headings?|headlines?|lower[ -]thirds?|text(?: overlays?)?"
            r"|texts|overlays?|(?:end|closing) credits)\b",
            r"标题|文字(?!幕)|字样|片尾名单|大字",
        ),
    ),
    ("captions", words(r"\b(?:captions?|subtitles?|subs|closed[ -]captions?)\b", r"字幕")),
    ("chapters", words(r"\bchapters?\b", r"章节")),
    ("transition", words(r"\b(?:transitions?|cross[ -]?fades?|dissolves?|wipes?)\b", r"转场|过渡|叠化")),
    ("fade_in", words(r"\bfade[ -]?ins?\b", r"淡入(?!淡出)")),
    ("fade_out", words(r"\bfade[ -]?outs?\b", r"(?<!淡入)淡出")),
    ("fade", words(r"\bfad(?:es?|ing)\b|‹w:i", r"淡入淡出")),
    ("music", MUSIC_NOUN),
    ("blur", words(r"\b(?:blur(?:ring|red)?|pixelation)\b", r"模糊|虚化|马赛克")),
    ("zoom", words(r"\bzoom(?:[ -]?ins?|ing)?\b", r"放大|缩放|推近")),
    (
        "color",
        words(
            r"\bcolou?r(?:s|ing)? (?:chang\w*|effects?|filters?|adjust\w*|correct\w*|grad\w*|tweaks?|boost"
            r"|settings?)\b|‹w:bw|\b(?:brightness|contrast|saturation|temperature|tint) (?:chang\w*|boost"
            r"|adjust\w*)\b",
            r"调色|黑白|(?:颜色|色彩|亮度|对比度|饱和度)(?:调整|效果|修改)",
        ),
    ),
    ("speed", words(r"\bspeed[ -](?:up|change|ramp|effect)s?\b|\bslow[ -]?mo(?:tion)?\b", r"变速|慢动作")),
    ("denoise", words(r"\b(?:noise reduction|de-?nois\w+)\b", r"降噪")),
    ("normalize", words(r"\b(?:normali[sz]\w+|loudness)\b", r"标准化|响度")),
    ("watermark", words(r"\b(?:water ?marks?|logo)\b", r"水印|logo|角标")),
)
_BACK_THINGS: Final[tuple[tuple[RemoveTarget, Words], ...]] = (
    (
        "color",
        words(
            r"\b(?:colou?rs?|colou?ring|brightness|contrast|saturation|tint|warmth)\b",
            r"颜色|色彩|色调|亮度|对比度|饱和度",
        ),
    ),
    ("speed", words(r"\b(?:speed|pace)\b", r"速度?|原速")),
    ("volume", words(r"\b(?:volume|mut(?:e|ing)|loudness|sound|audio)\b", r"音量|静音|声音|原声")),
    ("rotate", words(r"\brotat(?:ion|e|ing)\b", r"旋转")),
    ("flip", words(r"\b(?:flip(?:ping)?|mirror(?:ing)?)\b", r"镜像|翻转")),
    (
        "reframe",
        words(
            r"\b(?:aspect(?: ratio)?|crop(?:ping)?|vertical|square|format|shape|reframe)\b",
            r"比例|竖屏|横屏|裁剪|画幅",
        ),
    ),
    ("resize", words(r"\b(?:resolution|size|resiz\w+)\b", r"分辨率|尺寸")),
)
_UNMUTE = words(r"\bun-?mut(?:e|ing)\b|\b(?:sound|audio) back(?: on| in)?\b", r"取消静音|解除静音|恢复声音")
_NORMAL_SPEED = words(
    r"\b(?:back to|at|to|normal|original|regular) (?:the )?(?:normal|original|regular)? ?speed\b",
    r"原速|正常速度|原来的速度",
)
_TO_MUSIC = words(
    r"\b(?:cut|edit|trim|sync|match)\b(?: \w+){0,3}? (?:to|on|with) the (?:\w+ )?(?:music|beat"
    r"|song)\b",
    r"卡点|跟着音乐",
)
_STEPS = words(r"\b(?:last|previous) (?:\w+ )?(?:edits?|changes?|steps?|things?|actions?)\b|[步次]")
_NTH = words(
    r"\b(" + "|".join(ORDINALS) + r"|last|final|intro|opening) (?:one|two |three )?",
    r"(?:titles?|transitions?|text) (?:number |no\.? ?|#)?(\d+)",
    r"第([一二三四五六七八九十\d]+)[个条段处]?|(最后|开头|片头)一?[个条处]?",
)
_FIRST_FEW = words(r"\b(first|last) (two|three|2|3) |(前|[最后]后)([两二三23])[个条]")
_FEW = {"two": 2, "2": 2, "两": 2, "二": 2, "three": 3, "3": 3, "三": 3}


def removal(clause: Clause) -> Findings | None:
    """Read "remove the second title", "undo the colour", 转场不要了: what earlier edits put in goes."""
    if clause.values("retpdxbl") or clause.literals("f") or clause.has(NOT_BURNT) or clause.has(_NO_FILE):
        return None
    if says_filler(clause.text):
        return None
    if clause.has(_UNMUTE):
        return (Remove(target="volume"),)
    if clause.has(_TO_MUSIC):
        return (Unsupported(clause.said()),)
    back = clause.has(_BACK) and not clause.has(_STEPS)
    if not (back or clause.has(REMOVE) or clause.has(_OFF)) or (clause.has(_NEW) and not back):
        return None
    if clause.literals("q"):
        return _quoted(clause)
    if places.unknown(clause.text):
        return (Unsupported(clause.said()),)
    targets = _targets(clause, back=back)
    if targets == ["watermark"] and not _marked_before(clause):
        return None
    return tuple(op for target in targets for op in _which(clause, target)) or None


def _targets(clause: Clause, *, back: bool) -> list[RemoveTarget]:
    """Return all that is named, in the order in which it is said."""
    if back and clause.has(_NORMAL_SPEED):
        return ["speed"]
    found_at: dict[RemoveTarget, int] = {}
    taken: list[tuple[int, int]] = []
    for target, pattern in _THINGS + (_BACK_THINGS if back else ()):
        found = clause.find(pattern)
        if found and not any(start < found.end() and found.start() < end for start, end in taken):
            found_at.setdefault(target, found.start())
            taken.append(found.span())
    return sorted(found_at, key=lambda target: found_at[target])


def things(text: str) -> list[RemoveTarget]:
    """Return what a text names that edits put in, by its noun alone."""
    return [target for target, pattern in _THINGS if pattern.search(text)]


def _which(clause: Clause, target: RemoveTarget) -> list[Finding]:
    if target not in ("title", "transition"):
        return [Remove(target=target)]
    few = clause.find(_FIRST_FEW)
    if few:
        count = _FEW[few[2] or few[4]]
        front = (few[1] or "").lower() == "first" or few[3] == "前"
        return [Remove(target=target, number=n if front else n - count - 1) for n in range(1, count + 1)]
    names = [next(group for group in found.groups() if group) for found in _NTH.finditer(clause.text)]
    numbers = [_number(name.lower()) for name in names]
    return [Remove(target=target, number=number) for number in numbers or (None,)]


def _number(name: str) -> int:
    return int(name) if name.isdigit() else ORDINALS.get(name) or (-1 if name in _LAST else 1)


_LAST = ("last", "final", "最后")


def _quoted(clause: Clause) -> Findings | None:
    """Read a title that is named by its words, which needs the timeline."""
    texts = clause.literals("q")
    if any(says_filler(text) for text in texts):
        return None
    shown = [
        str(segment.metadata.get("text", "")).casefold()
        for _, segment in sorted(
            (placed for track in _texts(clause) for placed in track.placed()), key=lambda placed: placed[0]
        )
    ]
    found: list[Finding] = [
        Remove(target="title", number=shown.index(text.casefold()) + 1)
        for text in texts
        if text.casefold() in shown
    ]
    return tuple(found) if len(found) == len(texts) else (Unsupported(clause.said()),)


def _texts(clause: Clause) -> list[Track]:
    tracks = clause.session.of_type(TrackType.TEXT) if clause.session else []
    return [track for track in tracks if track.metadata.get("role") != "captions"]


def _marked_before(clause: Clause) -> bool:
    """Whether the watermark was put in here; one that was filmed cannot be taken out."""
    effects = clause.session.effects if clause.session else ()
    return any(effect.get("op") == "watermark" for effect in effects)
