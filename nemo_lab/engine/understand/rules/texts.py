"""Titles, captions, chapters and watermarks."""

from __future__ import annotations

import re
from typing import Final, Literal

from nemo_lab.engine.understand.clause import Clause, Finding, Findings, Unsupported
from nemo_lab.engine.understand.marks import words
from nemo_lab.engine.understand.rules.silence import says_filler
from nemo_lab.engine.understand.rules.vocabulary import (
    ADD,
    AT,
    AT_END,
    AT_START,
    NOT_BURNT,
    REMOVE,
    VERB,
)
from nemo_lab.protocol.patterns import Words
from nemo_lab.protocol.plan import Captions, Chapters, Position, Question, Title, Watermark

_TITLE = words(
    r"\b(?:titles?|text|headings?|headline|words|lower[ -]third|credits|overlay|banner|sign|title card"
    r"|cards?|super|slide|labels?|caption|subtitle)\b",
    r"标题|文字|字样|片头|片尾|文本|大字|字幕|字|名单|弹幕|名字",
)
_STRICT_TITLE = words(
    r"\b(?:titles?|text|heading|headline|lower[ -]third|end credits|closing credits|title card|end card)\b",
    r"标题|文字(?!幕)|字样|片尾字幕|片尾名单|名单|片头字幕",
)
CAPTION = words(
    r"\b(?:captions?|captioned|captioning|subtitles?|subtitled|subtitling|subs|closed[ -]captions?|cc"
    r"|transcribe|transcript(?:ion)?|srt|vtt)\b",
    r"字幕",
)
_SOFT = words(
    r"\b(?:srt|vtt|soft|separate|sidecar|toggle(?:able)?|selectable|file)\b",
    r"外挂|软字幕|字幕文件|单独",
)
_BURNT = words(
    r"\b(?:burn(?:ed|t|ing)?[ -]?(?:it |them |the \w+ )?in(?:to)?|hard(?:coded)?[ -]?sub\w*)\b",
    r"烧录|烧[进到入]|压制|压[进到入]|硬字幕|嵌入",
)
_STYLE = words(
    r"\b(yellow|white|bold|karaoke|tik ?tok[ -]style|word[ -]by[ -]word|animated|large|big|small|minimal"
    r"|outlined?|bouncy|colou?rful|modern)\b",
    r"(黄色|白色|粗体|卡拉ok|逐字|逐词|动态|大号|小号|描边|花字)",
)
_LANGUAGE_NAMES = """
en english 英文 英语; zh chinese mandarin 中文 简体 普通话 汉语; es spanish 西班牙语; fr french 法语 法文;
de german 德语 德文; ja japanese 日文 日语; ko korean 韩文 韩语; pt portuguese 葡萄牙语; it italian 意大利语
ru russian 俄语; ar arabic 阿拉伯语; hi hindi; nl dutch
"""
_LANGUAGES: Final = {
    name: row.split()[0] for row in re.split(r"[;\n]", _LANGUAGE_NAMES.strip()) for name in row.split()[1:]
}
_LANGUAGE = words("|".join(rf"\b{name}\b" if name.isascii() else name for name in _LANGUAGES))
_CHAPTER = words(r"\bchapters?\b|\bchapter marks?\b|\btimestamps? for (?:youtube|the description)", r"章节")
_MARK = words(r"\b(?:water ?marks?|logo)\b", r"水印|标志|徽标|台标|logo|角标")
LOGO = words(r"‹f:|\b(?:logo|water ?mark)\b|水印|logo")
_IMAGE = re.compile(r"\.(?:png|jpe?g|webp|gif)$", re.I)
_CORNER = words(r"\b(?:top|bottom|upper|lower)[ -](?:left|right)\b|\bcorner\b|[左右][上下]角?|角落")
_OPACITY = words(r"(transparen\w*|透明度)|opacity|opaque|不透明")
_HALF_SEEN = words(
    r"\bhalf (?:opacity|opaque|transparent|transparency|see-through|visible)\b|\bsemi-?(?:transparent"
    r"|opaque)\b"
    r"|\b(?:translucent|see-through)\b|\bopacity (?:to |of )?half\b",
    r"半透明|一半透明|透明一半|透明度一半",
)
_SCALE = words(r"\b(?:size|scale|wide|width|as big|of the (?:width|picture|frame|screen))\b|大小|宽度|缩放")

