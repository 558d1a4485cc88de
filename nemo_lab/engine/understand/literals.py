"""What is to be taken as it stands: text in quotes, URLs, names of files, and the words of a title
that was written without quotes ("add a title saying Hello World")."""

from __future__ import annotations

import re

from nemo_lab.engine.understand.marks import Marks
from nemo_lab.protocol.router import QUOTED

_PRIMES = re.compile(r"(?<![\w.])(\d{1,3})['′’](\d{2})(?:[\"″”]|'')?(?![\w])")
"""Minutes and seconds as 1'30"."""
_URL = re.compile(r"\b(?:https?://|www\.)[^\s,，。；'\"）)]+", re.I)
_MEDIA = "mp4|mov|avi|webm|mkv|jpe?g|png|gif|webp|mp3|wav|m4a|aac|flac|ogg|srt|vtt|cube"
_FILE = re.compile(rf"(?:[~./\\]|[A-Za-z]:\\)?[\w\-./\\~]*?[\w\-]\.(?:{_MEDIA})(?![A-Za-z0-9_])", re.I)
_BEFORE_FILE = re.compile(r"^.*(?:把|将|用|和|与|跟|及|添加|加上?|插入|叠加|合并|拼接|使用|导入|成|为|到)")

_NOUN = (
    r"(?:title|text|caption|heading|headline|words?|label|lower[ -]third|credits?|overlay|banner|card"
    r"|watermark|line"
    r"|sign|slide)"
)
_SAYING = r"(?:saying|that says|which says|that reads|which reads|reading|says|with the (?:words|text))"
_STOP = (
    r"(?= (?:at|from|between|after|until) (?:the |‹|\d)| for (?:about |around |roughly |like )?(?:‹|\d|a "
    r"|half|the |one |two|three|four|five"
    r"|six|ten)"
    r"| in (?:the (?:last|first|top|bottom|cent|middle|corner|upper|lower|beginning|end|opening)|white|red"
    r"|yellow|blue"
    r"|green|black|orange|pink|purple|big|large|small|bold)| on (?:the )?(?:top|bottom|screen|left|right"
    r"|first)"
    r"| over (?:the|\d)| (?:during|throughout|cent(?:er|re)d)\b| and (?:then|add|cut|export|remove|make"
    r"|mute|fade|put|trim)"
    r"| then | please\b|[,;\n，；！。]|!(?! (?:at|in|for|on|from) )|\.(?=\s|$)|$)"
)
_SPOKEN = (
    re.compile(
        r"(?i:\b(?:i|we|he|she|they|someone|somebody|it|you hear me|hear me)(?:'m| am| was|'s| is| just"
        r"| kept| keep)? "
        r"(?:say(?:s|ing)?|said)) (?i:(?:that|like|the words?|the phrase|something like) )*"
        r"(?!something|anything|nothing|so\b|it\b|that\b|this\b|goodbye to|hi to)(?P<text>[^‹,;.!\n]+?)"
        r"(?= and (?:then |also )?(?:cut|add|export|remove|make|mute|fade|put|trim|speed|keep|delete)|,|;"
        r"|\.(?:\s|$)|!|\n|$)"
    ),
    re.compile(
        r"(?:我|他|她|主播|老师|有人)(?:在)?(?:说|讲|提|念|喊)(?:到|了|过"
        r"|出)*(?P<text>[^‹,，。;；!\n话]{2,24}?)"
        r"(?=的(?:那|这)?(?:一?[段句]|部分|地方|时候|片段|镜头|话))"
    ),
)
"""What somebody says, without quotes ("remove where I said can you hear me")."""
_CUTS = re.compile(
    r"\b(?:cut|remove|delete|trim|get rid|take out|drop|lose|chop|skip|snip|erase)\b|[剪删]|去掉|不要|砍",
    re.I,
)
_UNQUOTED = (
    re.compile(r"(?<![\w.‹])(?P<text>@[A-Za-z][A-Za-z0-9_.]{1,38}[A-Za-z0-9_])"),
    re.compile(rf"(?i:\b{_NOUN}\b[^,;.‹\n]*?\b{_SAYING}):? +(?P<text>[^‹\n]+?){_STOP}"),
    re.compile(rf"(?i:\b(?:entitled|titled)) +(?P<text>[^‹\n]+?){_STOP}"),
    re.compile(rf"(?i:\b(?:says?|write|type)) +(?P<text>[A-Z][^‹\n]*?){_STOP}"),
    re.compile(
        rf"(?i:\b(?:title|text|heading|headline|caption|lower[ -]third)(?: overlay"
        rf"| card)?) ?: ?(?P<text>[^‹\n]+?){_STOP}"
    ),
    re.compile(
        r"(?i:\b(?:put|show|add|display|write|stick) (?:my|our|the|his|her|their) (?:\w+ )?(?:name|handle"
        r"|website"
        r"|words?|text|title|tagline|slogan)), (?P<text>[^,‹\n]{1,60}?)(?=, | (?:on|at|in|for|over) |$)"
    ),
    re.compile(
        r"(?i:\b(?:put|show|add|display|write|stick|have|with) (?:my|our|the|his|her"
        r"|their) (?:\w+ )?(?:name|handle"
        rf"|channel|company|website|slogan|tagline)(?: is)?) +(?P<text>(?-i:[A-Z@])[^‹\n]*?){_STOP}"
    ),
    re.compile(
        rf"(?i:\b(?:add|put|show|insert|display|write|overlay|place)\b[^,;.‹\n]*?\b{_NOUN}) +"
        rf"(?P<text>(?-i:[A-Z])[^‹\n]*?){_STOP}"
    ),
)
_ZH_STOP = (
    r"(?=[,;!\n，；！。‹]|\.(?=\s|$)|显示|持续|停留|放在|居中|在(?:开头|结尾|底部|顶部|中间|左|右|第"
    r"|\d)|\d+ ?秒|并|然后|$)"
)
_UNQUOTED_ZH = (
    re.compile(
        r"(?:标题|文字|字样|文本|字幕条|片头|片尾)(?:内容)?(?:叫做?|是(?!不是|否|什么|啥|哪|谁)"
        r"|为(?!什么|啥|何)|写着?(?!上)|:|："
        rf"|写上)\s*(?P<text>[^‹\n]+?){_ZH_STOP}"
    ),
    re.compile(
        rf"(?:一行|一句|一段|几个|[两三四五六七八]个|大|小)(?:字|话)(?:是"
        rf"|为)?[:：]\s*(?P<text>[^‹\n]+?){_ZH_STOP}"
    ),
    re.compile(rf"写(?:(?:上|着|的是|成)\s*|[ :：]+)(?P<text>[^‹\n]+?){_ZH_STOP}"),
    re.compile(
        rf"加(?:上|入|个|一个|上一个)?(?:片头|开场|大"
        r"|小)?(?:标题|文字"
        rf"|字样)(?!水印)\s*(?P<text>[^‹\n,，。;；:：到在和及与、并然叫是为写\s][^‹\n]*?){_ZH_STOP}"
    ),
)
_WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {
    0x3000: 0x20, 0x00A0: 0x20, ord("’"): ord("'"), ord("。"): ord("."),
    ord("‹"): ord("<"),
    ord("›"): ord(">"), ord("−"): ord("-"), ord("／"): ord("/"), 0x200B: None, 0xFEFF: None,
}  # fmt: skip


