"""How long the whole may be, the best moments, and the order of things."""

from __future__ import annotations

import re

from nemo_lab.engine.understand.clause import Clause, Findings, Unsupported
from nemo_lab.engine.understand.marks import words
from nemo_lab.engine.understand.numbers import NUMBER, number
from nemo_lab.engine.understand.rules.vocabulary import AHEAD, KEEP, REMOVE
from nemo_lab.protocol.draft import TrackType
from nemo_lab.protocol.plan import Condense, Highlights, Merge, Question, Reorder, Split

_T = r"‹t:(\d+)#\d+›"
_ABOUT = (
    r"(?:(?:about|around|roughly|approximately|just|only|exactly|under|less than|below|at most"
    r"|no more than|no longer than|max|a|an|maximum of)[ -])*"
)
_VERB = (
    r"\b(?:cut|trim|shorten|condense|compress|reduce|get|bring|make|squeeze|edit|boil|tighten|turn"
    r"|shrink|summari[sz]e|sum (?:it|this|that|everything) up|pare|whittle|keep|fit|limit|cap|distil"
    r"|crunch)\b"
)
_CONDENSE = words(
    rf"{_VERB}.*?\b(?:under|below|less than|within|no longer than|no more than|shorter than|at most|at max"
    rf"|max(?:imum)?(?: of)?|fit (?:in(?:to)?)?) (?:about |a |the )?{_T}",
    r"\b(?:only (?:accepts?|allows?|takes?)|limits?|limited|maximum|max|longer than|up to|under"
    rf"|below)\b[^‹,]*{_T}[^‹]*?"
    r"\b(?:make|get|cut|trim|bring) (?:it|this)(?: to)? (?:fit|under|down|short)",
    rf"{_VERB}.*?\b(?:to|into|down to|fit|in) {_ABOUT}{_T}",
    rf"\bmake (?:it|this|that|the (?:video|clip|whole thing|recording))(?: be| last"
    rf"| run)? {_ABOUT}{_T}(?! (?:shorter|longer|less|faster))",
    rf"\b(?:(?:create|make|give|get|cut|do)(?: (?:me|us))?|produce|i want|want|need|i'?d like|would like"
    rf"|like) (?:an? "
    rf"|the )?{_T}[ -]?(?:long )?(?:\w+ ){{0,2}}?(?:version"
    rf"|cut(?:down)?|edit|summary|video|clip|short|tik ?tok|story|spot|promo|one|thing)\b",
    rf"\b(?:need|want|would like|like) (?:it|this|that|the \w+) (?:to be |at |in )?{_ABOUT}{_T}",
    rf"\b(?:should|must|has to|needs to|can(?:not|'t)?) (?:not )?(?:be|exceed|last|run)(?: longer than"
    rf"| over| more than| under| less than)? {_ABOUT}{_T}",
    rf"\b(?:target|total|final|max(?:imum)?) (?:length|duration|time|runtime)\b.*?{_T}",
    rf"\b(?:max(?:imum)?(?: of)?|at most|no longer than|not longer than|no more than) (?:about )?{_T}",
    rf"{_T}[ -]?(?:max(?:imum)?|tops|at most|or less|or under|long max)\b|{_T}封顶",
    rf"^[\s,.]*(?:under|less than|no longer than|at most|max) {_T}",
    rf"(?:剪辑?|压缩?|控制|缩短?|精简|浓缩|做|限制|减少?|改|删减|缩减|变|搞|弄|裁剪?)(?:成|到|至|为"
    rf"|在)(?:大?约|差不多|一个|不超过)?{_T}",
    r"(?:(?:不要?|不能|不得|别)超过|不多于|少于|小于|低于|短于|最[长多]|控制在|总?时长(?:为|在|是"
    r"|控制在|不超过)?"
    rf"|总长(?:度)?(?:为|在|是)?|[总一]共){_T}",
    rf"(?:剪|做|出|要|给我|来|搞|弄|整)(?:一?[个段条])?{_T}的[^,‹]{{0,6}}?(?:版本?|短片|视频|成片"
    r"|精简版|短视频)",
    rf"{_T}(?:以内|之内|以下|[讲说看放]完|搞定)",
)
_FROM_TO = words(
    r"\b(?:shorten|condense|compress|get(?! rid)|bring|reduce|cut down|squeeze)\b.*‹r:\d*:(\d+)#|(?:压缩"
    r"|缩短|精简"
    r"|浓缩).*‹r:\d*:(\d+)#"
)
_NOT_LENGTH = words(
    r"\b(?:pauses?|silences?|silent|gaps?|dead air|fade|fading|title|text|transition\w*|crossfade|music"
    r"|volume|caption\w*|split|speed|slow)\b",
    r"停顿|静音|淡|标题|文字|转场|过渡|音乐|音量|字幕|分割|每|速",
)
LENGTH = words(r"‹t:")
STRETCH = words(r"‹[re]:")
_SO_LONG = words(
    rf"{_T}[ -]?(?:long )?(?:\w+ ){{0,2}}?(?:version|cut(?:down)?|edit|video|clip|summary|short)\b",
    rf"{_T}的[^,‹]{{0,6}}?(?:版本?|短片|视频|成片)",
)
_SHORTER = words(
    r"\b(?:short(?:er|en)|condense|tighter|trim (?:it|this|the video)(?: down)?$|cut (?:it|this"
    r"|that) down(?:$| by\b)"
    r"|too long|more short|compress (?:it|this|the video)$|shrink it$)\b|\btoo long\b|\bshorten\b",
    r"短一?[点些]|短点|缩短|精简|变短|太长|压缩一下|剪短",
)
_ASKED_SHORTER = words(
    r"\b(?:make|get|cut|keep|have|bring|want|need|be)\b.*\bshorter\b|^\W*(?:a (?:little|bit|touch) "
    r"|even |still )*shorter\b|\bshorten\b"
    r"|\bcondense (?:it|this)\b",
    r"短一?[点些]|短点|缩短|变短|剪短",
)
"""A wish and no complaint."""
_HALF = words(r"\bhalf (?:as long|the length|its length|of)|\b(?:in|by) half\b|一半|减半")
_ONE_HALF = words(r"\b(?:first|second|last|latter) half\b|[前后](?:面)?(?:一?半)")
_BY_ONLY = words(rf"^[\s,.]*(?:再|还要?)?(?:短|少){_T}[\s.]*$")
_BY = words(rf"\bby {_T}|{_T} shorter\b|(?:缩短|减少|剪短|减|再?短|少){_T}")
HIGHLIGHTS = words(
    r"\bhigh ?light(?:s)?(?: (?:reel|video|clips?|montage|moments?))?\b(?! (?:the|my|a|every|each|all) )"
    r"|\bbest (?:\w+ )?(?:moments?|parts?|bits?|clips?|scenes?|plays?|kills?|goals?|rounds?|fights?|shots"
    r"|of)\b|\bbest ‹t|\b(?:key|funniest|top"
    r"|most (?:\w+)|exciting|interesting|important|juiciest|memorable) (?:\w+ )?(?:moments?|parts?|bits?"
    r"|clips?|scenes?|plays?)\b|\b(?:teaser|trailer|recap|montage|sizzle reel|supercut|summary|best bits)\b"
    r"|\bgood (?:parts?|bits?)\b",
    r"最(?:好|棒|燃|有趣|搞笑|好看|好玩|重要)的?(?:片段|瞬间|时刻|部分|镜头|段落|内容)"
    r"|(?<!更)(?<!更加)精彩(?!一[点些])|高光|集锦|亮点|最佳|预告片?|精华|高能|重点片段|混剪|好看的部分",
)
_TEXT_HIGHLIGHT = words(
    r"\bhighlight(?:ing)? (?:the|my|a|every|each|all|important|key)? ?(?:cursor|mouse|text|words?|clicks?"
    r"|pointer|button|keywords?)"
)
_MAKES = words(rf"(?:剪|做|来|出|挑|选)(?:出|成|辑)?(?:一?[个条段份版]|{NUMBER}[个条段])")
_COUNT = words(
    rf"\b({NUMBER}) (?:\w+ ){{0,2}}?(?:highlights?|moments?|clips?|parts?|bits?|scenes?|shorts|reels"
    rf"|plays?|kills?|goals?|rounds?|fights?"
    rf"|segments)\b",
    rf"\b(?:best|top|highlights?:?) ({NUMBER})\b",
    rf"({NUMBER})大(?=精彩|操作|名场面|进球|击杀|集锦|镜头|高光|时刻|瞬间|亮点)",
    rf"({NUMBER})[个段处条](?:最)?(?:精彩|高光|亮点|片段|镜头|瞬间|时刻|最|集锦|短视频)?",
)
_SPLIT = words(
    r"\b(?:split|divide|slice|chop|break|separate|segment|cut (?:it|this|the \w+|my \w+)? ?(?:into|up|every"
    r"|in (?:two|half|three)))\b",
    r"分割|分成|切成|拆[分成]|切分|剪成(?=[\d一二两三四五六七八九十]+[段份个])|切[开断]|分段"
    r"|每隔?‹t[^›]*›[^,]*[切剪分段]|剪开|断开|分开",
)
_EVERY = words(
    rf"\b(?:every|each|per) {_T}",
    rf"{_T}[ -]?(?:long )?(?:parts?|chunks?|segments?|pieces?|clips?|sections?|intervals?|blocks?|each)\b",
    rf"\b(?:parts?|chunks?|segments?|pieces?|clips?|sections?)\b.*?\bof {_T}",
    rf"每隔?{_T}|{_T}(?:的)?(?:一[段个份]|每段|为一段|一切)",
)
_INTO = words(
    rf"\b(?:in(?:to)?) ({NUMBER}) (?:equal |even )?(?:parts?|pieces?|clips?|segments?|chunks?|sections?)"
    rf"|\b(?:in) (half)\b|(?:成|为)({NUMBER})[段份个部]"
)
_POINT = words(r"\b(?:at|on|@) (?:the )?‹t:(\d+)|(?:在|从)‹t:(\d+)|‹t:(\d+)#\d+›(?:处|的地方|位置|那里)")
MERGE = words(
    r"\b(?:merge|join(?! (?:in|us|the (?:call|meeting|class|stream|room))\b)(?!\W*$)|combine|concat\w*"
    r"|stitch|splice|glue|append)\b|\bput (?:[\w‹›:#]+,? ){0,5}together\b"
    r"|\b(?:one after (?:the other|another)|back to back)\b|\binto (?:one|a single) (?:video|clip|file"
    r"|movie)\b",
    r"合并|拼接|连接|[拼合连凑]接?[在到]?一[起块]|放[在到]一起|接在?一起|接起来|拼起来|合成一|连起来|拼成"
    r"|串起来",
)
_REORDER = words(
    r"\b(?:reorder|re-?arrange|play|swap|switch|exchange|move|order|sequence|bring|put)\b",
    r"[倒反]过来排|[倒逆]序|调换|交换|换(?:一?下|个?位置)|顺序|移到|放到|排序|排列|对调|调到|挪到|重排",
)
_PIECE = words(
    r"\b(?:clips?|segments?|parts?|scenes?|pieces?|sections?|shots?|videos?|order)\b",
    r"段|片段|镜头|部分|素材|顺序|个视频",
)
_NUMBERS = re.compile(rf"(?<![\w.])({NUMBER})(?![\w.])|第({NUMBER})", re.I | re.A)
_ORDINALS = {
    "first": 1,
    "second": 2,
    "third": 3,
    "fourth": 4,
    "fifth": 5,
    "1st": 1,
    "2nd": 2,
    "3rd": 3,
    "4th": 4,
    "5th": 5,
}
_ORDINAL = words(r"\b(" + "|".join(_ORDINALS) + r"|last)\b")
_TO_FRONT = words(
    r"\b(?:to|at|in) the (?:very )?(?:start|beginning|front|top|first)|\bfirst$|\bcome first\b",
    r"最?前面|开头|最前|首位|第一[个位]",
)
_TO_BACK = words(r"\b(?:to|at) the (?:very )?(?:end|back|last)|\blast$", r"最后|末尾|结尾|后面|最后面")
_OPTIONS = {
    "en": ("cut the pauses", "shorten it to 1 minute", "shorten it to 3 minutes"),
    "zh": ("剪掉停顿", "剪成1分钟", "剪成3分钟"),
}


