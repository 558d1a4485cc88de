"""A sentence into clauses, each of which one rule can read.

Marks hold quotes, times and spans together, so a separator inside them is never seen. After a full
stop or "then" a new clause begins in any case; a comma or "and" divides only where both sides can
be read, the second with the first one's verb where it has none ("remove the ums and the pauses").
"""

from __future__ import annotations

import re
from collections.abc import Callable

from nemo_lab.engine.understand.clause import Clause, Findings, Unsupported
from nemo_lab.engine.understand.marks import words
from nemo_lab.engine.understand.modifiers import belongs
from nemo_lab.engine.understand.rules.limits import NOT_THERE
from nemo_lab.engine.understand.rules.vocabulary import VERB
from nemo_lab.protocol.plan import Keep, Question, Range

MOST_JOINTS = 40
"""A sentence with more is read no further apart, so that no input takes long."""
_HARD = words(
    r"[;!\n]+|[?]+|\.(?=\s|$|[^\x00-\x7f])",
    r"\b(?:,? ?and then|,? ?then|after that|afterwards|next|finally|lastly|once (?:that|this)(?:'s"
    r"| is) done)\b,?",
    r"然后再?|接着再?|随后|接下来|之后再|完了?再|再(?=[把将给加剪导去删配调放])",
)
_SOFT = words(
    r",? ?\b(?:and also|and|plus|also|as well as|but also"
    r"|(?<!everything )(?<!anything )(?<!nothing )(?<!all )but|while also|along with|together with)\b|,| & "
    r"|\+(?= )",
    r"、|并且|(?<![合吞兼])并(?![排列购])|同时|以及|还有|还要|(?<![饱温柔暖])和(?![平谐缓弦声])"
    r"|(?<![以涉])及(?!时|以)"
    r"|(?<![参])与(?!众)|(?<![紧])跟(?![踪随拍着])|但是?|不过|最后(?!‹|的‹|那‹|面|一[段个])"
    r"|后(?=导出|下载|渲染|加|添加|再)|再(?!切一刀|剪一刀)(?![见次现大小快慢亮暗高低长短多少轻响暖冷])",
    r"(?=\b(?:without(?! crop)|instead of|rather than|except(?: for)? ‹|leaving ‹))"
    r"(?<!everything )(?<!all )(?<!anything )",
)
_LEAD = words(
    r"^[\s,.]*(?:please |now |also |just |can you |could you )*(cut out|take out|get rid of|speed up"
    r"|slow down"
    r"|fade|mute|add|put|insert|remove|delete|cut|trim|drop|keep|burn in|burn|show|"
    r"display|use|make it|make|set|blur|brighten|increase|decrease|reduce|raise|lower|strip"
    r"|split(?: it)?(?: at)?|snip|chop|lose|ditch|erase|kill|skip|bump up|turn up|turn down|turn|apply"
    r"|protect|export|save|zoom in|silence|no)\b",
    r"^[\s,.]*(?:请|先|再|就|顺便|麻烦|帮我|把|将|给视频|给)*(只保留|只留下?|留下|剪掉|剪去|删掉|删除|删去"
    r"|去掉|去除|移除|添加"
    r"|加上|加入|加|插入|静音"
    r"|保留|模糊|提高|降低|调整|截取|放慢|加速|导出)",
)
_TAIL_ZH = re.compile(
    r"(?:都|全部|全|一起|统统)?((?:剪|删|去|移|裁|切)[掉除去了]+|静音|保留|模糊|加速|放慢|快进|淡[入出]"
    r"|不要(?:了)?|调[亮暗大小高低])(?![^‹]*(?:[删剪撤去][掉除]|不要))[^‹]{0,4}$"
)
_PRONOUN = words(
    r"\b(?:them|those|these|it out|that out|it off|that off|remove it|cut it|delete it)\b",
    r"^[\s,.]*(?:就|都|全部?|统统|可以)*(?:不要|不需要|不用留)(?:了|吧|掉)*[\s,.?]*$",
    r"^[\s,.]*(?:请|帮我|麻烦|都|全部|把[它这那])*(?:[剪删去]|处理)[掉除了一下]*(?:吧|掉)?[\s,.?]*$",
)
_THING = words(r"^[\s,.]*(?:the|my|its|those|these|that) (?:\w+ )?\w+")
"""What is there already is named by a noun, though "blur" and "zoom" are verbs, too."""
_STATE = words(r"^[\s,.]*(?:把|将)?(?:静音|没有?声音|安静|无声|没有?人?说话|silent|quiet)的?$")
_REST = words(
    r"^[\s,.]*(?:and |then |so )?(?:(?:remove|cut|delete|drop|lose|trash|ditch|get rid of|throw away"
    r"|discard) )?(?:out )?(?:all )?(?:of )?"
    r"(?:the rest|everything else|all else|all the rest|the others?|the remain(?:der|ing \w+)"
    r"|anything else|whatever(?:'s| is) left"
    r"|nothing else)(?: of (?:it|the \w+))?"
    r"(?: (?:can |should |must |may |has to )?(?:go(?:es)?|be (?:cut|removed|deleted|gone)|isn'?t needed"
    r"|is not needed|is (?:junk|trash|useless|not needed)"
    r"|away|out|gone))?(?: please)?[\s.!]*$",
    r"^[\s,.]*(?:就行|把)?(?:其[他它余]|剩下|剩余|别|另外|后面|前面|前后|余下|多余)(?:的)?(?:部分|地方"
    r"|内容|片段|东西|时间|画面)?(?:就|都|全部?|统统|一律|可以)*"
    r"(?:不要|不用|[剪删去砍丢扔][掉除了去]?|去掉|不需要)(?:了|吧|掉)?[\s.!]*$",
)
"""What is said beside a stretch that is kept, and adds nothing."""
_VOID = words(
    r"^[\s,.]*(?:can you |could you )?(?:please )?(?:fix|sort|handle|correct|adjust|change|do|solve) (?:it"
    r"|that|this)(?: out)?(?: for me)?(?: please)?[\s.!]*$",
    r"^[\s,.]*(?:请|帮我|麻烦|给我|你)*(?:统一|处理|调整?|弄|搞|改|修|解决|整理?)(?:一下|下)?(?:吧|呗|谢谢"
    r"|一下)*[\s.!]*$",
)
_ITS = words(
    r"^[\s,.]*(?:then |also )?(?!undo|export|render|save|download)\w+(?: \w+)? (?:it|them|that|him"
    r"|her)(?: (?:out|away|too|up|please))?[\s.!]*$",
    r"^[\s,.]*(?:再|然后)?(?:把|给|将)(?:它|他|她|那里|那个)[^,]{1,6}$",
)
"""An object that only the clause before knows."""
_BA = re.compile(r"^[\s,.]*(?:请|帮我|先)*(?:把|将)?")

