"""A sentence into clauses, each of which one rule can read.

Marks hold quotes, times and spans together, so a separator inside them is never seen. After a full
stop or "then" a new clause begins in any case; a comma or "and" divides only where both sides can
be read, the second with the first one's verb where it has none ("remove the ums and the pauses").
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from nemo_lab.engine.understand.clause import Clause, Findings, Unsupported
from nemo_lab.engine.understand.marks import words

MOST_JOINTS = 40
"""A sentence with more is read no further apart, so that no input takes long."""
_HARD = words(
    r"[;!\n]+|[?]+|\.(?=\s|$|[^\x00-\x7f])",
    r"\b(?:,? ?and then|,? ?then|after that|afterwards|next|finally|lastly|once (?:that|this)(?:'s"
    r"| is) done)\b,?",
    r"然后再?|接着再?|随后|接下来|之后再|完了?再|再(?=[把将给加剪导去删配调放])",
)
_SOFT = words(
    r",? ?\b(?:and also|and|plus|also|as well as|but also|but|while also|along with|together with)\b|,| & "
    r"|\+(?= )",
    r"、|并且|(?<![合吞兼])并(?![排列购])|同时|以及|还有|还要|(?<![饱温柔暖])和(?![平谐缓弦声])"
    r"|(?<![以涉])及(?!时|以)"
    r"|(?<![参])与(?!众)|(?<![紧])跟(?![踪随拍着])|但是?|不过|最后(?!‹|的‹|那‹|面|一[段个])"
    r"|后(?=导出|下载|渲染|加|添加|再)|再(?!见|次|现)",
    r"(?=\b(?:without(?! crop)|instead of|rather than|except(?: for)? ‹|leaving ‹))"
    r"(?<!everything )(?<!all )(?<!anything )",
)
_VERB: Final = words(
    r"\b(?:cut(?!s)|trim|remov\w+|delet\w+|drop|keep|add|put|insert|make|crop|speed|slow|fade|mute|rotate"
    r"|turn|flip|mirror|brighten|darken|blur"
    r"|zoom|burn|merge|join|combine|split|divide|normali[sz]e|denoise|shorten|condense|undo|redo|export"
    r"|render|save|download|send|show|set|lower|raise|increase|decrease|reduce|boost|change|convert"
    r"|take|get|strip|skip|extract|use|apply|display|overlay|swap|move|reorder|resize|scale|create|give"
    r"|replace|generate|upload|post|don'?t|do not|leave|protect|write|silence|lay|play|bring|clean|level"
    r"|even|balance|find|pick|chop|erase|retain|let|tighten|fast|run|publish|share)\b",
    r"剪|删|去[掉除]|移除|保留|添加|加|插入|放|裁|导出|下载|渲染|静音|旋转|翻转|镜像|调|提[高升亮]|降|模糊"
    r"|虚化|合并|拼接|分割|分成|切|倍速|加速|减速|放慢|淡[入出]|撤|重做|变|换|改|做|截取|配|显示|写|统一|缩"
    r"|压缩|控制|去噪|消|不要|别|保持|保护|快进|转|输出|保存|发|生成|上传",
)
_LEAD = words(
    r"^[\s,.]*(?:please |now |also |just |can you |could you )*(cut out|take out|get rid of|speed up"
    r"|slow down"
    r"|fade|mute|add|put|insert|remove|delete|cut|trim|drop|keep|burn in|burn|show|"
    r"display|use|make it|make|set|blur|brighten|increase|decrease|reduce|raise|lower|strip"
    r"|split(?: it)?(?: at)?|turn|apply|protect|export|save|zoom in|silence|no)\b",
    r"^[\s,.]*(?:请|先|再|就|顺便|麻烦|帮我|把|将|给视频|给)*(剪掉|剪去|删掉|删除|删去|去掉|去除|移除|添加"
    r"|加上|加入|加|插入|静音"
    r"|保留|模糊|提高|降低|调整|截取|放慢|加速|导出)",
)
_TAIL_ZH = re.compile(
    r"(?:都|全部|全|一起|统统)?((?:剪|删|去|移|裁|切)[掉除去了]+|静音|保留|模糊|加速|放慢|快进|淡[入出]"
    r"|不要(?:了)?|调[亮暗大小高低])[^‹]{0,4}$"
)
_PRONOUN = words(
    r"\b(?:them|those|these|it out|that out|it off|that off|remove it|cut it|delete it)\b",
    r"^[\s,.]*(?:请|帮我|麻烦|都|全部|把[它这那])*(?:[剪删去]|处理)[掉除了一下]*(?:吧|掉)?[\s,.?]*$",
)
_BA = re.compile(r"^[\s,.]*(?:请|帮我|先)*(?:把|将)?")

Reader = Callable[[Clause], Findings | None]


def hard_parts(text: str) -> list[str]:
    """Return the parts between full stops and words like "then"; one without a verb joins the one before."""
    parts: list[str] = []
    for part in _HARD.split(text):
        if not part or not part.strip(" ,"):
            continue
        if parts and not _VERB.search(part):
            parts[-1] = f"{parts[-1]}, {part.strip()}"
        else:
            parts.append(part.strip())
    return parts


def clauses(part: str, base: Clause, read: Reader) -> list[Clause]:
    """Return the clauses of one part."""
    pieces, joints = _pieces(part)
    done: list[Clause] = []
    current = base.with_text(pieces[0])
    for joint, piece in zip(joints, pieces[1:], strict=True):
        following = _following(current, joint, piece, read)
        if following is None:
            current = base.with_text(_joined(current.text, joint, piece))
            continue
        closed, current = following
        done.append(closed)
    return [*done, current]


def _pieces(part: str) -> tuple[list[str], list[str]]:
    pieces: list[str] = []
    joints: list[str] = []
    start = 0
    for joint in _SOFT.finditer(part):
        if len(joints) == MOST_JOINTS:
            break
        if not part[start : joint.start()].strip(" ,"):
            start = joint.end()
            continue
        pieces.append(part[start : joint.start()].strip())
        joints.append(joint[0] or " ")
        start = joint.end()
    rest = part[start:].strip()
    if rest or not pieces:
        pieces.append(rest)
    return pieces, joints[: len(pieces) - 1]


def _joined(left: str, joint: str, right: str) -> str:
    spaced = joint.isascii() and joint.strip(", ") != ""
    return f"{left} {joint.strip()} {right}" if spaced else f"{left}{joint}{right}"


def _following(current: Clause, joint: str, piece: str, read: Reader) -> tuple[Clause, Clause] | None:
    """Return the finished clause and the next one, or ``None`` when both belong together."""
    here = read(current)
    if here and _belongs(here, piece):
        return None
    alone = current.with_text(piece)
    if not _VERB.search(piece):
        return _lent(current, joint, alone, here, read)
    there = read(alone)
    if here is None:
        borrowed = _borrow(current, piece)
        if borrowed and read(borrowed) is not None:
            return borrowed, alone
        whole = read(current.with_text(_joined(current.text, joint, piece)))
        if whole is not None and _PRONOUN.search(piece):
            return None
        together = there is None or (whole != there and current.text.startswith(("把", "将")))
        return None if whole is not None and together else (current, alone)
    if there is None and read(current.with_text(_joined(current.text, joint, piece))) != here:
        return None
    return current, alone


def _lent(
    current: Clause, joint: str, alone: Clause, here: Findings | None, read: Reader
) -> tuple[Clause, Clause] | None:
    """Read a piece without a verb with that of the clause before it, else by itself."""
    if not here:
        return (current, alone) if here == () and joint.strip() == "," else None
    lead = _LEAD.search(current.text)
    verb = next((group for group in lead.groups() if group), "") if lead else ""
    lent = current.with_text(f"{verb} {alone.text}" if verb.isascii() else f"{verb}{alone.text}")
    if verb and any(not isinstance(finding, Unsupported) for finding in read(lent) or ()):
        return current, lent
    return (current, alone) if read(alone) is not None else None


def _borrow(current: Clause, piece: str) -> Clause | None:
    """Give 把A和B删掉's first half the verb at the end."""
    tail = _TAIL_ZH.search(piece)
    if not tail or _VERB.search(_BA.sub("", current.text)):
        return None
    return current.with_text(current.text + tail[1])


