"""What only says more about the wish before it ("…, for 3 seconds", "…, at 20 %"), for each operation."""

from __future__ import annotations

from typing import Final

from nemo_lab.engine.understand.clause import Findings
from nemo_lab.engine.understand.marks import words

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
        r"^[\s,.]*(?:at|with|under|volume|quiet(?:ly)?|soft(?:ly)?|low|(?:no |don'?t |not )?loop\w*"
        r"|(?:(?:and )?(?:let|have|make) (?:it|the music) )?fad(?:e|ing)(?: it| the music)? out"
        r"|duck\w*"
        r"|keep it (?:low|quiet|soft|at)|set (?:it|the volume) (?:to|at)|make it (?:quiet|soft|low|loop)\w*"
        r"|turn it down to|lower it (?:when|under|while)|‹[pd]:)",
        r"^[\s,.]*(?:让)?(?:背景)?(?:音乐|它)?(?:在|到)?(?:结尾|末尾|最后)?(?:处|时"
        r"|的时候)?(?:‹[te]:[^›]*›)?(?:慢慢|逐渐|内)?(?:淡出|渐弱)"
        r"|^[\s,.]*(?:音量|声音[小大轻低]|循环|不循环|淡出|结尾淡出|小声|轻|低|‹[pd]:|我?(?:说话|开口)"
        r"|我?讲话|有人(?:声|说话|讲话)|压低|闪避)",
    ),
    "remove_silence": words(
        r"^[\s,.]*(?:leav(?:e|ing) (?:a |about )?‹t|with|keep(?:ing)? (?:a |about )?‹[t]|longer than"
        r"|over ‹t|more than|below"
        r"|under|(?:anything|everything) (?:over|longer|quieter|below|under|softer)|at least|‹[txd]:"
        r"|(?:using|use|based on|by|on|listening (?:to|on)|judg\w+ (?:by|from)"
        r"|according to) (?:the )?(?:audio )?track"
        r"|but (?:leave|keep) ‹t|margin|padding|(?:just )?(?:speed|fast[ -]?forward|play|run) (?:it|them"
        r"|those|that)\b)",
        r"^[\s,.]*(?:改成?|就|用|直接)*(?:快进|加速|快放)(?:一下)?(?:就行|就好|即可|吧|处理)?[\s.]*$",
        r"^[\s,.]*(?:前后|各?留|保留‹t|两[边侧]|超过|大于|阈值|低于|‹[txd]:|按|根据|以第)",
    ),
    "transition": words(r"^[\s,.]*(?:‹t:|lasting|for ‹t|with|of ‹t|each|duration)", r"^[\s,.]*(?:时长|每个"
        r"|持续|‹t:|(?:就|把它|把?时间|时长)?(?:改|调|换|设|延长|缩短)(?:成|为|到)‹t"
    "|各)"),
    "volume": words(r"^[\s,.]*(?:by |like |about |say )*[+-]?‹[dp]:[^›]*›[\s.]*$"),
    "remove_fillers": words(r"^[\s,.]*(?:just |only )?(?:mute|silence|bleep) (?:them|those"
        r"|it)\b", r"^[\s,.]*(?:改成?|就|直接|用)*静音(?:处理)?(?:就行|就好|吧)?"),
    "captions": words(r"^[\s,.]*(?:in \w+(?: language)?$|in (?:yellow|white|bold)|yellow|white|bold"
    r"|(?:don'?t |do not |not |never )?burn(?:ed"
    r"|t)?(?: in| them)?\b|(?:as )?(?:an? )?(?:separate |external |sidecar |own )*(?:srt|vtt|ass|sidecar"
    r"|file)"
    r"|with (?:yellow|white|big|large|bold)"
    r"|at the (?:bottom|top)|word[ -]by)",
    r"^[\s,.]*(?:中文|英文|(?:字幕)?(?:不要?|别|无需|不用)(?:把字幕)?(?:烧|压|嵌)|黄色"
    "|放在?|底部|顶部|下面|上面|白色|烧录|压制|外挂|逐字|单独|独立)"),
    "watermark": words(r"^[\s,.]*(?:at|in|on|with|‹p:|top|bottom|small|opacity|transparen"
    r"|semi)", r"^[\s,.]*(?:透明度|不透明度|放在|位置|左|右|‹p:|大小|在)"),
    "export": words(r"^[\s,.]*(?:as|in|at|with|for|under|max\w*|‹b:|\d{3,4}p|[248]k|mp4|mov|webm|mkv|gif|mp3"
    "|wav|high|best|low|medium|draft|full|youtube|tiktok|quality|keep it under ‹b|make it (?:1080p|720p|4k)"
    r"|less than|no (?:more|bigger|larger))", r"^[\s,.]*(?:格式|画质|质量|高清|分辨率|不超过|不要超过|大小"
        r"|最高"
    r"|[低高中]画质|普通画质|标准画质|\d{3,4}p|[248]k|mp4|mov|webm|mkv|gif|‹b:|控制在‹b|文件|发?(?:抖音"
    r"|油管))"),
    "merge": words(r"^[\s,.]*‹f:"),
    "split": words(r"^[\s,.]*(?:at )?‹t:"),
    "reframe": words(r"^[\s,.]*(?:with (?:a )?(?:blur|black|pad)|blur(?:red)? (?:the )?(?:background|sides"
    r"|bars)|without crop|don'?t crop|no crop|pad|letterbox|fill)", r"^[\s,.]*(?:背景模糊|模糊背景|背景虚化"
    "|加?黑边|不裁|不要裁|两[边侧])"),
    "speed": words(r"^[\s,.]*(?:(?:at )?(?:a )?(?:half|quarter|double|‹[xp]:[^›]*›)(?: the)? speed"
    r"|by ‹[xp]|to ‹[xp]|‹[xp]:)"),
    "zoom": words(r"^[\s,.]*(?:by ‹[xp]|to ‹[xp]|‹[xpt]:|for ‹t)"),
    "fade": words(r"^[\s,.]*(?:over ‹t|for ‹t|‹t:|each ‹t)|^[\s,.]*(?:各‹t|时长|‹t:|持续)"),
    "highlights": words(r"^[\s,.]*(?:‹t:|under ‹t|max|about ‹t|around ‹t|no (?:longer|more)"
        r"|(?:and )?(?:together|in total|total))"
    "", r"^[\s,.]*(?:一共|总共|总时长|总长|合计|加起来)?(?:别|不要?|不能)?(?:超过|大于|最[多长]|控制在)?‹t:"
        r"|^[\s,.]*(?:一共|总共|总时长|总长|合计|加起来|每[个段条])"),
    "cut": words(r"^[\s,.]*from the (?:start|beginning|end)"),
}  # fmt: skip


_HEDGE = words(
    r"^[\s,.]*(?:(?:like|about|around|maybe|say|roughly|just|only|at most|probably|preferably|ideally"
    r"|nice and|and"
    r"|but|so) )+",
    r"^[\s,.]*(?:很|比较|稍微|尽量|大概|差不多|大约|就|最好|尽量|自动|然后)+",
)


def belongs(here: Findings, piece: str) -> bool:
    """Whether a piece only says more about what came before it ("…, for 3 seconds")."""
    kind = getattr(here[-1], "op", "")
    if kind == "title" and "‹q:" in piece:
        return False
    pattern = _MODIFIERS.get(kind)
    return bool(pattern and (pattern.search(piece) or pattern.search(_HEDGE.sub("", piece))))
