"""A stretch that a sentence names twice, in words and in times: "the intro, that's the first 8 seconds",
"before the match starts at 3:12", 试吃那段，6分到7分. Only the times are left."""

from __future__ import annotations

import re
from typing import Final

from nemo_lab.engine.understand.marks import words
from nemo_lab.engine.understand.rules.vocabulary import VERB

_T = r"‹t:\d+#\d+›"
_E = r"‹[re]:[^›]*›"
_EVENT: Final = words(
    rf"\b(before|after|until|till|up to|from|since) (?:when )?(?!‹|(?:then|that|this)\b)"
    rf"(?:(?!(?:and|to|until|from|cut|remove|delete|keep) )[a-z'-]+ ){{1,6}}?(?:at|around|by) ({_T})",
)
"""An event and when it happens; the time alone says as much."""
_UNTIL: Final = words(
    rf"\b((?:cut|remove|delete|drop|trim|lose|skip|chop|ditch|kill|scrap|get rid of)(?: (?:out|off|away))?"
    rf" (?:the|my|all|that|this) (?:(?!silen|pause|gap)[a-z'-]+ ){{1,4}}?)(?:up to|until|till|til) ({_T})"
)
"""What goes up to a time begins with the recording."""
_EVENT_ZH: Final = words(
    rf"(?<![前后首头])({_T})(?:左右)?(?:[^‹,，剪删去留静加快慢调放]{{1,10}}?)(之前|以前|之后"
    rf"|以后)(?:的)?(?=[^‹]{{0,8}}[剪删去不静留])",
)
_AGAIN: Final = words(
    rf",? ?\(?(?:(?:and )?(?:it|that|this|which)(?:'s| is| was| would be| runs| goes| lasts)|i\.?e\.?,?|so"
    rf"|meaning"
    rf"|namely|basically) (?:(?:just|only|about|around|roughly|from|basically|like|the|during) )*({_E})\)?",
)
"""What was named before, in times; the clause keeps its verb."""
_AGAIN_ZH: Final = words(
    rf"(^|[,;])([^,;‹]{{2,24}}),(?:也)?(?:就是说?|即|大概是?|大约是?|应该是|是)(?:在|从)?({_E})"
    r"(?:那里|那儿|那边|这里|那一?[段块]|这一?[段块]|之间|左右|吧|的(?:时候|地方|部分|内容))?"
)
_TOPIC: Final = words(
    rf"(^|[,;] ?|\b(?:and|then|also) )(?:the|my|that|this|our) (?:[a-z'-]+ ){{0,3}}[a-z'-]+"
    rf"(?:,| is| was|:) ?(?:(?:from|at|that's|about|around|roughly) )*(?={_E} ?(?:,|:) ?[a-z])",
    r"(^|[,;])(?:(?![剪删去留要别静加放调从在把将除只截取提用选抓拿保护])[\u3400-\u9fff]){2,8}(?=‹r:[^›]*›,)",
    rf"(^|[,;.] ?)(?:the |my )?(?:intro|outro|opening|ending|beginning|start|end): ?(?={_E})",
    rf"(^|[,;])(?:把|将)?[^,;‹]{{1,10}}(?:那|这)(?:一?[段块]|里|个?部分|个?地方),?(?:是|在|从|大概"
    rf"|就是)*(?={_E})",
)
"""What a stretch is called, before its times."""
_TAKEN: Final = words(
    rf"\b(clip|grab|extract|pull|isolate|take)(?: out| me)? (?:the|my|that|this"
    rf"|our) [^‹,;.]{{2,40}}, ?(?:from )?({_E})"
    r"(?=\s*(?:$|[,.;]| and | then ))"
)
_PART: Final = words(
    rf"\b(?:the|my|that|this) (?:[a-z'-]+ ){{0,3}}(?:bit|part|section|segment|stretch|scene|moment|chunk"
    rf"|portion)"
    rf", ?(?:from )?({_E}),?"
)
_USELESS: Final = words(
    rf"\bnothing ({_E})(?: is| was)? (?:useful|needed|relevant|important|good|interesting|worth \w+"
    rf"|matters)\b"
)
_ONLY_ZH: Final = words(rf"只有({_E})(?:是|才)?(?:有用|重要|需要|能用|好看|有意思|值得[^,]{{1,3}})的?")
_THAT_IS: Final = words(
    rf"(^|[.;] ?)((?:so |ok )?(?:the|my|there|a|an|some|someone|i|we|he|she|it"
    rf"|our)\b[^,;.‹]*?({_E})[^,;.‹]*), ?"
    r"((?:so |please |just |can you |could you |and )*(?:make|speed|slow|blur|zoom|play|run|turn"
    r"|fast[ -]?forward|brighten"
    r"|darken|lower|raise|boost|double|halve) (?:its?|that|this|through|into|in|the (?:whole "
    r"|entire )?(?:screen|picture|image|frame|shot))\b(?:(?!,| and | then "
    r"|‹[re]).)*)"
)
"""A stretch and what is wrong with it, then "play it at 4x"."""
_BORING_ZH: Final = words(
    rf"({_E})[^,‹声音暗亮]{{0,10}}(?:太|很|有点|比较|特别)[^,‹声音暗亮]{{1,5}},"
    r"(?=(?:就|直接|把它|请|帮我|给我|用)*(?:‹x|放慢|加速|快进|快放|剪|删|去掉|静音|模糊))"
)
_PART_WHERE: Final = words(
    rf"\b((?:the|that|my|this) (?:\w+ )?(?:bit|part|section|scene|moment|segment)) (?:where|when|in which"
    rf"|with|of|about)"
    rf" [^‹,;.]{{2,50}}? (?:at |from |between )?(?={_E})"
)
"""What happens in a stretch whose times are there."""
_ALL_GO: Final = words(
    r"^(.*‹[re]:.*?)[.;,] ?(?:and |so |please |can you |could you )*"
    r"(remove|cut|delete|drop|lose|get rid of|take out|mute)(?: out)? (?:all (?:two|three|four|five"
    r"|of (?:them|those|it|these))"
    r"|them all|both(?: of them)?|all of that|them|those|these)(?: (?:parts|bits"
    r"|sections))?(?: out)?(?: please)?(?=\s*(?:$|[.,;!]))",
    r"^(.*‹[re]:.*?)[,.;](?:把|请|帮我)*(?:这|那)(?:几|两|二|三|四|五|些)[段处个块]?(?:部分"
    r"|地方)?(?:都|全部?|统统|一起)*"
    r"(剪掉?|删[掉除]?|去掉|不要|静音)(?:了|吧)?(?=$|[,.;!])",
)
"""Several stretches told one after the other, and then "get rid of all three"."""
"""What is taken out of the recording, by name and then by times."""
_THAT_GOES: Final = words(
    rf"(^|[.;] ?)(?:so |ok )?(?:the|my|there|a|an|some|someone|i|we|he|she|it"
    rf"|our)\b[^,;.‹]*?({_E})[^,;.‹]*, ?"
    r"(?:so |please |just |can you |could you |and )*(remove|cut|delete|lose|drop|ditch|skip|trim|scrap"
    r"|get rid of|mute"
    r"|take out) (?:it|that|this)\b(?: (?:bit|part))?(?: out| off)?(?: please)?(?=\s*(?:$|[,.;]| and "
    r"| then ))"
)
"""A stretch and what is wrong with it, then "remove that"."""