def mark_literals(text: str, marks: Marks) -> str:
    """Replace quoted text, URLs and names of files by marks, then make the rest plain.

    Quotes come first and keep every character as it was typed, full-width ones too.
    """
    text = _PRIMES.sub(r"\1:\2", text.replace("‹", "<").replace("›", ">"))
    text = marks.replace("u", _URL, text, lambda m: "")
    text = QUOTED.sub(lambda m: _quoted(m[0], marks), text)
    text = _FILE.sub(lambda m: _file(m[0], marks), text)
    for pattern in (*(_SPOKEN if _CUTS.search(text) else ()), *_UNQUOTED, *_UNQUOTED_ZH):
        text = pattern.sub(lambda m: _inside(m, marks), text)
    return normalise_outside(text)


_SPACED = re.compile(r"(?<=[\u3400-\u9fff]) (?=[\d‹])|(?<=[\d›%]) (?=[\u3400-\u9fff])")
"""Spaces around numbers, as careful writers set them in Chinese."""
_SPACED_OUT = re.compile(r"(?<=[\u3400-\u9fff]) (?=[\u3400-\u9fff])")
"""Between Chinese words a space stands for a comma."""


def normalise_outside(text: str) -> str:
    """Make plain what stands outside the marks."""
    keep = re.compile(r"(‹[^›]*›)")
    parts = [part if keep.fullmatch(part) else part.translate(_WIDE) for part in keep.split(text)]
    text = re.sub(r"[ \t]+", " ", "".join(parts)).strip()
    return _SPACED_OUT.sub(",", _SPACED.sub("", text))


def literal(marks: Marks, index: int) -> str:
    """Return the text of a quote, a file's name or a URL without its quotes."""
    source = marks.restore(marks.sources[index])
    quoted = QUOTED.fullmatch(source)
    return source[1:-1].strip() if quoted else source.strip()


def _quoted(source: str, marks: Marks) -> str:
    inner = source[1:-1].strip()
    if not inner:
        return source
    return marks.put("f" if _FILE.fullmatch(inner) else "q", "", source)


def _file(source: str, marks: Marks) -> str:
    """Mark a file's name; Chinese words run into it without a space ("用片头.mp4")."""
    if source.startswith("."):
        return source
    head = _chinese_before(source)
    return head + marks.put("f", "", source[len(head) :])


def _chinese_before(source: str) -> str:
    """Return the Chinese words that run into a file's name."""
    plain = re.search(r"[\u3400-\u9fff](?=[A-Za-z0-9_.~/\\-]+$)", source)
    if plain and source[plain.end()] != ".":
        return source[: plain.end()]
    lead = _BEFORE_FILE.match(source) if re.search(r"[\u3400-\u9fff]", source) else None
    return lead[0] if lead else ""


def _inside(match: re.Match[str], marks: Marks) -> str:
    start, end = match.start("text") - match.start(), match.end("text") - match.start()
    found = match["text"].strip()
    if not found or len(found) > 200:
        return match[0]
    return f"{match[0][:start]}{marks.put('q', '', found)}{match[0][end:]}"
