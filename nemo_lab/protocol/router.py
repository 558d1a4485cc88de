"""Which endpoint a sentence belongs to, as far as its words alone tell (SKILL.md v1.9 §2).

The client asks before anything is sent, because the cloud's chat must never be told to export; the
engine asks so that both sides agree. Pure text, English and Chinese. The rules, in their order:

* what stands in quotes is never a command;
* a clause that says *not* to do something asks for nothing;
* an edit beside an export is an edit (:func:`export_wish` still finds the export);
* a question that asks for no edit is a question; everything that is left over is an edit.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, Literal

from nemo_lab.protocol.export_words import FORMAT_NAMES, any_of, size_of, subtitles_of
from nemo_lab.protocol.export_words import OTHER_FORMATS as OTHER_FORMATS
from nemo_lab.protocol.export_words import export_of as export_of
from nemo_lab.protocol.moods import tells, wonders
from nemo_lab.protocol.plan import Export, Language, Route
from nemo_lab.protocol.tracks import tracks_of
from nemo_lab.protocol.wording import plain

Kind = Literal["export", "credits", "status", "upload", "question", "edit", "negated", "other"]

QUOTED: Final = re.compile(
    r"[“”„\"＂][^“”„\"＂]*[“”\"＂]|‘[^’]*’|「[^」]*」|『[^』]*』|《[^》]*》|`[^`]*`"
    r"|(?<![A-Za-z0-9])'(?:[^']|(?<=\w)'(?=\w))+'(?![A-Za-z0-9])"
)
"""Text in quotes of any kind; an apostrophe inside a word opens none."""


_CJK = re.compile(r"[\u3400-\u9fff]")
_BREAK = any_of(
    r"(?<=[?？])",
    r"[;!\n，；！。]",
    r",(?!\d{3}\b)",
    r"\.(?=\s|$)",
    r"\b(?:and then|then|and|but|also|after that|before that)\b",
    r"然后|接着|并且|并|但是|不过|之后再|再(?!见)|后(?=导出|下载|渲染)",
)
_POLITE = re.compile(
    r"^(?:\s|,|please|pls|plz|now|ok(?:ay)?|hey|hi|hello|so|finally|lastly|just|great|perfect|good"
    r"|thank(?:s| you)"
    r"|nemo|(?:can|could|would|will) (?:you|we|u)|let'?s|let (?:us|me)|i (?:want|need|would like"
    r"|wanna)(?: you)?(?: to)?"
    r"|i'?d (?:like|love)(?: you)?(?: to)?|go ahead(?: and)?|you can|time to|ready to|want to|help me"
    r"|kindly"
    r"|i'?m (?:done|finished|ready)|we'?re done|looks good|all done|that'?s it|for me"
    r"|请|麻烦|帮我|帮忙|给我|现在|好的?|好了|最后|直接|能不能|可不可以|可以|能|我想要?|我要|我需要|那就?"
    r"|就)+(?![a-z])",
    re.I | re.A,
)
_GOES_ON = frozenset(("and", "并", "并且"))
_COMMANDS = "export|render|download|upload"
_NEGATED = any_of(
    r"\b(?:don'?t|do not|never|no need to|not to|without|won'?t|shouldn'?t|instead of|before(?: you| i"
    r"| we)?|not yet)\b"
    rf"(?: \w+){{0,3}}? ?(?:{_COMMANDS}|send|sav|convert)",
    rf"\bno (?:{_COMMANDS})|\b(?:{_COMMANDS})\w* (?:is )?not\b",
    r"(?:不要|不用|不必|不需要|不想|不|别|勿|无需|暂不|暂缓|没有?)(?:急着|马上|现在|先|再|要)*"
    r"(?:导出|下载|渲染|输出|上传|保存)",
)
_WHY = any_of(
    r"^(?:what|why|how|(?:when|where)(?! (?:i|we|he|she|they|you|someone|somebody|nobody|no one|there)\b)"
    r"|who|whose|which|is|are|was|were|does|did|has|have you|should|shall|may i"
    r"|am i|i(?:'m| am)? wonder(?:ing)?(?! (?:if|whether) (?:you|we)\b)|have (?=(?:the|my|these|those|they"
    r"|any|all)\b)(?=[^?]*[?])"
    r"|(?:do|did|have|are|were) (?:you|u)\b|(?:can|could|will|would) (?:you|u) (?:see|hear|tell|know"
    r"|think|notice|remember)\b"
    r"|(?:should|are|is|was|were|have|has|did|could)n'?t\b(?=.*[?]\s*$)"
    r"|(?:would|will|wouldn'?t|won'?t|isn'?t|doesn'?t|might|can|could) (?:it|this|that|there|the|these"
    r"|they)\b"
    r"|(?:would|will|might|wouldn'?t) (?!you\b|u\b|we\b)(?=\w)(?=.*[?]\s*$)|(?!don'?t you (?:dare"
    r"|ever)\b)(?:do|does|don'?t) (?:i|you|we"
    r"|they|the|my|it|this|that|people)|(?:can|could) i(?! (?:have|get)\b(?! away| by\b))|tell me|explain"
    r"|describe|what'?s"
    r"|any (?:idea"
    r"|tips)"
    r"|(?:can|could|would|will) (?:you|u) (?:please )?(?:explain|tell|describe|teach|clarify))\b",
    r"(?:^|[,;:] ?)(?:and |but |so |or |also |wait |hmm )*(?:(?:will|would|could|can|does|did|is|are"
    r"|was|were|has|had"
    r"|should|may|might)(?:n'?t)? (?!(?:you|u|we)\b)|any chance (?!(?:you|u|we)\b))(?=[^?]*[?]\s*$)",
    r"(?!好不好|行不行|能不能|可不可|成不成)(?P<yes>[\u3400-\u9fff])不(?P=yes)",
    r"(?<!没)什么(?![都也])|怎么|怎样|(?<!无论)如何|为啥|为何|多少|多长|多久|多大"
    r"|(?<![这那的上前后头好把十])几[个条段种档]|第几|百分之几|哪一?[段个条种句刀]|在哪"
    r"|哪[个些里种儿边]|是否|要不要|该不该|是不是|有没有|会不会|算不算|够不够|对不对|值不值|需不需要"
    r"|[^,，。\s]{2}还是[^,，。吧]{1,10}[?？]\s*$"
    r"|^(?!.*(?:不管|无论|不论|只要))[^,，。]*是[^,，。]{1,8}还是[^,，。]{1,8}[?？]?\s*$"
    r"|[^,，。]{2}还是[^,，。吧]{1,10}呢[?？]?\s*$"
    r"|(?:用|放|选|发|导|做|剪|加|留|配|要|先)[^,，。]{1,8}[,，]?还是[^,，。吧]{1,12}(?:好|舒服|合适|清楚|自然|方便)"
    r"(?:一?[些点])?[?？]?\s*$|先[^,，。]{1,8}再[^,，。]{1,8}[,，]?还是先|没有?[^,，。]{1,8}吧[?？]?\s*$",
    r"最[多少长短大小高低](?:能|可以?|支持|会|允许)|^(?:可以|能|能不能|可不可以)?(?:同时|一次|最多|支持)[^,，。]*[吗么][?？]?\s*$|(?:还能|还可以|还会|会"
    r"|算|够|是|有|支持|应该)[^,，。的]{1,14}[吗么嘛][?？]?\s*$|(?:好看|好听|合适|有必要|有用|自然|清楚"
    r"|正常)[吗么嘛][?？]?\s*$|[掉好完成过]了(?:吗"
    r"|么|没有?)[?？]?\s*$|已经.*了(?:吗|么|没有?)|解释|讲讲|说说|介绍一下|啥",
)
_ASKS = re.compile(r"[?？吗呢]\s*$")
_REQUESTS = any_of(
    r"^\W*(?:can|could|would|will) (?:you|u)\b|^\W*(?:can|could|may) (?:we|i) (?:please )?(?:have|get)\b",
    r"^[\s,]*(?:请|帮我|麻烦|能不能|可不可以|能否|可以帮|能帮)",
)
_MA = re.compile(r"^(?!.*(?:可以|能|请|帮|麻烦|[好行]吗)).*[吗么][?？]?\s*$")
"""吗 without a word of asking somebody to do something."""
_SUGGESTS = any_of(r"^(?:how about|what about|why don'?t (?:you|we)|why not)\b")

_IT = r"(?:it|this|that|the (?:video|file|clip|movie|result|recording|whole thing)|my (?:video|clip|file))"
_CUT = r"(?:final |finished |edited )(?:cut|version|edit)"
_FILE = rf"(?:video|file|clip|movie|result|download|export|copy|{_CUT}|{FORMAT_NAMES}|{OTHER_FORMATS})"
_FINE = r"(?:final|finished|edited|full|whole|new|hd|clean|resulting|\d+p|[248]k) "
_EXPORT = re.compile(
    r"^(?:export(?:ing)?(?![ -]style|ed| button| part| menu| settings?| section| scene)"
    r"|render(?:ing)?(?! the (?:text|title))|download(?! (?:button|link|part|page))|output(?! volume)"
    r"|finali[sz]e|deliver"
    r"|(?:save|keep|get|give me) (?:only|just) (?:the |its |my )?(?:audio|sound)(?: track)?\b(?= as\b"
    r"| in\b|$)"
    rf"|save(?: (?:{_IT}|my|a copy|final|everything))*(?= (?:as|to|in|into|at)\b|$|\.| (?:a |the )?(?:final"
    rf"|mp4|gif))"
    rf"|(?:send|give|get|hand|email|show|make)(?: it)?(?: to)? me (?:an? |the |my |that "
    rf"|this )?(?:{_FINE})*{_FILE}(?![a-z-])"
    rf"|(?:send|give|get|make) me .* as (?:an? )?(?:{FORMAT_NAMES})\b"
    rf"|send (?:it|this)(?: to me| over)?$|(?:get|have) (?:the|my|a) (?:{_FINE})*{_FILE}"
    rf"|(?:produce|create|make|generate) (?:the |an? )?(?:{_FINE})+(?:{_FILE}|version|cut)"
    rf"|(?:convert|transcode|change|turn|make|remux|re-?encode)(?: {_IT})?(?: (?:in)?to| as)?(?: an?"
    rf"| the)? (?:animated |\.)?(?:{FORMAT_NAMES})\b"
    r"|(?:compress|shrink|reduce|make|get|keep)\b[^,]*\d ?(?:[kmg]i?b|megs?|megabytes?|gigabytes?)\b"
    r"|(?:extract|rip|pull|grab) (?:out )?(?:the |its |my )?(?:audio|sound(?:track)?)\b(?! (?:level|noise))"
    r"|(?:save|grab|take|make|create|extract) (?:an? |me a |the )?(?:thumbnail|screenshot|still|poster"
    r"|cover image)"
    rf"|(?:(?:final|the|an?|my) )*(?:\d+p )?(?:{FORMAT_NAMES}) (?:export|download|file|version|video)\b"
    rf"|(?:the |my |an? )?(?:final|finished) {_FILE}(?= as\b| in\b| please\b|$)"
    rf"|(?:just |only )?(?:an? |the )?(?:{FORMAT_NAMES})(?: file)?(?: please| will do| is fine)?$"
    r"|(?:(?:just|only) )?(?:the |its |my )?(?:audio|sound)\b[^,;]*\b(?:as"
    rf"|in) (?:an? )?(?:{FORMAT_NAMES})\b"
    r"|(?:use |with |apply |go with )?(?:the |an? )?(?:you ?tube|tik ?tok|reels?|shorts"
    r"|insta(?:gram)?) (?:export )?"
    r"(?:preset|profile|export settings)\b"
    rf"|(?:final )?export\b|(?:\d{{3,4}}p|4k) (?:{FORMAT_NAMES})(?: please)?$)",
    re.I | re.A,
)
_EXPORTED_ZH = (
    r"(?!(?:(?<=刚)|(?<=刚才)|(?<=已经)|(?<=之前)|(?<=上次)|(?<=昨天)|(?<=你)|(?<=你们))"
    r"导出(?:出?来|好|完)?的)"
)
"""Not before a file that was exported already: 刚导出的视频打不开."""
_EXPORT_ZH = any_of(
    rf"{_EXPORTED_ZH}导出|渲染(?!器)|下载(?!按钮|链接)|输出(?!音量)|出片|提取(?:音频|声音|音轨)",
    r"(?:保存|另存|转换?|转码|压缩?|生成|做|存)(?:格式)?(?:成|为"
    rf"|到)\s*(?:一[个张])?\s*[\w-]*\.?(?:{FORMAT_NAMES}"
    rf"|\d+ ?(?:[kmg]b|m|兆))",
    rf"^(?:就|只|那)?(?:要|来|给|出)?(?:一?[个份张])?(?:的)?(?:{FORMAT_NAMES})(?:文件|格式"
    rf"|版本?)?(?:就[行好]|即可|吧|的|可以)?$",
    r"(?:youtube|油管|抖音|tik ?tok)的?(?:导出|输出)?预设",
    r"发给?我|(?:发|传)给我|(?:压缩?|控制)[^秒分]*\d ?(?:[kmg]b|m|兆)",
)
_CREDITS = re.compile(
    r"^(?:(?:show|check|see|get|view|tell me|what(?:'?s| is| are)|how (?:many|much)"
    r"|do i (?:still )?have|any"
    r"|are there|is there|have i)\b.*?)?\b(?:my |the |our |remaining |available |account "
    r"|current )*(?:credits?|balance)\b"
    r"(?! (?:roll|scene|screen|sequence|text|title|at |to |the |with|between|music|card))",
    re.I | re.A,
)
_NO_CREDITS = any_of(
    r"\b(?:end|closing|opening|rolling|film|movie|photo|white|colou?r|audio|sound|stereo"
    r"|tone)[ -](?:credits?|balance)"
)
_CREDITS_ZH = any_of(
    r"积分(?!榜|赛|器)|余额|(?:点数|额度|信用点)(?:还|剩|有|够)|还[剩有](?:多少|几个?)(?:点数|额度|次数)"
)
_STATUS = any_of(
    r"^(?:(?:show|list|display|print|view|see|check|get|give me|what(?:'?s| is| are)"
    r"|whats)\b.*?)?\b(?:me )?"
    r"(?:the |my |all |current |project |session |edit |video |render |job |processing )*"
    r"(?:tracks?(?! (?:\d|id))|timeline|status(?! bar)|(?:project |current |session )state|segments)"
    r"(?: (?:of|on|for) (?:my |the |this )?(?:project|edit|video|session|render|export|job|timeline))?"
    r"(?: (?:now|please|look like|status|list|summary|overview|so far|currently|at the moment|we have"
    r"|i have|there are"
    r"|that are there|you have|are there))*\s*[?.!]*$",
    r"^(?:is|are|has) (?:my |the |this |it |that )?(?:video |project )?(?:render(?:ing)?|processing"
    r"|job|upload|it|encode"
    r"|encoding)?(?:ed)? ?(?:still |already )?(?:done|finished|ready|complete|running|processing"
    r"|in progress|rendered|exported)"
    r"(?: yet| now| already)?\s*[?.!]*$",
    r"^(?:how far|how(?:'s| is)|where(?:'s| is| are)) (?:along )?(?:is |are )?(?:we |you |it |my "
    r"|the )?(?:with )?(?:my |the )?(?:render(?:ing)?"
    r"|export(?:ing)?|processing|job|progress)?(?: (?:going|coming along|at|along|now))?\s*[?.!]*$",
    r"^what(?:'s| is) (?:my |the )?progress\b[^,]*$",
    r"^(?:what(?:'?s| is| do (?:we|i) have)|whats|show(?: me)? what'?s|see what'?s) (?:currently |now )?"
    r"(?:on|in) (?:the |my )?(?:timeline|project|tracks)",
)
_STATUS_ZH = any_of(
    r"^(?:的|给我|让我|请|帮我|现在|目前|有|一下|当前|项目|查看?|查询|显示|看看|看一下|看下|看|列出|展示"
    r"|所有|全部|有哪些|一下|视频|编辑"
    r"|剪辑|我的|\s)*"
    r"(?:处于|是|什么|啥)*(?:状态|进度|轨道|时间[线轴])(?:是什么|怎么样|如何|列表|信息|情况"
    r"|上?[都现在]*有(?:什么|哪些"
    r"|啥)(?:内容|东西)?"
    r"|一下|里?有?什么|了|呢|\s)*[?？]?$",
    r"^(?:轨道|时间[线轴]|状态|进度)(?:列表|情况|信息)?(?:给我|让我|帮我)?(?:看一?[下看]|列一?下"
    r"|列出来|瞧瞧|说一?下|报一?下)?[?？]?$",
    r"^(?:目前|现在|当前|我的|视频|项目|任务|活儿?|已经|这个?|\s)*(?:渲染|导出|处理|进行|剪|做|弄|跑"
    r"|转码|进度)+(?:到|得|的)*(?:哪(?:一?步|里|儿)?"
    r"|什么(?:程度|地步|状态|阶段|进度)|怎么样|多少)(?:了|呢|啦)*[?？]?$",
    r"^(?:现在|目前|一共|总共|里面)*有(?:几|多少)[条个](?:音频|视频|音)?轨道?了?[?？]?$",
    r"^(?:看一?[下看]|查看|给我看看)(?:轨道|时间[线轴]|项目|视频)(?:现在|目前|当前)?的?(?:状态|情况|进度)[?？]?$",
    r"有哪些轨道|时间[线轴]上?[都现在]*有(?:什么|哪些|啥)",
)
PLATFORMS: Final = (
    r"(?:you ?tube|tik ?tok|instagram|insta|facebook|twitter|x\b|vimeo|(?:\w+ )?channel|bilibili|twitch"
    r"|kick\b|rumble"
    r"|linkedin|reddit|patreon|snapchat|discord|slack|whatsapp|telegram|we ?chat|weibo|douyin|google drive"
    r"|dropbox|drive)"
)
"""Where films are published, which nobody does from here."""
_UPLOAD = any_of(
    r"^(?:re-?)?upload(?! (?:date|time|part|section|button|screen|bar|caption|title))"
    rf"(?!.*\bto (?:my |the |our )?{PLATFORMS})",
    r"^(?:use|add|import|load|open|attach) (?:this|my|an?|another|the|some|new|more)(?: new| other)?"
    r" (?:video |recording )?files?\b",
    r"^here(?:'?s| is| are) (?:the|my|an?) (?:file|video|recording|clip)s?",
)
_UPLOAD_ZH = any_of(
    r"^(?:请|帮我|麻烦)*把[^,，剪删去加到]{1,60}上传(?:一下|上[去来]|好)?(?:吧|了)?[。.]?$",
    r"^[再把将先]?[^剪删去加]{0,6}上传(?!日期|时间|按钮|进度|了?的|好的|完的)(?!到(?:抖音|油管|b站|youtube"
    r"|快手|小红书))",
)
_RANGE = any_of(
    r"\b(?:first|last) (?:\d|half|few|one|two|three|four|five|six|ten|fifteen|twenty|thirty|minute|second)",
    r"\b\d+:\d\d\b",
    r"\d ?(?:s|sec|secs|seconds?)? ?(?:to|-|–) ?\d+ ?(?:s|sec|secs|seconds?)\b",
    r"[前头后]\s*[\d一二两三四五六七八九十半]+\s*[秒分]|[\d一二三四五六七八九十半]+\s*[秒分]钟?\s*[到至-]",
)
_EDIT = any_of(
    r"\b(?:cut|trim|remov|delet|drop|keep(?!ing)|add|put|insert|crop|speed|slow|fad(?:e|ing)|mut(?:e|ing)"
    r"|rotat|flip"
    r"|mirror|bright|dark|blur|zoom|burn|caption|subtitl|titl|merg|join|combin|split|normali[sz]|denois"
    r"|stabili"
    r"|transition|crossfade|shorten|condens|highlight|watermark|undo|redo|revert|vertical|square|landscape"
    r"|reframe"
    r"|resiz|louder|quieter|volume|music|swap|replac|text|mak(?:e|ing) (?!me\b)|set|apply|turn (?!it into"
    r"|this into)"
    r"|lower|raise|increase|decrease|balance|strip|take out|get rid|clean up|skip|chop|snip|shave)",
    r"剪|删|去[掉除]|移除|添?加(?!载)|保留|裁|倍速|加速|减速|放慢|淡[入出]|静音|旋转|翻转|镜像"
    r"|调[亮暗高低大小到成]|提高"
    r"|降低|模糊|放大|字幕|标题|合并|拼接|分割|转场|过渡|音乐|降噪|缩短|精彩|高光|水印|撤[销回]|重做"
    r"|[竖横][屏版]|换成"
    r"|变成|黑白|插入|快进|章节|响度|音量",
)


def language_of(text: str) -> Language:
    """Return the language in which to reply: that of the words outside quotes, if there are any."""
    bare = unquoted(text)
    if not re.search(r"\w", bare):
        bare = text
    characters = len(_CJK.findall(bare))
    return "zh" if characters and characters >= len(re.findall(r"[A-Za-z]+", bare)) else "en"


def unquoted(text: str) -> str:
    """Return the text with a neutral mark in place of everything in quotes."""
    return QUOTED.sub(" ∎ ", text.replace("’", "'") if "‘" not in text else text)


def route(text: str) -> Route:
    """Return where a sentence belongs; ``edit`` whenever the words leave it open."""
    kinds = [kind for _, kind in _clauses(text)]
    if "edit" in kinds or ("export" in kinds and subtitles_of(unquoted(text))):
        return "edit"  # a file of subtitles needs the captions to be there
    commands: tuple[Route, ...] = ("export", "credits", "status", "upload", "question")
    return next((kind for kind in commands if kind in kinds), "edit")


def export_wish(text: str) -> Export | None:
    """Return how the file is wished for, or ``None`` when no file is asked for.

    Only the clauses that ask for the file speak of it, and what stands before or after them without a
    verb of its own ("in 480p, export", "export it, 1080p"), so that "make it vertical for TikTok and"
        " export" names no preset.
    """
    words: list[str] = []
    ahead: list[str] = []
    open_clause = False
    bare = "" if is_question(text) else unquoted(text)
    aside = {"tracks": tracks_of(bare), "subtitles": subtitles_of(bare)}
    for clause, kind in _clauses(text):
        if kind == "export" and not open_clause:
            words += ahead
        open_clause = kind == "export" or (open_clause and kind == "other")
        ahead = [*ahead, clause] if kind == "other" else []
        if open_clause:
            words.append(clause)
    if not words:
        return Export.model_validate(aside) if any(aside.values()) else None
    return with_size(export_of(" ".join(words)), text).model_copy(update=aside)


def with_size(wish: Export, text: str) -> Export:
    """Return the wish with the size that stands elsewhere in the sentence ("under 30 MB, export now")."""
    limit = None if wish.max_bytes else size_of(unquoted(text))
    return wish.model_copy(update={"max_bytes": limit}) if limit else wish


def is_question(clause: str) -> bool:
    """Whether a clause asks to be told something; an edit that is asked for politely is no question."""
    return begins_as_question(clause) or wonders(plain(unquoted(clause)).strip())


def begins_as_question(clause: str) -> bool:
    """Whether a clause has a question word, or a verb before its subject, where questions have it."""
    words = plain(unquoted(clause)).strip()
    return not _NEGATED.search(words) and _wonders(words, _POLITE.sub("", words).strip())


def ends_as_question(clause: str) -> bool:
    """Whether a clause ends as a question does, whatever it asks for."""
    return bool(_ASKS.search(plain(unquoted(clause))))


def asks_politely(clause: str) -> bool:
    """Whether a clause has the form of a question and asks for an edit ("could you …?")."""
    words = plain(unquoted(clause)).strip()
    return bool(_REQUESTS.search(words)) and not _wonders(words, _POLITE.sub("", words).strip())


def asks_for_file(clause: str) -> bool:
    """Whether a clause asks for the finished file, with or without a stretch of it."""
    bare = plain(unquoted(clause)).strip()
    return not _NEGATED.search(bare) and _command(_POLITE.sub("", bare).strip()) in ("export", "edit")


def _clauses(text: str) -> Iterator[tuple[str, Kind]]:
    """Give each clause its kind; what "and" joins to a question belongs to the question."""
    bare = plain(unquoted(text))
    start, asking = 0, False
    for joint in [*_BREAK.finditer(bare), None]:
        clause = bare[start : joint.start() if joint else None].strip()
        if clause:
            kind = _kind(clause)
            if asking and kind != "negated" and not _POLITE.match(clause):
                kind = "question"
            yield clause, kind
            asking = kind == "question"
        asking = asking and joint is not None and joint[0].lower() in _GOES_ON
        start = joint.end() if joint else len(bare)


def _kind(clause: str) -> Kind:
    """Tell what one clause is."""
    if _NEGATED.search(clause) or tells(clause):
        return "negated"
    bare = _POLITE.sub("", clause).strip()
    command = _command(bare)
    if command in ("credits", "status"):
        return command
    if _wonders(clause, bare):
        return "question"
    if command:
        return command
    if _EDIT.search(bare) or "∎" in bare:
        return "edit"
    if _ASKS.search(clause):
        return "edit" if _REQUESTS.match(clause) else "question"
    return "other"


def _wonders(clause: str, bare: str) -> bool:
    return not _SUGGESTS.match(bare) and bool(_WHY.search(bare) or _WHY.match(clause) or _MA.search(clause))


def _command(bare: str) -> Kind | None:
    edits = "∎" in bare or (_EDIT.search(bare) and _CJK.search(bare))
    if not edits and (_CREDITS_ZH.search(bare) or (_CREDITS.match(bare) and not _NO_CREDITS.search(bare))):
        return "credits"
    if _STATUS.match(bare) or _STATUS_ZH.search(bare):
        return "status"
    if _EXPORT.match(bare) or (_EXPORT_ZH.search(bare) and not edits) or tracks_of(bare) == "mix":
        return "edit" if _RANGE.search(bare) and not size_of(bare) else "export"
    if _UPLOAD.match(bare) or (_UPLOAD_ZH.match(bare) and not edits):
        return "upload"
    return None
