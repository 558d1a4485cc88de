"""What people say as the words that the grammar knows: traditional characters, slang, chat spelling,
the trade's jargon, and the hesitations of somebody who dictates.

One table for the client's router and the engine's grammar, so that both read the same sentence.
Text in quotes is to be taken out before.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Final

from nemo_lab.protocol.simplified import simplified

_ENGLISH: Final[tuple[tuple[str, str], ...]] = (
    (r"\bgimme\b", "give me"),
    (r"^\W*(?:see |you know |remember )?(?!(?:is|are|was|were|how|what|why|when|who|where|which|do"
        r"|does|did|can|could|should"
        r"|would|will|has|have)\b)([^?]*\d[^?]*)[?] (?=(?:please )?(?:delete|cut|remove|mute|lose|bin"
        r"|drop|kill|trim|blur|speed"
        r"|keep|get rid of|take) (?:it|that|this|them)\b)", r"\1, "),
    (r"\b(longer|more|shorter|less|bigger|louder|quieter|faster|slower) then (?=\d|(?:a|an|one|two"
        r"|three|four|five"
        r"|ten|half)\b)", r"\1 than "),
    (r"\b(?:would|is) it (?:be )?(?:at all )?(?:possible|ok(?:ay)?|alright|all right|fine|cool"
        r"|too much (?:trouble|to ask))"
        r" (?:for you to|if (?:you|we)(?:'d| could| would)?(?: just)?|to have you) ", "can you "),
    (r"\bwould it be (?:at all )?possible to ", "can you "),
    (r"\b(?:do|would) you (?:think|reckon) you (?:could|can|might be able to"
        r"|would be able to) ", "can you "),
    (r"^\W*(?:(?:so|ok|hey|and|basically) )*(?:what|all|the (?:only )?thing)(?: that)? (?:i|we)(?:'d"
        r"| would)? (?:really "
        r"|actually |basically )*(?:like|love|want|need|am after|'m after)(?: from you)? (?:is"
        r"|would be)(?: for you)?(?: to)? ",
        "i want "),
    (r"^\W*(?:can|could) ((?:the|this|that|my|these|those) [^?,;.]{2,60}?) be (cut|removed|deleted"
        r"|muted|trimmed|blurred)"
        r"(?: (?:out|off))?,? please", r"please \2 \1"),
    (r"\b(mute|cut|remove|silence|blur|bleep|delete) (?:just |only )?that (?:one |whole )?(second"
        r"|minute)\b", r"\1 1 \2 there"),
    (r"(?:^|(?<=[\s,.;]))(?:\(?[1-9]\)|[•*]) +", "; "),
    (r"(?:^|(?<=\n)) *[-–] +(?=[A-Za-z\u3400-\u9fff])", "; "),
    (r"(?<=[a-z]) (?:n|'n'?|'n) (?=(?:add|cut|mute|make|put|remove|trim|speed|export|crop|fade|then"
        r"|also)\b)", " and "),
    (r"\b1st (?=\d|(?:few|couple|half|minute|second|ten|five|thirty)\b)", "first "),
    (r"\bup (?:until|till?)\b", "until"),
    (r"\blemme\b", "let me"),
    (r"\b(?:gotta|hafta)\b", "have to"),
    (r"\bwanna\b", "want to"),
    (r"\b(?:plz|pls|plss+)\b", "please"),
    (r"\b(?:u|ya)\b(?= (?:cut|please|add|make|put|just|remove|trim|give|speed|do|turn|also|take|get"
        r"|mute))", "you"),
    (r"\bw/ ?o\b", "without"),
    (r"\bw/(?=\W)", "with"),
    (r"\bthru\b", "through"),
    (r"\bvids\b", "videos"),
    (r"\bvid\b", "video"),
    (r"\bvol\b\.?", "volume"),
    (r"\b(?:ctrl|cmd|control|command) ?[+-]? ?z\b", "undo"),
    (
        r"\b(?:do away with|get shot of|ripple[ -]?delet(?:e|ing)|nuke|zap|purge|prune"
        r"|(?<!are )(?<!is )(?<!just )junk|knock (?:off"
        r"|out)|bin(?: off)?"
        r"|weed out|rip out|x out|carve (?:out|off)|hack (?:out|off)|crop (?=the (?:first|last|final) )"
        r"|slice off|edit away)\b",
        "remove",
    ),
    (r"\b(?:hang|hold) (?:on ?to|onto)\b|\bspare\b(?= (?:only|just|‹|\d|the ))", "keep"),
    (r"\b(?:razor|blade)(?: cut)?(?=(?: it| this| the \w+)? at\b)", "split"),
    (r"\b(?:put|place|make|do|add) an? (?:cut|split|edit point|razor cut)(?= at\b)", "split"),
    (r"\b(?:the )?head(?=(?: of (?:it|the (?:clip|video|shot)))?(?: by| and (?:the )?tail"
        r"|$))", "the start"),
    (r"\b(?:the )?tail(?: end)?(?=(?: of (?:it|the (?:clip|video|shot)))?(?: by|$|,))", "the end"),
    (r"\b(?:can|could) (the \w+(?: \w+)?|it) (?:come|go) (up|down)\b", r"turn \1 \2"),
    (r"\b(fad\w+) ((?:the |my |whole )*(?:audio|sound|video|picture|music|it|everything)) (in ?(?:and|&"
        r"|/) ?out)\b", r"\1 \3 \2"),
    (r"(?<![\d.:])(\d{3,4}) ?(?:by|乘以?) ?(\d{3,4})(?!\d)", r"\1x\2"),
    (r"^\W*(?:can|could|may) (?:i|we) (?:please )?(?:get|have)\b(?! away| by\b| rid| it )", "give me"),
    (r"\bdrop me\b", "give me"),
    (r"(?<=[a-z]) (?:-|–|—) (?=[a-z])", ", "),
    (r"\b(reel|montage|recap|highlights|teaser|trailer|version|compilation"
        r"|supercut)((?: [\w:]+){0,5}?) with (?=(?:\w+ ){0,3}"
        r"(?:music|beats?|cross ?-?fades|transitions|captions|subtitles|subs|fades?"
        r"|title)\b)", r"\1\2 and add "),
    (r"\b(first|last|final|cut|mute|delete|remove|trim|about|around|for|by|at|under|over|to"
        r"|roughly) like (?=\d|(?:a|an|half|one|two"
        r"|three|four|five|six"
        r"|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|forty|fifty|sixty|ninety)\b)", r"\1 "),
    (r"\bslo-?mo\b", "slow motion"),
    (r"\b(?:music bed|bed of music|bed music)\b", "background music"),
    (r"\b(?:some|a few|nice|good|background|chill) tunes\b", "some music"),
    (r"\bvibrance\b", "saturation"),
    (r"\b(?:spit|crank|pump|bounce|churn|print|write)(?: it)? out(?= (?:as|to|an?|the|my|me|in|at"
        r"|\d))", "export"),
    (r"\bbounce(?: it| this)?(?= (?:to|as|down) )", "export"),
    (r"\b(?:umming(?: and a+h+ing)?|um+ing|a+hing|uhm+ing|ums n uhs)\b", "ums"),
    (r"^\W*(?:oh,? )?no(?:pe)?,? (?:that'?s|this is|it'?s|that is) (?:wrong|not (?:right|good|it"
        r"|what i \w+)|bad|terrible|awful)[,. ]*", ""),
    (r"\b(?:put|make|change|turn) (?:it|that|this|everything) back(?: (?:to )?(?:how|the way|like|as"
        r"|what) (?:it )?was(?: before)?)?", "undo"),
    (r"\bback to how it was\b", "back to normal"),
    (r"^\W*(?:(?:um+|uh+|er+m*|hm+|ah+|oh|well|yo|bro|dude|guys|alright|okay so|ok so"
        r"|so)\b[ ,.…]*)+(?!and\b|or\b)", ""),
    (r", (?:um+|uh+|er+m*|hm+|like|you know),? (?=\w)", ", "),
    (r"\b(?:actually|basically|maybe|kindly) (?=(?:cut|trim|remove|make|add|put|keep|speed|mute|set|drop"
        r"|delete)\b)", ""),
)  # fmt: skip
_CHINESE: Final[tuple[tuple[str, str], ...]] = (
    (r"^[\s,，]*(?:(?:嗯+|呃+|额+(?=[,，、…])|啊+|那个|那啥|就是说?|哎+|诶|欸|喂|哈喽|嗨|兄弟"
        r"|亲(?=[,，、…])"
        r"|老铁|宝子?|小助手|大佬"
        r"|师傅)[\s,，、…。.]*)+(?![都们去掉全和、这之类删的啊呃嗯])", ""),
    (r"(?<=[,，。])(?:嗯+|呃+|额|那个|就是说?)(?:[,，、]\s*|(?=[把将帮给]))", ""),
    (r"(?<!加)上(?:一下|个)?字幕", "加字幕"),
    (r"([消静])(?:一?个|一下)?音", r"\1音"),
    (r"撤消|撒[销消]", "撤销"),
    (r"停段(?!落)", "停顿"),
    (r"字目(?=[,，烧放加]|$)", "字幕"),
    (r"降(?:一?个|一下)噪", "降噪"),
    (r"(?:刚才|刚刚|上一?|这一?|那一?)(?:那|这)?(?:一?[步下刀个次]|操作|改动)*(?:给我|帮我|先)?撤(?:了"
        r"|掉|一下)", "撤销"),
    (r"(?<![剪删清去])([剪删去裁切砍减])调(?=[了吧]|[开前后结最头片尾中\d‹那这的停静空语嗯]|$)", r"\1掉"),
    (r"[减简]掉", "剪掉"),
    (r"清[一了]清|清理?一?下", "清理"),
    (r"十几(?=个?(?:秒|分钟))", "十五"),
    (r"二十几(?=个?(?:秒|分钟))", "二十五"),
    (r"(?<=刚)才? ?undo ?(?:掉|了)?的", "撤销的"),
    (r"别(?:出|有)声(?:音)?", "静音"),
    (r"(?:给我)?[发来出](?:我)?一?[个份](?:成品|成片|最终版|终版)(?:给我)?", "导出"),
    (r"([剪删修裁切调])[一了]\1", r"\1一下"),
    (r"^要不(?=[把将给剪删去加静导砍裁切掐调做前开最头片结后][^,，。]*[?？])", "麻烦"),
    (r"^(?:要不(?!要|然|是)|不如|干脆|要么"
        r"|还是)(?:就)?(?=[把将给剪删去加静导砍裁切掐调做前开最头片结后])", ""),
    (r"(?<=\d)个(?=dB|db|DB|分贝)", ""),
    (r"倒数第?(?=[\d一二两三四五六七八九十百半]+(?:个?小时|分|秒)[^,，]{0,6}?(?:开始|起|到|至))", "倒数"),
    (r"[弄搞整做搭](?=[个点段一上]{1,2}[^,，。]{0,10}(?:音乐|bgm|BGM|字幕|标题|转场|淡[入出]|水印|文字"
        r"|配乐|片头|片尾|过渡))", "加"),
    (r"(?:弄|搞|整|改|转|调|处理)(?:成|为)", "改成"),
    (r"(?:给我|帮我)?(?:导|吐)(?:出来|[个成份版]|一[个份版])", "导出"),
    (r"(?:给我|帮我)出(?:一?[个份版条])(?=[^,，。]{0,6}(?:mp4|mov|webm|mkv|gif|mp3|\d{3,4}|[24]k|成片"
        r"|文件))", "导出"),
    (r"竖(?:版|过来|起来|着)的?", "竖屏"),
    (r"(?:口水词|口水话|口头语|嗯嗯啊啊|嗯啊|哼哼哈哈|语助词|语气助词|口头禅们)", "语气词"),
    (r"(?:往回|倒|后|回)退一步|退回?一步|(?:恢复|还原|回到?|返回)(?:到|成)?(?:上|前)一?(?:步|版|个版本"
        r"|个状态)", "撤销"),
    (r"(?<=调)细|细(?=[声一点些半])", "小"),
    (r"(?<=[十百\d])(?:来|多)(?=个?(?:秒|分钟|小时))", ""),
    (r"(?<![更变])([大小快慢亮暗高低响轻])点(?=[,，。!！儿]|$)", r"\1一点"),
    (r"——+", ","),
    (r"(?:^|(?<=[\s,，。;；]))[1-9][、.．] ?(?=[\u3400-\u9fff])|[①-⑨] ?"
        r"|第[一二三四五六]步(?!骤)[,，:：]?", ";"),
    (r"(?:^|(?<=[,，。;；]))不是[^,，。;；]{1,8}[,，](?:而是|是)(?!不是)", ""),
    (r"一(?:丢丢|咪咪|丁点|小点|点点)", "一点"),
    (r"(?<=[分秒时点钟])整(?![个体段片])", ""),
    (r"第一个?(?=分钟|小时)", "前一"),
    (r"声儿", "声音"),
    (r"倍数(?=播|$|[,，。的])", "倍速"),
    (r"(?:背景)?bgm", "背景音乐"),
)  # fmt: skip
_CHANGES: Final = tuple((re.compile(old, re.I | re.A), new) for old, new in _ENGLISH + _CHINESE)


def plain(text: str, changed: Callable[[str, str], None] | None = None) -> str:
    """Return the text in the words that the grammar knows.

    Args:
        text: a sentence without quotes.
        changed: is told every change, what it says now and what was said, in no order.
    """
    words, changes = _worded(text)
    if changed is not None:
        for new, old in changes:
            changed(new, old)
    return words


@lru_cache(maxsize=256)
def _worded(text: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Return the words and all changes; a sentence is asked for them some ten times over while it is read."""
    read = simplified(text)
    changes = (
        [pair for pair in zip(read, text, strict=True) if pair[0] != pair[1]]
        if len(read) == len(text)
        else []
    )
    for pattern, new in _CHANGES:

        def one(match: re.Match[str], new: str = new) -> str:
            said = match.expand(new)
            if new and match[0]:
                changes.append((said, match[0]))
            return said

        read = pattern.sub(one, read)
    return read, tuple(dict.fromkeys(changes))