_POSITIONS: Final[tuple[tuple[Position, Words], ...]] = (
    ("top-left", words(r"\b(?:top|upper)[ -]left|左上")),
    ("top-right", words(r"\b(?:top|upper)[ -]right|右上")),
    ("bottom-left", words(r"\b(?:bottom|lower)[ -]left|左下|\blower[ -]third")),
    ("bottom-right", words(r"\b(?:bottom|lower)[ -]right|右下")),
    ("top", words(r"\b(?:at|on|to|in|along|near|across) (?:the )?(?:very )?(?:top"
        r"|upper)\b(?! of the (?:video|clip))|\btop (?:of the (?:screen|frame|picture)|cent)|(?:^"
        r"|, ?)top(?=,|$| )|顶部|上方|上面"
        r"|上端")),
    ("bottom", words(r"\b(?:at|on|to|in|along|near|across) (?:the )?(?:very )?(?:bottom|lower part)\b"
        r"|\bbottom (?:of|cent)|(?:^|, ?)bottom(?=,|$| )|底部|下方|下面|底端")),
    ("left", words(r"\b(?:on|to|at|in) (?:the )?left\b|\bleft (?:side|edge)|左侧|左边")),
    ("right", words(r"\b(?:on|to|at|in) (?:the )?right\b|\bright (?:side|edge)|右侧|右边")),
    ("center", words(r"\bcent(?:er|re)(?:ed)?\b|\bmiddle\b|居中|中间|中央|正中")),
)  # fmt: skip
_COLOR_NAMES = """
ffffff white 白; 000000 black 黑; ff0000 red 红; ffff00 yellow 黄; 0000ff blue 蓝; 00ff00 green 绿
ffa500 orange 橙; ffc0cb pink 粉; 800080 purple 紫; ffd700 gold golden 金; 00ffff cyan; 808080 gray grey 灰
"""
_COLORS: Final = {
    name: f"#{row.split()[0]}" for row in re.split(r"[;\n]", _COLOR_NAMES.strip()) for name in row.split()[1:]
}
_COLOR = words(
    r"(?:\b(?:in|colou?r(?:ed)?:?|make it|font"
    r"|text) )(" + "|".join(name for name in _COLORS if name.isascii()) + r")\b",
    r"\b(" + "|".join(name for name in _COLORS if name.isascii()) + r")(?= (?:text|title|letters|font|words"
    r"|heading|caption|colou?r|,|bold)|,|$)",
    r"([白黑红黄蓝绿橙粉紫金灰])(?:色(?!背景|底|框|的?底)|字)",
)
_HEX = re.compile(r"#[0-9a-fA-F]{6}\b")
_BOX = words(
    r"\b(?:box|background|backdrop|bar|plate|behind (?:it|the text))\b",
    r"底框|背景[色框]|黑底|白底|衬底|色块|文本框",
)
_SIZES: Final = (
    (2.0, words(r"\b(?:huge|giant|massive|enormous|very (?:big|large))\b", r"超大|巨大|特大")),
    (1.5, words(r"\b(?:big(?:ger)?|large(?:r)?)\b", r"大号|大字|大一点|大标题|更大|字大")),
    (0.5, words(r"\b(?:tiny|very small)\b", r"超小|极小")),
    (0.7, words(r"\b(?:small(?:er)?|little)\b", r"小号|小字|小一点|小标题|更小")),
)
_THROUGHOUT = words(
    r"\b(?:throughout|whole (?:video|time|clip)|entire (?:video|time|clip)|all the way|always"
    r"|permanent(?:ly)?|from start to (?:end|finish))\b",
    r"全程|一直|整个|始终|全片|从头到尾",
)
_CREDITS = words(r"\b(?:end|closing|rolling) credits?\b|\bcredits\b", r"片尾|名单")
_BACK = {"en": "undo", "zh": "撤销"}


