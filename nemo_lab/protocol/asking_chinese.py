"""Whether a Chinese sentence can be a request: what asks or tells needs a sign of one.

A sentence is read clause by clause. An interrogative word, an interrogative ending or a question mark makes a
clause a question unless it asks somebody to act ("能不能…", "帮我…吗"); a person who did, feels or thinks
something, a guess or a time gone by makes it a statement. Only a clause that begins as an order does, after
it, makes the sentence a request again. No list of known questions is needed, only the words that ask.
"""

from __future__ import annotations

import re
from typing import Final

from nemo_lab.protocol.patterns import any_of

_IDLE: Final = any_of(
    r"请问|没有?(?:什么|啥|谁|几)|(?:什么|啥|谁|哪里|哪儿|怎么|多少|多[长大久])[^,，]{0,6}?[都也]|不怎么"
    r"|(?:不管|无论|不论|随便|哪怕)[^,，]*|什么的|(?<=[这那的上前后头首末尾最好十过始])几|几乎"
    r"|多少(?=有点|带点|调|加)|[这那]么|要么|[越更]多|剪辑师|多[余段]"
)
"""Interrogative words that ask nothing."""
_WH: Final = any_of(
    r"什么|啥|谁|哪|怎[么样]|咋|何[时处种必为]|[为如]何|是否|来着|与否|会不|难道|究竟|到底|有没有"
    r"|(?<=..)没有?$|第几|百分之几"
    r"|几(?=[种个条段档秒分次句步倍轨首款张点帧集级页兆处刀度样天时层遍小多]|[a-zA-Z]|$)|多少|要不要"
    r"|多(?=[久长大高宽快慢响远重厚深亮低小细])(?!.一?[点些])|(?P<yes>[\u3400-\u9fff])[不没](?P=yes)"
)
_ENDS: Final = any_of(r"^(?!先?别|不要).*(?:[吗呢嘛]|(?<![什怎那这要多])么|(?<![要好行先])不)$")
_TAG: Final = any_of(
    r"^(?:这样|那样|就)?(?:好不好|[行成]不行|可不可以|成不成|[好行成]?可?以?不|[好行成][吗么嘛]|可以[吗么]"
    r"|怎么样|如何|ok吗|没问题吧|[对好行]吧)[啊呀]?$"
)
"""Asks no more than whether the wish before suits."""
VERB_ZH: Final = (
    r"(?:剪|删|去[掉除]|移除|添?加|保留|只?留|裁|切|砍|静音|消音|旋转|翻转|镜像|调|提高|降|模糊"
    r"|放[大慢]|缩|合并"
    r"|拼|分割|拆|转[换为成]|配|导出|输出|做成|改|换|变|弄|压|撤|恢复|重做|插入|快进|加速|减速|统一|烧"
    r"|显示|打|写"
    r"|叠|截|修|处理|拿掉|掐|清|消除|生成|来[个点段一])"
)
_POLITE: Final = any_of(
    r"能不能|可不可以|[能可]否|^(?:你|您|请问|那|现在|顺便|就|还|也)*(?:能|可以)"
    rf"(?=[^,，]*{VERB_ZH}[^,，]*(?:[吗么不呢]|[?？])?$)|(?:能"
    rf"|可以)[^,，]{{0,2}}[快慢大小高低亮暗轻响长短](?:一?[点些]|‹|一倍|半)|(?:能"
    rf"|可以)[^,，]{{1,6}}一下[吗么]$"
    r"|麻烦|帮[我忙]|请(?![问教])|拜托|劳驾|给我|[好行]不[好行]$|[好行]吗$|可以吗$|要不(?!要)|不如"
    r"|何不|怎么不"
)
_LOOKS: Final = any_of(
    r"(?:帮[我忙]|请|给我|麻烦|能不能|^(?:你|您)?(?:可以|能)?)(?:你|您)?(?:先|再)?"
    r"(?:看(?!起)|查|算|数|告诉|说|讲|问|估|确认|检查|推荐|建议|分析|列|统计|介绍|解释|评|猜|想想|判断"
    r"|教|比较)"
)
"""Asks to be told, not to have something done."""
_ORDER: Final = any_of(
    r"^(?:那|就|所以|但是?|不过|请|麻烦|帮[我忙]|给我|另外|直接|顺便|然后|再|先|也|都|全部?|统统|只"
    r"|现在|还是|干脆|最后"
    rf"|接着|并且?|同时)*(?:把|将|给(?!谁)|{VERB_ZH})|^[\u3400-\u9fff]{{1,6}}(?:提高|降低"
    r"|调[高低大小亮暗到成]|[改设][成为])"
)
_IF: Final = any_of(r"^是|的话$|如果|要是|假如|假设|万一|的时候$|[之以][后前]$|还是")
_COMMA: Final = re.compile(r"[,，。;；!！、：\n?？]|:(?!\d)|\s-\s|——")
_MARK: Final = re.compile(r"‹[^›]*›")

