"""Words that deny, where they deny nothing, and what an order beside them looks like."""

from __future__ import annotations

from typing import Final

from nemo_lab.engine.understand.marks import words
from nemo_lab.protocol.asking import DO, LEADS, VERB_ZH

DENIES: Final = words(
    r"\b(?:\w+n't|(?:do|does|did|ca|wo|is|are|was|were|should|would|could|have|has|must|need)nt|not"
    r"|never(?:mind)?|no|nope|nah|none|nobody|no-?one|nothing|neither|nor|without"
    r"|cannot|unnecessary|needless|pointless|redundant|refrain|avoid|refuse|decline|pass on|hold off"
    r"|forget|scrap|scratch|strike|cancel|abort|ignore|disregard|skip|spare|leave|hands off|steer clear"
    r"|stay away|rather|against|changed? (?:my|our) minds?|second thoughts?|nvm|unwanted|any ?more)\b",
    r"不|别(?![的人处致字墅])|没|无(?!线|人机|声)|勿|免了|甭|莫|休想|算了|改主意|变卦|反悔|作罢|多余"
    r"|拉倒|省了|忘了|忽略|无视|作废|打住|歇着|维持(?!‹t)|留着就?[行好吧]|bu ?(?:yao|yong|xu)|bie"
    r"|停(?=下|手|止)",
)
_OF_PEOPLE: Final = (
    r"(?:nobody|no-?one|nothing|none of (?:us|them)|(?:\w+ ){1,4}?(?:\w+n'?t|not|never|no longer))"
)
EXPLAINED: Final = words(
    r"^\W*(?:no|nah|nope)\b,? (?=undo|redo|put|take|that)|\b(?:don'?t|do not|never) (?:forget|mind"
    r"|worry|hesitate)\b|\bwhy (?:don'?t (?:you|we)|not)\b"
    r"|\b(?:can|could|won|would|wo|ca)(?:n'?t|not) (?:you|we)\b|\b(?:would|do)n'?t mind\b"
    r"|\bno (?:problem|worries|rush"
    r"|matter)\b|\bnot (?:only|just)\b|\b(?:isn'?t|aren'?t|wasn'?t) (?:it|they)\b|\b(?:if"
    r"|whether) (?:or )?not\b",
    r"\b(?:no|not|never|n'?t|cannot|without)(?: \w+){0,3}? "
    r"(?:longer|(?:more|less)(?= than| ‹|\W*$)|bigger|larger"
    r"|over"
    r"|exceed\w*|above"
    r"|beyond|past|louder|later|earlier|fewer|smaller|going over)\b(?! (?:need|want|like|add|have)\b)",
    r"\b(?:not|n'?t|nothing) (?:be )?(?:too|so|very|that|overly|as) (?!much (?:of )?an? )\w+",
    r"\b(?:without|don'?t|do not|no|not|never|rather than|instead of|nothing)(?: (?:any|it|them|to|be"
    r"|is|get|anyone|anybody"
    r"|the captions|the subtitles))* (?:crop|loop|burn|black bars|pad|clip|lett?erbox|stretch|distort"
    r"|hard|bak|mirror"
    r"|duck|losing (?:any )?quality|quality loss|audio|sound)\w*(?: it| them| in)?",
    r"\b(?:where|when|while|if|in which|that|whenever|parts?|bits?|whatever|what|anything|everything"
    rf"|stretch(?:es)?) (?:(?:\w+ ){{0,3}})?"
    rf"(?:nobody|no-?one|nothing|{_OF_PEOPLE})\b",
    r"\bnot (?:talking|speaking|saying)\b|\bwithout (?:talking|speaking|speech|sound|voice|dialogue"
    r"|words)\b"
    r"|\bnot (?:centered|centred|mirrored|straight|level|sideways|upside)\b|\bno sound\b|\bno (?:one"
    r"|body) (?:talks|speaks)\b",
    r"\bnothing else\b|\band nothing\b|\b(?:instead of|rather than|rather)\b|\b(?:but|except|just"
    r"|and) not (?=‹)",
    r"\b(?:leave|leaving|with|keep) (?:about |around |only |me |just |exactly |a (?:margin|gap"
    r"|pause) of |at least |behind )*(?=‹|a |half|some|only|\d)"
    r"|\bleave only\b",
    r"\bany ?more\b(?= than)|\b(?:no|without) (?:more )?(?:pauses?|silences?|ums?|uhs?|fillers?|gaps"
    r"|dead air)\b",
    r"\b(?:nobody|no-?one|we|i|they|you|viewers) (?:really |actually )*(?:do(?:es)?n'?t |do not "
    r"|needs? )*(?:need|want|care)s?(?: to (?:see|hear|watch|sit through)"
    r"| about)?(?: the)?(?: \w+){0,2} ?‹[re]:|‹[re]:[^›]*› (?:is|are)(?:n'?t| not) (?:needed|useful"
    r"|interesting)",
    r"\bskip (?:ahead |straight |right |forward )*(?:to\b|‹|(?:the |any |all )?(?:silen|paus|gap|quiet"
    r"|dead))",
    r"不(?:超过|透明|好意思|错|对(?=[,，])|然|管|论|介意|如|妨|断|同|一样|至于|够|太(?![想希愿需用])"
    r"|少(?![想希])|多于|大于|高于|长于|迷路)"
    r"|(?P<same>[\u3400-\u9fff])[不没](?P=same)|(?:不能|不要|不得|别|不可以?)(?:再)?(?:超过|长于|大于|多于)"
    r"|没(?:有)?(?:人|声音?|动静|什么?动静|在?说话|说话|讲话|对白|台词|操作|变化|画面变化|用)|不说话"
    r"|不讲话|(?:看|听)不(?:清|见|到|出)|无(?:聊|关|声|人|限|论)"
    r"|(?:不要|不用|无需|不|别|不必)(?:再)?(?:把(?:它|字幕|画面))?(?:直接)?(?:裁剪?切?(?![掉去])|循环"
    r"|烧|压制?|嵌入?|硬|出声|有声|太(?![想希愿需用]))"
    r"|(?:不要|别)(?:忘|客气)|要不(?![要了])|别[处的]|什么都没有|没问题|没(?:开|录)|差不多|不(?:小心"
    r"|好看|行)",
    r"(?<!就)(?<!先)(?<!还是)(?<!我)(?:都)?不要了|^[\s,，.]*(?:不要|别要)[\u3400-\u9fff]{1,6}了$"
    r"|‹[rte]:[^›]*›[^,，]{0,12}?(?:都|就|全|可以|我)*(?:不要|不需要|不用|没用)(?:了|吧)?|(?:不要"
    r"|不需要)(?=‹[re])|(?:其[他它余]|剩下|别的|后面|前面)的?[^,，]{0,4}?(?:都|就|全)?不要(?:了|吧)?",
    r"(?:停顿|静音|空白|语气词|嗯啊|口头禅|冷场)[^,，]{0,4}?(?:都|就|全)*不要(?:了|吧)?|取消(?=上|刚"
    r"|那个操作)|(?<=[剪删掐去])了?算了|停(?=‹|顿)",
)
ONLY_HOW: Final = words(
    rf"{LEADS}(?:(?:can|could|would|will) (?:you|we|u) |i (?:want|need|would like"
    r"|'d like) (?:you )?(?:to )?|please |just )*"
    r"(?:not|don'?t|do not|never)(?: to)? (?:burn|crop|loop|pad|stretch|distort|mirror|duck|hard)",
    r"^[\s,，.]*(?:请|千万|你|先|再|也|就|把[^,，]{1,8})*(?:别|不要|不用|不必|无需|勿)(?:再"
    r"|把[^,，]{1,8})?(?:裁|循环|烧|压|嵌|硬)",
)
"""How something is not to be done: without the wish itself, it is not to be done at all."""
JOINT: Final = words(
    r"[,，。;；!！?？\n、…]+|\.(?=\s|$|[^\x00-\x7f])|\.{2,}|\s[-–—]+\s|[–—]+(?=\s)|——|—",
    r"\b(?:but|so|just|then|because|since|cause|though|although|and (?=(?:please|just|then|also"
    r"|can you|instead)\b)|instead(?! of)"
    r"|unless|only(?= (?:add|cut|remove|mute|trim|make)))\b",
    r"然后|但是?|不过|只(?=[要是需统])|因为|所以|而是",
)
PLACE: Final = words("‹[ret]:")
EITHER: Final = words(rf"^[\s,.]*(?:or |nor )?(?:\w+ )?{DO} (?:or|nor)\b|^[\s,.]*n?or\b")
"""Goes on with what is denied: "do not sharpen, brighten or crop it"."""
ORDERS: Final = words(
    rf"{LEADS}(?:(?:i'd|you (?:can|could|may|should)|(?:can|could|would|will) (?:you|we|u)|let'?s"
    r"|please|do|and|to"
    rf"|i (?:want|need|would like)(?: you)?(?: to)?|just|also|go ahead and|feel free to) )*{DO}\b"
    r"|\b(?:you can|can be|could be|should be|(?:asked|want|need|like) (?:you )?(?:to"
    rf"|for)) (?:\w+ ){{0,4}}?{DO}\b",
)
_FIRM: Final = (
    r"(?!(?:make|keep|leave|let|try|remember|be|get|have|see|go|do|stop|skip|drop|forget|hold|scrap"
    r"|avoid|save"
    r"|cancel|ignore|feel|show|start|use|set|lose|give|show|run|end)\b)"
)
ORDERS_FIRMLY: Final = words(
    rf"{LEADS}(?:(?:i'd|you (?:can|could|may|should)|(?:can|could|would|will) (?:you|we|u)|let'?s"
    r"|please|do|and|to"
    rf"|i (?:want|need|would like)(?: you)?(?: to)?|just|also|go ahead and|feel free to) )*{_FIRM}{DO}\b",
)
ORDERS_ZH: Final = words(
    VERB_ZH + r"|‹[xpdl]:|(?:只|还|也|^)要(?![是求么])|[大小快慢亮暗高低长短轻响紧]一?[点些]|化(?=$)"
    r"|就(?:[行好]|可以|够)|最[多长短]|带|撤销|退回"
)
"""Somewhere in a piece in which nothing is denied."""