def title(clause: Clause) -> Findings | None:
    """Read a text to be shown: quoted (or marked as its words), with place, time and looks."""
    texts = clause.literals("q")
    if clause.has(REMOVE) and not clause.has(_ADDS_FIRST):
        return _removal(clause, texts)
    if texts and (clause.has(_TITLE) or clause.has(ADD) or clause.has(_MARK) or _bare(clause)):
        return tuple(_marked(clause, text) if clause.has(_MARK) else _title(clause, text) for text in texts)
    if not texts and clause.has(_STRICT_TITLE) and clause.has(ADD) and not clause.has(_LOOKS):
        return (_after_comma(clause) or _what_text(clause),)
    if not texts and clause.has(_STRICT_TITLE) and clause.has(_LOOKS):
        return (_again(clause),)
    return None


_SPEAKS = words(
    r"\b(?:is|was|were|are|says?|said|wrote|writes?|commented|asked|told|means?|called|reads?|like"
    r"|think\w*|sounds?|looks?)\b",
    r"说|写着|评论|留言|需求|要求|意思|是|叫|觉得|问|念|听",
)


def _bare(clause: Clause) -> bool:
    """Whether a quote stands alone, or with no more than its place and time."""
    return not (VERB.search(clause.text) or clause.has(_SPEAKS))


_ANSWER = words(r"(?:\b(?:title|text|heading|headline|credits|card)|标题|文字|字样|名单)[^,]{0,20}, *(.+)$")
_ADDS_FIRST = words(r"^[\s,.]*(?:add|put|show|insert|display|write|加|添加|显示|插入|写)")
_LOOKS = words(
    r"\b(?:bigger|smaller|larger|longer|shorter|move|change|font|colou?r of|different)\b",
    r"大一?点|小一?点|移到|改成|换成|改为|换个|字体",
)


def _removal(clause: Clause, texts: list[str]) -> Findings | None:
    if any(says_filler(text) for text in (*texts, clause.text)):
        return None
    if texts and not clause.values("re"):
        return (Unsupported(clause.said()),)
    if clause.has(_STRICT_TITLE) and not clause.values("re"):
        return (_again(clause),)
    return None


def _title(clause: Clause, text: str) -> Finding:
    start, duration = _when(clause)
    mark = clause.has(_MARK)
    position = _position(clause)
    return Title(
        text=text[:2000],
        start_ms=start,
        duration_ms=duration,
        position=position or ("bottom-right" if mark else "center"),
        size=next((size for size, pattern in _SIZES if pattern.search(clause.text)), 0.7 if mark else 1.0),
        color=_color(clause),
        box=clause.has(_BOX),
    )


def _marked(clause: Clause, text: str) -> Finding:
    """Return a text as watermark; one that is given a time is a title."""
    if clause.values("rte"):
        return _title(clause, text)
    return Watermark(text=text[:200], position=_position(clause) or "bottom-right")


def _position(clause: Clause) -> Position | None:
    return next((place for place, pattern in _POSITIONS if pattern.search(clause.text)), None)


def _when(clause: Clause) -> tuple[int, int | None]:
    """Return start and duration in ms; a negative start counts from the end."""
    at = clause.find(AT)
    rest = AT.sub(" ", clause.text, count=1) if at else clause.text
    length = clause.with_text(rest).time()
    if clause.spans():
        start, end = clause.span()
        if end is not None:
            return start or 0, max(1, end - (start or 0))
        return start or 0, length or (-start if start is not None and start < 0 else 3000)
    if at:
        return int(at[1] or at[2] or at[3]), length or 3000
    if clause.has(_THROUGHOUT):
        return 0, None
    if clause.has(_CREDITS) or (clause.has(AT_END) and not clause.has(AT_START)):
        lasts = length or (5000 if clause.has(_CREDITS) else 3000)
        return -lasts, lasts
    return 0, length or 3000