def condense(clause: Clause) -> Findings | None:
    """Read a length that the whole shall not exceed; "shorter" names none."""
    if (clause.has(_NOT_LENGTH) and not clause.has(_SO_LONG)) or clause.literals("q") or clause.has(AHEAD):
        return None
    if clause.has(_FROM_TO):
        found = clause.find(_FROM_TO)
        return (Condense(target_ms=int(found[1] or found[2])),) if found else None
    if clause.values("re"):
        return None
    target = clause.find(_CONDENSE)
    if target:
        length = int(next(group for group in target.groups() if group))
        return (Condense(target_ms=length),) if length else (Unsupported(clause.said()),)
    return (
        _relative(clause)
        if clause.has(_SHORTER)
        or clause.has(_BY_ONLY)
        or (clause.has(_HALF) and clause.has(REMOVE) and not clause.has(_ONE_HALF))
        else None
    )


def _relative(clause: Clause) -> Findings:
    """Shorten by a length or a part, which needs the length, or as is usual; ask about a complaint."""
    length = clause.session.length_ms if clause.session else 0
    by, part = clause.find(_BY), clause.value("p")
    target = 0
    if not by and clause.time():
        return (Condense(target_ms=clause.time() or 1),)
    if by:
        target = length - int(next(group for group in by.groups() if group))
    elif part and part < 1:
        target = round(length * (1 - part))
    elif clause.has(_HALF):
        target = length // 2
    if target > 0:
        return (Condense(target_ms=target),)
    if clause.has(_ASKED_SHORTER):
        return (Condense(),)
    options = _OPTIONS[clause.language]
    text = "要短到什么程度？" if clause.language == "zh" else "How short should it be?"
    return (Question(text=text, options=options, default=options[0]),)