_AFTERWARDS: Final = any_of(r"(?:[之以]后|的话|完了?)[^,，]*(?:能不能|可不可以|能否|还能|会不会)")
"""What can be done later is asked, not what is to be done."""


def interrogates(text: str) -> bool:
    """Whether a text asks to be told something, and orders nothing after it."""
    parts = _clauses(text)
    asked: int | None = None
    for number, (clause, marked) in enumerate(parts):
        if _TAG.search(clause):
            asked = number if marked and not number else None if asked == number - 1 else asked
        elif _asks(clause, marked=marked):
            asked = number
        elif _orders(clause):
            asked = None
    return asked is not None


def _clauses(text: str) -> list[tuple[str, bool]]:
    """Return the clauses and whether a question mark ends each."""
    plain = _MARK.sub("‹›", text)
    found: list[tuple[str, bool]] = []
    start = 0
    for joint in [*_COMMA.finditer(plain), None]:
        clause = plain[start : joint.start() if joint else None].strip(" .~…")
        if clause:
            found.append((clause, joint is not None and joint[0] in "?？"))
        start = joint.end() if joint else len(plain)
    return found


def _asks(clause: str, *, marked: bool) -> bool:
    words = _IDLE.sub("", clause)
    if _LOOKS.search(words) and not _ORDER.search(_LOOKS.sub("", words)):
        return bool(marked or _WH.search(words) or _ENDS.search(words))
    if _AFTERWARDS.search(words):
        return True
    polite = _POLITE.search(words)
    if _WH.search(_POLITE.sub("", words)):
        return True
    return not polite and bool(marked or _ENDS.search(words) or ("还是" in words[1:] and words[-1] != "吧"))


def _orders(clause: str) -> bool:
    return bool(_ORDER.search(clause) or _POLITE.search(clause)) and not _IF.search(clause)


_WHO: Final = (
    r"(?:我|你|您|他|她|它|咱|咱们|大家|有人|别人|人家|对方|网上|网友|观众|粉丝|客户|甲方|老板|领导"
    r"|同事|朋友|弹幕|评论区?"
    r"|[^,，‹]{0,5}(?:师|员|们|友|哥|姐|弟|妹|妈|爸|婆|公|老师|团队|平台|软件|系统|公司|[学医先女男]生"
    r"|人))们?"
)
_WANTS: Final = any_of(
    rf"^(?:但是?|不过|所以|而且|因为)?{_WHO}(?:只|还|就|现在|其实|真的|特别|更|也|是|都|最|比较"
    r"|倒是)*(?:要(?!是)|想(?!起|到|法|象)"
    r"|需要|希望|建议你|得|必须|应该把|打算让|让你|叫你|求|急需|帮|把[^,，了]*$|再(?![聊说谈看想商讨])"
    r"|先|直接|给我|觉得[^,，]*(?:可以把|太|有点|不够|偏|应该|可以再|要))"
    r"|太[^,，]{1,4}了?|有[点些](?!人)|不[够太]|偏[^,，]|过[大小长短快慢]|把[^,，]*吧$|[想需]要|希望"
    r"|应该|必须"
    r"|不要了|不需要|没用|多余|^让(?![我你他她它人])[^,，]*更"
)
"""Signs of a wish in a clause that tells."""
_HANDLED: Final = any_of(r"^(?:[请再就先也都那]|然后|所以|帮我|麻烦|给我|直接|现在|另外)*(?:把|将)")
_FORMER: Final = any_of(r"个人觉得|这种东西|上一?[版个次回](?!操作|步)|旧|以前|之前那|原来那|昨天")
_ACTS: Final = any_of(
    VERB_ZH + r"|[不只]要|撤销|倍速|[转翻留接存补放挑选移]|浓缩|归零|‹[xpdlg]:|\d ?(?:度|倍|分贝|%|[Mm][Bb]?"
    r"|dB)|[大小快慢亮暗高低长短轻响](?:一?[点些]|很多|声)"
)
_TOLD: Final = any_of(
    rf"^(?:但是?|不过|所以|而且|因为|其实|幸好|还好|可惜)?{_WHO}(?!声"
    rf"|[说讲]话)[^,，]*(?:{VERB_ZH}[^,，]*[了过]|[会总]|经常|一直)"
    r"|昨[天晚]|前天|可惜|过[^,，]*的(?:念头|想法|打算)|曾经?|差点(?!儿?意思)|去年|今[早晚年]|早上(?![.的])|[这那]周|周[一二三四五六日天末]|上[次回周个一](?!步"
    r"|个?操作)[^,，]|旧的?|有一[次回]|一整天|之前[我你他她]|以前[我你他她都]"
    r"|当[时初]|从[前来](?!的)|已经|早就|本来|原[来本](?!的)|原片(?=已|本|里|就)|一般[都能会]?|通常"
    r"|总[是要会爱]|老(?:是|让|爱|喜欢)|那会儿|那时候?|我[就也又都才]{0,2}(?:加|剪|删|调|配|做)了[^吧]"
    r"|经常|往往|大多|有[些人文]|很多人|刚[刚才](?!那|的|加|撤)"
    r"|好像|似乎|看[来着得样]|看起来|听[起着上]|貌似|也许|说不定|或许|估计|恐怕|听说|据说|居然|竟然"
    r"|果然|幸好|还好|难怪|怪不得"
    r"|改天|下[次回](?!播)|回头|明[天早]|等会儿?再|晚点|有空|随时|再[说定](?!一)|的事|这个事"
    r"|不(?:喜欢|打算|同意|确定|急|想(?!要)|允许|答应|太?懂|得不|见了)|未必|没(?:意义|必要|关系|法"
    r"|兴趣|把握|办法)|作废|(?<!了)算了|尽量别"
    r"|(?<![不但要还就都只凡])是(?!不)[^,，]*(?:的$|[我你他她它]|在|主意)|[用做配]的是|里有"
    r"|好几[个小天]|这种东西|我自己|自[动带]的$|误[删剪]"
    r"|[我你他她它们][^,，]{0,3}(?:正|在)[^,，这那](?![^,，]*的)"
    r"|(?<![剪删去砍关撤掉掐要除音吧算好])(?<!不要..)(?<!不要.)(?<!不要...)了$"
    r"|(?:[成到高低大小快慢用]了|了[两三几]?[遍次])(?!一?[点些])|足?够了"
    r"|[很挺真好蛮超特](?:喜欢|棒|好(?!看的)|不错|顺|自然|赞|漂亮|舒服|合适|满意|爱|清楚|到位)(?:了|啊"
    r"|的)?$|太(?:棒|好|赞|漂亮|完美|到位)了?|刚刚?好|完美|没问题"
    r"|(?:很(?!多)|挺|真|非常|特别|蛮|极)[^,，的‹]{1,4}$|(?<![才就不好是])(?:能"
    r"|会(?!议))(?=[^,，吗么]*$)(?!就?好)"
    r"|[我你他她](?:喜欢|爱|讨厌|烦)|我(?:有点)?[害恐]?怕|担心|谢谢你|感谢你|(?<!需)会自动"
)
_GREETS: Final = any_of(r"^\W*(?:谢谢|多谢|你好呀?)[,，]|再见")