def _color(clause: Clause) -> str:
    exact = clause.find(_HEX)
    if exact:
        return exact[0].lower()
    named = clause.find(_COLOR)
    return _COLORS[next(group for group in named.groups() if group).lower()] if named else "#ffffff"


def _after_comma(clause: Clause) -> Title | None:
    """Read "add a title, my trip to Rome", which is also how the answer to our question arrives."""
    found = clause.find(_ANSWER)
    text = clause.marks.restore(found[1]).strip(" ,.") if found else ""
    return Title(text=text[:2000]) if text else None


def _what_text(clause: Clause) -> Question:
    """Ask for the words of a title; the project's own name is the default, where it has one."""
    name = clause.session.metadata.get("title") if clause.session else None
    options: tuple[str, ...] = ()
    if isinstance(name, str) and name:
        options = (f"加标题“{name}”" if clause.language == "zh" else f'add the title "{name}"',)
    text = "标题要写什么？" if clause.language == "zh" else "What should the text say?"
    return Question(text=text, options=options, default=options[0] if options else None)


def _again(clause: Clause) -> Question:
    text = (
        "已有的文字只能通过撤销拿掉，要撤销上一步吗？"
        if clause.language == "zh"
        else "A text that is there already can only be taken back. Undo the last edit?"
    )
    return Question(text=text, options=(_BACK[clause.language],), default=None)


def captions(clause: Clause) -> Findings | None:
    """Read subtitles made from what is said."""
    if not clause.has(CAPTION) or clause.literals("q"):
        return None
    if clause.has(REMOVE) and not (clause.has(_SOFT) or clause.has(NOT_BURNT)):
        return (_again(clause),)
    language = clause.find(_LANGUAGE)
    style = clause.find(_STYLE)
    return (
        Captions(
            language=_LANGUAGES[language[0].lower()] if language else None,
            burn_in=not clause.has(NOT_BURNT) and (clause.has(_BURNT) or not clause.has(_SOFT)),
            style=next(group for group in style.groups() if group).lower() if style else None,
        ),
    )


def chapters(clause: Clause) -> Findings | None:
    """Read chapter marks."""
    if clause.has(words(r"\btransitions?\b|\bcross ?fade", r"过渡|转场|叠化")):
        return None
    return (Chapters(),) if clause.has(_CHAPTER) and not clause.has(REMOVE) else None


def watermark(clause: Clause) -> Findings | None:
    """Read a picture that is laid over the whole; a text as watermark is a title to the end."""
    files = [name for name in clause.literals("f") if _IMAGE.search(name)]
    if clause.has(REMOVE) or not (clause.has(_MARK) or (files and (clause.has(ADD) or clause.has(_CORNER)))):
        return None
    position = _position(clause)
    values: dict[Literal["opacity", "scale"], float] = {}
    for match in re.finditer(r"‹p:([^#›]*)#\d+›", clause.text):
        before, after = clause.text[: match.start()], clause.text[match.end() :]
        around = before[before.rfind(",") + 1 :][-16:] + after.partition(",")[0][:20]
        part, seen = float(match[1]), _OPACITY.search(around)
        key: Literal["opacity", "scale"] = "scale" if _SCALE.search(around) and not seen else "opacity"
        values[key] = min(1.0, max(0.01, 1 - part if seen and seen[1] else part))
    return (
        Watermark(
            file=files[0] if files else None,
            position=position or "bottom-right",
            opacity=values.get("opacity", 0.5 if clause.has(_HALF_SEEN) else 0.8),
            scale=values.get("scale", 0.15),
        ),
    )