_PLACE = (
    r"(?:at|in|on|from|for|lasting|centered|centred|with|under|over|near|position\w*|size|font|colou?r"
    r"|bold|big|large|small|white|black|red|yellow|blue|green|gold|top|bottom|left|right|center|centre"
    r"|middle|show(?:n|ing)?(?: it)?|display(?:ed)?(?: it)?|keep it (?:on|up|there)|make it (?:big|white"
    r"|yellow|red|small|large)|that lasts|which lasts)\b"
)
_MODIFIERS: Final = {
    "title": words(
        rf"^[\s,.]*(?:{_PLACE}|‹[ter]:)",
        r"^[\s,.]*(?:显示|持续|停留|放在|放到|位置|居中|字体|字号|颜色|白色|黑色|红色|黄色|蓝色|绿色|金色"
        r"|大小"
        r"|时长|在|‹[ter]:|加?(?:黑|白)?底|顶部|底部|左|右|中间|大一?点|小一?点)",
    ),
    "music": words(
        r"^[\s,.]*(?:at|with|under|volume|quiet(?:ly)?|soft(?:ly)?|low|loop\w*|fad(?:e|ing)(?: it)? out"
        r"|duck\w*"
        r"|keep it (?:low|quiet|soft|at)|set (?:it|the volume) (?:to|at)|make it (?:quiet|soft|low|loop)\w*"
        r"|turn it down to|lower it (?:when|under|while)|‹[pd]:)",
        r"^[\s,.]*(?:音量|声音[小大轻低]|循环|不循环|淡出|结尾淡出|小声|轻|低|‹[pd]:|说话时)",
    ),
    "remove_silence": words(
        r"^[\s,.]*(?:leav(?:e|ing) (?:a |about )?‹t|with|keep(?:ing)? (?:a |about )?‹[t]|longer than"
        r"|over ‹t|more than|below"
        r"|under|anything (?:over|longer)|at least|‹[txd]:|(?:using|use|based on|by|on) (?:audio )?track"
        r"|but (?:leave|keep) ‹t|margin|padding)",
        r"^[\s,.]*(?:前后|各?留|保留‹t|两[边侧]|超过|大于|阈值|低于|‹[txd]:|按|根据|以第)",
    ),
    "transition": words(r"^[\s,.]*(?:‹t:|lasting|for ‹t|with|of ‹t|each|duration)", r"^[\s,.]*(?:时长|每个"
        r"|持续|‹t:"
    "|各)"),
    "captions": words(r"^[\s,.]*(?:in \w+(?: language)?$|in (?:yellow|white|bold)|yellow|white|bold|burn(?:ed"
    r"|t)? in|as (?:an? )?srt|with (?:yellow|white|big|large|bold)|word[ -]by)", r"^[\s,.]*(?:中文|英文|黄色"
    "|白色|烧录|压制|外挂|逐字)"),
    "watermark": words(r"^[\s,.]*(?:at|in|on|with|‹p:|top|bottom|small|opacity|transparen"
    r"|semi)", r"^[\s,.]*(?:透明度|不透明度|放在|位置|左|右|‹p:|大小|在)"),
    "export": words(r"^[\s,.]*(?:as|in|at|with|for|under|max\w*|‹b:|\d{3,4}p|[248]k|mp4|mov|webm|mkv|gif|mp3"
    "|wav|high|best|low|medium|draft|full|youtube|tiktok|quality|keep it under ‹b|make it (?:1080p|720p|4k)"
    r"|less than|no (?:more|bigger|larger))", r"^[\s,.]*(?:格式|画质|质量|高清|分辨率|不超过|不要超过|大小"
        r"|最高"
    r"|高画质|\d{3,4}p|[248]k|mp4|mov|webm|mkv|gif|‹b:|控制在‹b|文件|发?(?:抖音|油管))"),
    "merge": words(r"^[\s,.]*‹f:"),
    "split": words(r"^[\s,.]*(?:at )?‹t:"),
    "reframe": words(r"^[\s,.]*(?:with (?:a )?(?:blur|black|pad)|blur(?:red)? (?:the )?(?:background|sides"
    r"|bars)|without crop|don'?t crop|no crop|pad|letterbox|fill)", r"^[\s,.]*(?:背景模糊|模糊背景|背景虚化"
    "|加?黑边|不裁|不要裁|两[边侧])"),
    "speed": words(r"^[\s,.]*(?:by ‹[xp]|to ‹[xp]|‹[xp]:)"),
    "zoom": words(r"^[\s,.]*(?:by ‹[xp]|to ‹[xp]|‹[xpt]:|for ‹t)"),
    "fade": words(r"^[\s,.]*(?:over ‹t|for ‹t|‹t:|each ‹t)|^[\s,.]*(?:各‹t|时长|‹t:|持续)"),
    "highlights": words(r"^[\s,.]*(?:‹t:|under ‹t|max|about ‹t|around ‹t)"),
    "cut": words(r"^[\s,.]*from the (?:start|beginning|end)"),
}  # fmt: skip


def _belongs(here: Findings, piece: str) -> bool:
    """Whether a piece only says more about what came before it ("…, for 3 seconds")."""
    kind = getattr(here[-1], "op", "")
    pattern = _MODIFIERS.get(kind)
    return bool(pattern and pattern.search(piece))