def highlights(clause: Clause) -> Findings | None:
    """Read the best moments, how many or how long."""
    if clause.has(_TEXT_HIGHLIGHT):
        return (Unsupported(clause.said()),)
    if not clause.has(HIGHLIGHTS) or (clause.has(REMOVE) and not (clause.has(KEEP) or clause.has(_MAKES))):
        return None
    count = _count(clause)
    length = clause.time()
    if length is None and clause.values("r"):
        return None
    return (Highlights(count=count or None, target_ms=length or None),)


def _count(clause: Clause) -> int | None:
    found = clause.find(_COUNT)
    if not found:
        return None
    value = int(number(next(group for group in found.groups() if group)))
    return value if 1 <= value <= 1000 and found[0] not in ("一个", "一段") else None


def split(clause: Clause) -> Findings | None:
    """Read cuts through, every so often, at a time, or into equal parts (which needs the length)."""
    if not clause.has(_SPLIT) or clause.literals("f"):
        return None
    every, point, parts = clause.find(_EVERY), clause.find(_POINT), clause.find(_INTO)
    if every:
        length = int(next(group for group in every.groups() if group))
        return (Split(every_ms=length),) if length else (Unsupported(clause.said()),)
    if point:
        return tuple(Split(at_ms=at) for at in dict.fromkeys(int(time) for time in clause.values("t")))
    if parts:
        said = next(group for group in parts.groups() if group)
        return _equal_parts(clause, 2 if said == "half" else int(number(said)))
    return None