def tells(text: str) -> bool:
    """Whether a text only tells something: a clause does, and none of all wishes or orders."""
    parts = [clause for clause, _ in _clauses(text)]
    told = not _GREETS.search(text) and any(_TOLD.search(clause) for clause in parts)
    return told and not any(_wishes(clause) for clause in parts)


def told(clause: str) -> bool:
    """Whether a clause tells of what somebody did, feels or thinks, whatever it asks for."""
    return _TOLD.search(clause) is not None


def _wishes(clause: str) -> bool:
    asked = _WANTS.search(clause) or _POLITE.search(clause) or _HANDLED.search(clause)
    return bool(asked and not _FORMER.search(clause)) or (
        not told(clause) and bool(_orders(clause) or _ACTS.search(clause))
    )


_FORBIDS: Final = any_of(
    rf"^(?:[^,，‹把]{{0,6}}|把[^,，]{{1,10}})(?:别|不要|不用|不必|不需要|[请切]?勿|无需|没必要|甭"
    r"|不[希想愿](?:望|要|意)?|禁止|避免|不准|不许|不能|不得)"
    rf"(?:你|再|去|给我|帮我|乱|随便|轻易|急着|先|进行|做|任何|把[^,，]{{1,12}}"
    rf"|给[^,，]{{1,8}})*(?!(?:只?留|保留)){VERB_ZH}(?![^,，]*了$)"
)


def forbids(text: str) -> bool:
    """Whether a clause says what is not to be done, and orders nothing besides."""
    first, *others = [clause for clause, _ in _clauses(text)] or [""]
    return bool(_FORBIDS.search(first)) and not any(_orders(clause) for clause in others)


def begins_as_order(text: str) -> bool:
    """Whether the first clause orders something."""
    return any(_orders(clause) for clause, _ in _clauses(text)[:1])


_STAYS: Final = re.compile(r"保?留")
_NOT_BURNT: Final = re.compile(r"[压烧嵌]")
"""Of captions, how they are wanted and not whether."""


def unsigned(text: str) -> bool:
    """Whether one clause says what is not to be done, and no other says that something is."""
    parts = [clause for clause, _ in _clauses(text)]
    others = [clause for clause in parts if not _FORBIDS.search(clause) or _NOT_BURNT.search(clause)]
    acts = any(_orders(clause) or _ACTS.search(_STAYS.sub("", clause)) for clause in others)
    return len(others) < len(parts) and not acts
