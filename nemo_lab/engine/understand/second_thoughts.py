"""A wish that is taken back later on: "add some music... on second thought, don't".

What is said before a retraction counts no more; what is ordered after it does. One that names a thing
("actually, no captions") takes back no more than that where other things were wished for.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from nemo_lab.engine.understand.denial_words import DENIES, JOINT
from nemo_lab.engine.understand.denials import denies, orders
from nemo_lab.engine.understand.marks import words
from nemo_lab.engine.understand.rules.removal import things
from nemo_lab.protocol.router import QUOTED

_HESITATES: Final = words(
    r"^\W*(?:(?:and|but|oh|ah|ugh|oops|um+|er+m?|well|so|ok(?:ay)?|please|then|no|nope|nah|hmm+"
    r"|actually|wait|hold on|hang on|stop"
    r"|you know what|sorry|on reflection|thinking about it|now that i think (?:about|of) it"
    r"|come to think of it"
    r"|(?:on )?second thoughts?|(?:哦|啊|呃|额|唉|哎呀?|唔|欸|嗯+|那个|不对|不是|不过|但是?|等等|等一?下"
    r"|慢着|且慢|还是|想了想|再?想想|后来想想|仔细想想|话说回来"
    r"|(?:不好意思|抱歉|对不起)?说错了?|不好意思|抱歉|对不起))(?:\b|(?<=[\u3400-\u9fff]))[\s,，.。…!]*)+"
)
_TURNS: Final = words(
    r"\b(?:no|nope|nah|hmm+|actually|wait|hold on|hang on|stop|you know what|sorry|reflection|think\w*"
    r"|second thoughts?)\b"
    r"|不对|不是|等|慢|还是|想|算了|不好意思|抱歉|错了"
)
"""Of what hesitates, what turns round."""
_THAT: Final = (
    r"(?:(?:all |any )?(?:of )?(?:it|that|this|them|those)(?: (?:all|last \w+|whole \w+|idea|one|bit"
    r"|part|request|thing))?"
    r"|(?:what|everything|anything|all) (?:i|we)(?: just)? (?:said|asked\b.*|wrote|typed)|i (?:said"
    r"|asked|mentioned|spoke|wrote)(?: (?:that|it|anything))?"
    r"|(?:my|the) (?:last |previous |whole )?(?:request|message|idea|thing|instruction)s?\b)"
)
_TAKES_BACK: Final = words(
    rf"\b(?:scratch|scrap|strike|forget(?: about)?|cancel|abort|ignore|disregard|belay) {_THAT}"
    r"|\b(?:drop|skip|bin|ditch|shelve|nix|leave|kill) (?:that|this|the|my) (?:whole )?(?:idea|plan"
    r"|thing|request|thought|suggestion)\b",
    r"\b(?:never ?mind|nvm)\W*$|\bwhy (?:would|should) (?:i|you|we|anyone|anybody)\b"
    r"|\bnever ?mind (?:that|it|me)\b|^\W*(?:never ?mind|nvm|scratch that|strike that)\b",
    r"\bchang(?:ed|ing) (?:my|our) minds?\b|\b(?:i|we)(?:'ll| will)? take (?:it|that|this) back\b"
    r"|\bi(?:'ve| have) reconsidered\b"
    r"|\bwrong (?:window|chat|file|video|project|tab)\b|\bon second thoughts?\b.*\b(?:not|n'?t|no"
    r"|leave|skip|fine|without)\b",
    r"^\W*(?:(?:please|just|so|and|but|or|i|we|you|you'd|you should|i'd|we'd|ok|let'?s|yeah|better|rather"
    r"|maybe|probably|actually|no|it'?s|really) )*"
    r"(?:don'?t|do not|no need|rather not|better not|let'?s not|maybe not|not needed|no thanks?|never"
    r"|not now|not yet|leave it"
    r"|forget it|(?:don'?t|do not|no need to) (?:bother|worry|do (?:it|that|this|anything)|touch (?:it"
    r"|that|anything)))"
    r"(?: (?:at all|after all|anymore|yet|now|please|be|alone|as (?:it )?is|thanks|then|for now"
    r"|with (?:it|that)|about (?:it|that)))*\W*$",
    r"改(?:了|变)?(?:主意|想法)|变卦|反悔|收回|作罢|拉倒|(?:当|作)我?没说|(?:忽略|无视|别管|别理)|发错"
    r"|(?<![剪删掐去])(?<!干脆)(?:还是|就)?(?:算了|免了)|没事了|(?:撤回){2}|^[\s,，.]*(?:我)?(?:又|现在"
    r"|突然)?不(?:想|打算)?[\u3400-\u9fff]{0,3}了(?:吧)?[\s.。!！]*$"
    r"|^[\s,，.]*(?:都|就|先|也|你|那|再)*(?:不用|不必|别|甭|不需要)再?(?:[弄做搞加改管动放]|麻烦"
    r"|折腾)?(?:它|这个|那个)?了(?:吧)?[\s.。!！]*$|(?:还是|想想)(?:先)?(?:别|不|没必要|算|免|甭|留着|保持)"
    r"|(?:觉得|感觉|认为|看来|其实)(?:真的?|其实|完全|根本|也)?(?:没(?:[这那]个)?必要|不(?:用|必|需要"
    r"|合适))|不了[\s.。!！]*$",
)
_THE_SAME: Final = words(
    r"^(?:还是|先|就|也|都|你|那)*(?:别|不|不用|不必|甭|不要)(?:再|给我)?"
    r"([\u3400-\u9fff]{0,2}?)(?:了|吧)*[\s.。!！]*$"
)
"""Denies the verb of the wish, or all of it."""
_REFUSED: Final = words(r"\b(?:nah|nope|(?:ah|oh|um+|er|hmm+)[\s,.…]+no)\b|\bno(?=[,.!…])")
"""A "no" by itself: a wish is refused, unless another follows ("no, the last 8 seconds")."""
_DROPPED: Final = words(r"^(?:drop|skip|leave|forget) (?:it|that)\W*$")
_AND: Final = words(r"\band\b")
_SENTENCE_ENDS: Final = re.compile(r"[!?;。！？；\n]|(?<!\.)\.(?!\.)")
_ASKED_FOR: Final = words(
    r"\b(?:can|could|would|will|please|why|how|do|does|did|is|are|should|what|which|who|when|where)\b",
    r"能|可以|请|帮|麻烦|[好行]|谁|要不要|[吗呢]|怎|什么|哪|几|多",
)
"""Asks for something, and does not only repeat an offer ("captions? no thanks")."""
_STAYS: Final = words(
    r"^\W*(?:(?:i'll|we'll|just|please|let's) )*(?:leave|keep) (?:it|that|everything"
    r"|the)\b",
    r"留着|保持|保留|原样",
)


@dataclass(frozen=True)
class Kept:
    """What of a text still counts."""

    text: str
    dropped: frozenset[str] = frozenset()
    """Names of operations that are taken back singly."""
    taken_back: bool = False
    """Whether a wish was: then what is left must be an order to be done."""


def takes_back(text: str) -> bool:
    """Whether a clause only takes back what was said, or hesitates."""
    led = _HESITATES.match(text)
    return bool(_TAKES_BACK.search(text) or (led and led.end() == len(text)))


def _wishes(piece: str) -> bool:
    """Whether a piece may say something that is wanted instead."""
    led = _HESITATES.match(piece)
    rest = piece[led.end() :] if led else piece
    return bool(
        rest.strip(" .…") and not _DROPPED.search(rest) and (orders(rest) or re.search(r"\d|instead", rest))
    )


def without_taken_back(text: str) -> Kept:
    """Return what still counts of a text: what follows its last retraction of a wish."""
    if not (DENIES.search(text) or _TAKES_BACK.search(text) or _REFUSED.search(text)):
        return Kept(text)
    unheard = QUOTED.sub(lambda quoted: "∎" * len(quoted[0]), text)
    kept: list[str] = []
    dropped: set[str] = set()
    start = sentence = 0
    wished = wished_here = hesitating = echoed = False
    said = _pieces(unheard)
    for number, (piece, begin, end) in enumerate(said):
        if begin and _SENTENCE_ENDS.search(unheard, begin - 2, begin):
            sentence, wished_here = begin, False
        led = _HESITATES.match(piece)
        turns = hesitating or (led is not None and bool(_TURNS.search(led[0])))
        rest = piece[led.end() :] if led else piece
        hesitating = turns and not rest.strip(" .…")
        same = _THE_SAME.search(rest)
        same = same if same and same[1][:1] in unheard[start:begin] else None
        refused = bool(led and _REFUSED.search(led[0])) and not any(_wishes(one) for one, *_ in said[number:])
        back = same or refused or _TAKES_BACK.search(piece) or _TAKES_BACK.search(rest)
        if wished and (back or ((turns or echoed) and denies(rest))):
            named = things(rest)
            if named and not back:
                dropped |= set(named)
            else:
                kept = [text[start:sentence]] if wished_here and sentence > start else []
                start, wished, wished_here = end, False, False
        elif start and not wished and (denies(piece) or _STAYS.search(piece)):
            start = end
        elif not hesitating and any(orders(part) for part in _AND.split(piece)):
            wished = wished_here = True
            echoed = unheard[end : end + 1] in ("?", "？") and not _ASKED_FOR.search(piece)
    rest = "".join([*kept, text[start:].strip(" ,.;!，。；！…")])
    return Kept(rest, frozenset(dropped), taken_back=start > 0)


def _pieces(text: str) -> list[tuple[str, int, int]]:
    """Return the pieces of a text, where each begins and where it ends."""
    found: list[tuple[str, int, int]] = []
    start = 0
    for joint in [*JOINT.finditer(text), None]:
        end = joint.start() if joint else len(text)
        if text[start:end].strip():
            found.append((text[start:end].strip(), start, end))
        start = joint.end() if joint else end
    return found