REMARK = words(
    r"^[\s,.]*(?:(?:because|'?cause|cuz|since|as (?:it|there|i|my|the|he|she|we|they))\b|(?:there|it|that"
    r"|this|he|she|they|we|you)"
    r"(?:'s|'re| is| was| are| were| has| had| looks?| sounds?| kept| keeps)\b|(?:my|the|our|his|her|a|some) "
    r"(?:\w+ ){1,3}?(?:is|was|are|were|kept|keeps|went|came|walked|called|rang|looks?|sounds?)\b"
    r"|i (?:just |accidentally |kinda )?(?!need|want)(?:\w+ed|swore|fell|spoke|lost|ran|went|took|left"
    r"|broke|spilled)\b"
    r"|i(?:'m| am| was|'ve| have| had| said| say| messed| forgot| got| think| guess| hate| know"
    r"| don'?t (?:need|want"
    r"|like) (?:it|that|this))\b|nothing else\b|(?:the )?rest (?:can |should )?(?:stays?|is|normal)\b"
    r"|nothing (?:happens?|is|was|'s|much|interesting)\b|lol\b|lmao\b"
    r"|thanks?\b|thank you|thx|sorry\b|cheers\b|haha|please\b$|pls$|if (?:you can|possible|that'?s ok))",
    r"^[\s,.]*(?:因为|由于|有(?:密码|人|广告|电话|我)|那里?是|那段|里面|我(?:说|在|当时|不小心)"
    r"|太\S{1,3}了$|谢谢|麻烦了"
    r"|拜托|哈哈|其[他它](?:的|部分)?(?:不变|正常|照旧|别动)|不然|省得|免得)",
)
"""Says why, or nothing at all."""
_PLACED = re.compile(
    r"^[\s,.]*(?:from |between |at |in |在|从)*((?:‹[re]:[^›]*›(?:、|和|及|, ?| and "
    r"| & )*)+)(.*)$",
    re.I | re.S,
)
_ONLY_MARKS = re.compile(r"^[\s,.]*(?:‹[re]:[^›]*›(?:、|和|及|与|, ?| and | & )*)+$", re.I)
_SHORT = words(r"^[\s,.]*(?:放大|调大|调小|大|小|响|轻)一?[点些下]吧?[\s.]*$")
"""Said of a sound after a complaint about it, though it could be said of a picture."""
_LISTED = words(r"(?<![\w.])\d{1,2}$|第[一二三四五六七八九十\d]{1,2}[个段]?$")
_GOES_ON = words(r"^\d{1,2}(?![\w.:])|^第?[一二三四五六七八九十\d]{1,2}[个段]?的?(?:$|顺序)")
_COMPLAINT = words(
    r"\btoo (?:\w+)\b|\b(?:is|are|sounds?|looks?|it'?s) (?:so |very |really |a bit |kinda |way )?(?:quiet"
    r"|loud|dark"
    r"|bright|slow|fast|long|low|soft|flat|upside|sideways|tilted|mirrored|washed|pale|faded|dim|grainy"
    r"|noisy|shaky|dull)\b|‹w:u",
    r"太|有点|偏|倒着|倒了|[^,]反了?$|反着",
)
_WHERE = words(
    r"^[\s,.]*(?:but )?(?:(?:it|that|this|which)(?:'s| is| runs| goes) )?(?:only|just)? ?(?:for|from"
    r"|between|during|in|at"
    r"|on)? ?(?:the )?‹[re]:[^›]*›(?: (?:part|bit|only))?[\s.]*$",
    r"^[\s,.]*(?:但|不过)?(?:只|仅|就)?(?:要?在|限于?|是)?‹[re]:[^›]*›(?:这一?段)?(?:就行|就好)?[\s.]*$",
)
Reader = Callable[[Clause], Findings | None]