def _equal_parts(clause: Clause, count: int) -> Findings:
    length = clause.session.length_ms if clause.session else 0
    if length and 2 <= count <= length:
        return (Split(every_ms=-(-length // count)),)
    if clause.language == "zh":
        options = ("每30秒分割一次", "每1分钟分割一次", "每5分钟分割一次")
        return (Question(text="每段多长？", options=options, default=options[1]),)
    options = ("split every 30 seconds", "split every 1 minute", "split every 5 minutes")
    return (Question(text="How long should each part be?", options=options, default=options[1]),)


def merge(clause: Clause) -> Findings | None:
    """Read files that are to be joined; none named means all."""
    if not clause.has(MERGE):
        return None
    return (Merge(files=tuple(clause.literals("f"))),)


def reorder(clause: Clause) -> Findings | None:
    """Read a new order of the pieces: a list, a swap, or a move to the front or the back."""
    if not clause.has(_REORDER) or not clause.has(_PIECE) or clause.literals("q"):
        return None
    if clause.has(_REVERSED) and _pieces(clause) > 1:
        return (Reorder(order=tuple(range(_pieces(clause), 0, -1))),)
    numbers = _named(clause)
    if not numbers:
        return None
    total = max(*numbers, _pieces(clause))
    if clause.has(_SWAPS) and len(numbers) == 2:
        order = list(range(1, total + 1))
        first, second = (order.index(value) for value in numbers)
        order[first], order[second] = order[second], order[first]
        return (Reorder(order=tuple(order)),)
    if len(numbers) > 1 and len(set(numbers)) == len(numbers):
        return (Reorder(order=tuple(numbers)),)
    return _move(clause, numbers[0], total)


def _move(clause: Clause, piece: int, total: int) -> Findings | None:
    others = [value for value in range(1, total + 1) if value != piece]
    if (
        clause.has(_TO_BACK)
        and _pieces(clause)
        and not clause.has(
            words(
                r"最前|开头|front|start"
                r"|beginning"
            )
        )
    ):
        return (Reorder(order=(*others, piece)),)
    if clause.has(_TO_FRONT):
        return (Reorder(order=(piece, *others)),)
    return None


_REVERSED = words(
    r"\breversed? order\b|\bin reverse\b",
    r"倒过来排|倒序排|反过来排|逆序|顺序(?:全部?|整个)?(?:反过来|颠倒|倒过来)",
)
_SWAPS = words(r"\b(?:swap|switch|exchange)\b|换(?:一?下|个?位置)|调换|交换|对调|互换")
_FIRST_TWO = words(r"\b(?:the )?first (?:two|2)\b|前(?:面)?[两二2][段个]|头[两二2][段个]")
_LAST_TWO = words(r"\b(?:the )?last (?:two|2)\b|[最后]后?[两二2][段个]")


def _named(clause: Clause) -> list[int]:
    count = _pieces(clause)
    if clause.has(_FIRST_TWO):
        return [1, 2]
    if clause.has(_LAST_TWO) and count > 1:
        return [count - 1, count]
    bare = re.sub(r"‹[^›]*›", " ", clause.text)
    swaps = clause.has(_SWAPS)
    plain = re.sub(
        r"(?:这|那)?[\d一二两三四五六]+个(?=片段|镜头|视频|素材)|最后一[段个]|一下|一起|[一二两三]者",
        "  ",
        bare,
    )
    found = [(match.start(), int(number(match[1] or match[2]))) for match in _NUMBERS.finditer(plain)]
    if count and re.search(r"最后一[段个]", bare):
        found.append((bare.index("最后一"), count))
    for match in _ORDINAL.finditer(bare):
        value = _ORDINALS.get(match[1].lower()) or _pieces(clause)
        if value and (
            swaps or not _TO_FRONT.search(bare[match.start() - 8 if match.start() > 8 else 0 : match.end()])
        ):
            found.append((match.start(), value))
    return [value for _, value in sorted(found) if 1 <= value <= 500]


def _pieces(clause: Clause) -> int:
    tracks = clause.session.of_type(TrackType.VIDEO) if clause.session else []
    return len(tracks[0].segments) if tracks else 0
