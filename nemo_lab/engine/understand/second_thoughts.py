"""A wish that its own end takes back: "add some music... on second thought, don't"."""

from __future__ import annotations

import re
from typing import Final

from nemo_lab.protocol.asking import begins_as_order
from nemo_lab.protocol.router import QUOTED

_BREAK: Final = r"[\s,，、;；.。…!！—~-]+"
_HESITATES: Final = (
    r"(?:(?:but|oh|no|nah|nope|hmm+|um+|er|well|actually|wait|hold on|hang on|you know what|sorry"
    r"|(?:on )?second thoughts?|on reflection)\b[\s,.…]*)"
)
_DROPS: Final = (
    r"(?:(?:please )?don'?t(?: bother| do (?:it|that|this)| \w+ (?:it|that|them)(?: yet| now)?)?|do not"
    r"|let'?s not|rather not|(?:let'?s |we'?ll |i'?ll )?skip (?:it|that)|no need|maybe not|better not"
    r"|leave it(?: (?:be|alone|out|as (?:it )?is|like that))?)"
)
_TAKES_BACK: Final = (
    r"(?:scratch that|never ?mind(?: that)?|forget (?:it|that|about (?:it|that)|i said (?:that|anything))"
    r"|strike that|i take (?:it|that) back)"
)
_STAYS: Final = (
    r"(?:it'?s (?:fine|ok(?:ay)?|good)(?: (?:as (?:it )?is|like that|without))?|leave (?:it|that"
    r"|everything)"
    r"(?: (?:be|alone|as (?:it )?is))?|keep it as (?:it )?is|thanks?|thank you|sorry)"
)
_ENGLISH: Final = (
    rf"{_BREAK}{_HESITATES}*(?:{_HESITATES}{_DROPS}|{_TAKES_BACK})"
    rf"(?:{_BREAK}(?:{_DROPS}|{_TAKES_BACK}|{_STAYS}|{_HESITATES}))*[\s.!…]*$"
)
_ZH_HESITATES: Final = (
    r"(?:(?:等等|等一?下|哦?不对?|还是|那个|不是|嗯+|唉|额|呃|哎|欸|想了想|再?想想)[\s,，.。…]*)"
)
_ZH_NOT: Final = (
    r"(?:先?(?:不用|不必|甭|别|不)再?"
    r"(?:加速|导出|静音|放大|压缩|裁剪|合并|旋转|翻转|加|剪|删|弄|改|做|搞|动|调|放|导|配|转|裁|折腾"
    r"|管|麻烦)?(?:它|这个|那个)?了?吧?)"
)
_ZH_OFF: Final = r"(?:还是)?(?:算了吧?|免了吧?|作罢|当我没说|就当我?没说)"
_ZH_STAYS: Final = (
    r"(?:(?:现在)?(?:就)?(?:先)?这样(?:就|也)?(?:吧|行|好|可以|挺好)?了?|保持(?:原样|现状|不变)|挺好的?"
    r"|(?:等会儿?|回头|以后|改天|下次|晚点|待会儿?)再说吧?|再说吧|谢谢|不好意思|抱歉)"
)
_CHINESE: Final = (
    rf"(?:吧|啊|呀|嘛)?{_BREAK}{_ZH_HESITATES}*(?:{_ZH_HESITATES}{_ZH_NOT}|{_ZH_OFF})"
    rf"(?:[\s,，;；.。…!！]*(?:{_ZH_HESITATES}*{_ZH_NOT}|{_ZH_OFF}|{_ZH_STAYS}))*[\s.。!！…]*$"
)
_TAKEN_BACK: Final = re.compile(f"(?:{_ENGLISH})|(?:{_CHINESE})", re.I)
_SENTENCE_ENDS: Final = re.compile(r"[!?;。！？；\n]|(?<!\.)\.(?=\s)(?!\.)")
_DISMISSED: Final = re.compile(
    rf"{_BREAK}(?:(?:ugh|no|nope|nah|oh|hmm+|um+|er|wait|actually|sorry|well|oops|but)\b[\s,.…]*)*"
    r"(?:nvm|never ?mind|ignore (?:that|me|this)|disregard(?: that)?|scratch that|strike that"
    r"|forget (?:it|that|i said that)"
    r"|(?:no,? )?(?:i )?(?:don'?t|do not)(?: do (?:it|that|this))?(?= *(?:[,.!;…]|$))"
    r"|wrong (?:window|chat|file|video|project))\b(?! (?:the|my|about|what|those|your)\b(?! \w+ (?:is"
    r"|was|are|were)\b))"
    rf"|(?:吧|啊)?{_BREAK}(?:[哦啊呃唉哎嗯不]|还是|那个|等等|不对|不好意思|抱歉|对不起|我)*[\s,，]*"
    r"(?:算了|不用了|没事了?|请?(?:忽略|无视)|别管|当我没说|就当我?没说|发错|什么都(?:别|不要|不用|先别)[动做改剪]"
    r"|(?:现在|后来)?又?不(?:想|做|加|剪|弄|搞|改|导|放|配|发)(?:[了啦吧]|(?=$|[。.!！]))(?=$|[,，。.!！])"
    r"|我?(?:个人)?(?:觉得|感觉|认为)(?:真的?|其实|完全|根本)?(?:没(?:[这那]个)?必要|不(?:用|必|需要))[了吧]?(?=$|[。.!！]))"
    r"|^(?:上一?|刚才?那|前面那)[条句个][^,，。]{0,6}(?:无视|忽略|作废|不算|别管)",
    re.I,
)
"""Lets go of the wish before, whatever reason follows."""
_PIECES: Final = re.compile(r"[,;.!?，。；！？…]+|\b(?:and|but|so|just)\b")


def _let_go(text: str) -> re.Match[str] | None:
    """Return where the wish before is let go, and nothing is ordered in its place."""
    unheard = QUOTED.sub(lambda quoted: "∎" * len(quoted[0]), text)
    for found in _DISMISSED.finditer(unheard):
        if not any(begins_as_order(piece) for piece in _PIECES.split(text[found.end() :]) if piece.strip()):
            return found
    return None


def without_taken_back(text: str) -> str:
    """Return what is said without the sentence that its end takes back, and without that end."""
    found = _TAKEN_BACK.search(text) or _let_go(text)
    if found is None:
        return text
    ends = [end.end() for end in _SENTENCE_ENDS.finditer(text, 0, found.start())]
    return text[: ends[-1]] if ends else ""