def hard_parts(text: str) -> list[str]:
    """Return the parts between full stops and words like "then"; one without a verb joins the one before."""
    parts: list[str] = []
    for part in _HARD.split(text):
        if not part or not part.strip(" ,"):
            continue
        if parts and not VERB.search(part):
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
    if here and (belongs(here, piece) or _says_where(here, piece)):
        return None
    if _LISTED.search(current.text) and _GOES_ON.search(piece):
        return None
    alone = current.with_text(piece)
    if here and _VOID.search(piece) and (read(alone) is None or _only_asks(read(alone))):
        return None
    if _ONLY_MARKS.search(current.text) and piece.startswith("‹"):
        return None
    if here and not _is_wish(here) and _ITS.search(piece) and not joint.strip(", ").startswith("."):
        return None  # "track the face and blur it" is no blur of the whole
    if here is not None and REMARK.search(piece) and not _is_wish(read(alone)):
        return current, current.with_text("")
    if here and _COMPLAINT.search(current.text):
        whole = read(current.with_text(_joined(current.text, joint, piece)))
        same = _kinds(read(alone)) == _kinds(here)
        if _kinds(whole) == _kinds(here) and (same or _SHORT.search(piece)):
            return None
    if _STATE.search(current.text) and joint.startswith(("但", "不过", "but")):
        return None
    if here and all(isinstance(finding, Keep) for finding in here) and _REST.search(piece):
        return current, current.with_text("")
    place = None if _is_wish(here) and not _only_asks(here) else _PLACED.match(current.text)
    if (
        place
        and (place[2].strip() or _only_asks(here))
        and not VERB.search(place[2])
        and (_open(read(alone)) or _PRONOUN.search(piece))
    ):
        return current.with_text(""), alone.with_text(f"{place[1]}{piece}")
    if not VERB.search(_THING.sub(" ", piece)):
        return _lent(current, joint, alone, here, read)
    there = read(alone)
    if here is None or all(isinstance(finding, Question) for finding in here):
        if here and _PRONOUN.search(piece):
            return None
        borrowed = _borrow(current, piece)
        if borrowed and read(borrowed) is not None:
            return borrowed, alone
    if here is None:
        whole = read(current.with_text(_joined(current.text, joint, piece)))
        if whole is not None and _PRONOUN.search(piece):
            return None
        if _kinds(whole) in (["remove_silence"], ["reorder"]) and there is not None and there != whole:
            return None
        more = (
            whole is not None and there is not None and len(whole) > len(there) and set(there) <= set(whole)
        )
        if more and _is_wish(whole) and not any(isinstance(finding, Unsupported) for finding in whole or ()):
            return None
        together = there is None or (whole != there and current.text.startswith(("把", "将")))
        return None if whole is not None and together else (current, alone)
    if there is None and read(current.with_text(_joined(current.text, joint, piece))) != here:
        return None
    return current, alone