def said_once(text: str) -> str:
    """Return the text in which each stretch is named by its times alone."""
    text = _THAT_GOES.sub(r"\1\3 \2", text)
    text = _ONLY_ZH.sub(r"只保留\1", _USELESS.sub(r"cut \1", text))
    text = _BORING_ZH.sub(r"\1", _THAT_IS.sub(_that_is, text))
    text = _PART_WHERE.sub(r"\1 ", text)
    text = _ALL_GO.sub(_all_go, text)
    text = _PART.sub(r"\1", _TAKEN.sub(r"\1 \2", text))
    text = _AGAIN_ZH.sub(r"\1\3\2", text)
    text = _TOPIC.sub(lambda match: next((edge for edge in match.groups() if edge), ""), text)
    return _AGAIN.sub(r" \1", text) if _NAMED.search(text) else text


_NAMED: Final = words(
    r"\b(?:cut|remove|delete|drop|trim|lose|skip|chop|keep|mute|silence|blur|protect|ditch|kill|scrap"
    r"|get rid"
    r"|don'?t touch|leave|speed up|slow down|speed|zoom in(?: on| to)?)\b(?: \w+)? "
    r"(?:the|my|that|this|his|her|our|their|in|on|of|through|everything|anything"
    r"|all)\b[^‹,;.]{0,40},? ?\(?(?:and |it|that|this|which|i\.?e|so|meaning"
    r"|namely|basically)"
)


def _that_is(match: re.Match[str]) -> str:
    """Return what is to be done and where, without what is wrong there."""
    told = re.sub(_E, " ", match[2])
    return match[0] if VERB.search(told) else f"{match[1]}{match[4]} {match[3]}"


def _all_go(match: re.Match[str]) -> str:
    """Return the stretches that were told with the verb that all of them share."""
    told, verb = (match[1], match[2]) if match[1] else (match[3], match[4])
    places = re.findall(_E, told)
    if VERB.search(re.sub(rf"{_E}|\bsilence\b", " ", told)):
        return match[0]
    return f"{verb} {' and '.join(places)}" if match[1] else "和".join(places) + "都" + verb


def events_timed(text: str) -> str:
    """Return the text in which "before the match starts at 3:12" is "before 3:12"."""
    text = _UNTIL.sub(r"\1before \2", _EVENT.sub(r"\1 \2", text))
    return _EVENT_ZH.sub(r"\1\2的", text)