def _is_wish(found: Findings | None) -> bool:
    return any(not isinstance(finding, Unsupported) for finding in found or ())


def _only_asks(found: Findings | None) -> bool:
    return bool(found) and all(isinstance(finding, Question) for finding in found or ())


def _kinds(found: Findings | None) -> list[str]:
    return [getattr(finding, "op", "") for finding in found or ()]


def _open(found: Findings | None) -> bool:
    """Whether the last finding is an edit of a stretch without a stretch, or "cut it"."""
    last = found[-1] if found else None
    return isinstance(last, Range) and last.start_ms is None and last.end_ms is None


def _says_where(here: Findings, piece: str) -> bool:
    """Whether a piece only says for which stretch an edit of the whole was meant ("…, but only from …")."""
    return _open(here) and bool(_WHERE.search(piece))


def _lent(
    current: Clause, joint: str, alone: Clause, here: Findings | None, read: Reader
) -> tuple[Clause, Clause] | None:
    """Read a piece without a verb with that of the clause before it, else by itself."""
    if not here:
        return (current, alone) if here == () and joint.strip() == "," else None
    if NOT_THERE.search(alone.text):
        return current, alone
    lead = _LEAD.search(current.text) or _LEAD.search(
        current.text[current.text.rfind(":", 0, current.text.find("‹")) + 1 :]
    )
    verb = next((group for group in lead.groups() if group), "") if lead else ""
    lent = current.with_text(f"{verb} {alone.text}" if verb.isascii() else f"{verb}{alone.text}")
    if verb and any(not isinstance(finding, Unsupported) for finding in read(lent) or ()):
        return current, lent
    return (current, alone) if read(alone) is not None else None


def _borrow(current: Clause, piece: str) -> Clause | None:
    """Give 把A和B删掉's first half the verb at the end."""
    tail = _TAIL_ZH.search(piece)
    if not tail or VERB.search(_BA.sub("", current.text)):
        return None
    return current.with_text(current.text + tail[1])
