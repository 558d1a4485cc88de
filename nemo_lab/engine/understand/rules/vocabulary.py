"""Words that several rules share."""

from __future__ import annotations

from typing import Final

from nemo_lab.engine.understand.marks import words

REMOVE_WORDS = (
    r"\b(?:(?<!\ba )(?<!vertical )(?<!rough )(?<!final )(?<!jump )(?<!short )(?<!square )(?<!minute )cut"
    r"(?:ting)?|trim(?:ming)?|remov(?:e|ing)|delet(?:e|ing)|(?<=› )(?:off|out|away|gone)(?= ?(?:$|,|\."
    r"|and |please))|(?:don'?t|do not) (?:need|want)|drop(?:ping)?(?! (?:an?|some|in) )"
    r"|get(?:ting)? (?:\S+ ){1,4}?(?:off|out)|tak(?:e"
    r"|ing) (?:\S+ ){0,6}?(?:out|off|away)|get(?:ting)? rid"
    r"|strip|eliminate|erase|chop|snip|shave|ditch|clear|kill|discard|thr(?:ow|own) (?:out|away)"
    r"|edit out|skip|omit"
    r"|gone|removed|deleted|axe|nix|lop|scrap|no more|(?:can|should|must|has to|have to"
    r"|needs? to|ha(?:s|ve) got to|ought to) (?:all )?go(?! (?:to|at|in|on"
    r"|under|over|with))|snip|toss|dump|yank|hack off|trash|chuck"
    r"|(?:nobody|no one|no-one) (?:needs|wants|has) (?:to (?:see|hear|watch|sit through|know)|it|that)"
    r"|lose|clip (?:off|out)|crop (?:off|out)|excise|wipe out|leave out)\b"
)
REMOVE_ZH = (
    "不需要|"
    "剪[掉去除]?(?![辑成到出接口切映刀影])|删[掉除去]?|去[掉除]|移除|剔除|裁[掉剪去]|切[掉除]|砍掉?|清[除理掉]"
    "|跳过|丢掉|消除|拿[掉走]|扔掉?|剪辑掉|掐掉?|剪了|删了|去了|剔掉|不要|抹掉|^去(?=停|静|嗯|口|空|噪|杂|语|废|气)|省略"
)
REMOVE = words(REMOVE_WORDS, REMOVE_ZH)
NOT_BURNT = words(
    r"\b(?:don'?t|do not|never) (?:put|show|display|overlay) (?:them|it|the (?:captions|subtitles)) (?:on"
    r"|in|over)\b",
    r"(?:不要?|别|不用)(?:放|加|显示)(?:到|在)?(?:画面|视频|屏幕)",
    r"\b(?:don'?t|do not|not|never|without|no|rather than|instead of) (?:be )?(?:burn|hard)\w*"
    r"|\bnothing (?:is )?burn\w*",
    r"(?:不要?|别|无需|不用|不需要)(?:把它们?|把字幕|直接)?(?:烧|压|硬|嵌入)",
)
"""Of captions: how, not whether."""
KEEP = words(
    r"\b(?:keep(?:ing)?|retain|save|extract|isolate|preserve|(?:use|want|need|leave|show|include|take|just"
    r"|with) (?:only|just)|just (?:want|need|leave|take|give me)|only (?:use|keep|want|leave|include)"
    r"|just (?:use|keep|the)|only)\b",
    r"保留|^[\s,.]*(?:请|就|把)?留(?=‹[re]|第|最后)|只[要剩需]|只留|截取|留下|只保留|提取|剪出|截出"
    r"|仅留|只用|留(?:着|住)|[都全]留|留(?:下)?(?=$"
    r"|[,，。吧就])",
)
ADD = words(
    r"\b(?:add(?:ing)?|put(?:ting)?|insert|show|display|overlay|place|include|apply|use|create|make|give"
    r"|write|throw in|lay|drop in|slap|pop|type|stick|stamp|pin|paste|attach|have|want|need|burn|with|play"
    r"|set|mix)\b",
    r"添加|出现|弹出|加[上入个]?|插入|放[上入个]?|打上|配[上个]?|显示|写[上着]?|用|使用|来[个段点]|做|叠加"
    r"|给|上",
)
MORE = (
    r"\b(?:up|increase|raise|boost|more|higher|louder|amplify|crank|pump|bump|enhance|add|strengthen)\b"
    r"|提[高升]|增[加强大]|调[高大亮]|加[大强]|更|放大|升高|再[大响高]|[大响]‹p"
)
LESS = (
    r"\b(?:down|decrease|lower|reduce|less|quieter|softer|drop|cut|dim|weaken|soften|turn down|mellow)\b"
    r"|降[低到]?|减(?!速)[少小弱低]?|调[低小暗]|弱化|压低|小一?点|(?<!年)轻一?点|低一?点"
)
SLIGHT = words(
    r"\b(?:a (?:little|bit|touch|tad|hair|smidge|notch)|slight(?:ly)?|somewhat|subtl[ey]|gently|little)\b",
    r"一点|一些|稍微?|略微?|微微|轻微|些许|有点",
)
STRONG = words(
    r"\b(?:a lot|much|way|very|really|strong(?:ly)?|heav(?:y|ily)|dramatic(?:ally)?|far)\b",
    r"很多|非常"
    r"|大幅|强烈|特别|多一点",
)
ABSOLUTE = words(
    r"(?:\b(?:to|at|of|is)|=|到|为|成|是|至)(?: (?:about|around|just|only))? ?‹[px]:",
    r"‹[px]:[^›]*›(?: (?:of|volume|speed))",
)
AT = words(
    r"(?:\b(?:at|around|near)|@|在|第|从) ?(?:the )?‹t:(\d+)#\d+›(?! (?:long|duration))",
    r"‹t:(\d+)#\d+›(?:的)?(?:处|时候?|位置|地方|那里|那儿|这里|开始|起|左右)(?!结束)",
    r"^[\s,.]*到?‹t:(\d+)#\d+›(?=(?:在[^‹,，]{1,6})?(?:放大|缩放|模糊|打码|打字|显示|写|出现|弹出"
    r"|加个?(?!速|快|到)|打个?(?!码)))",
)
AT_START = words(
    r"\b(?:at|in|to|on|from|over) the (?:very )?(?:start|beginning|opening|front|top of the (?:video"
    r"|clip))\b|\b(?:start|open|begin)s?(?: it)? (?:on|with) an?\b|\bup front\b|\bopening\b"
    r"|\bintro (?:title|text|card)\b",
    r"开头|片头|开始|开场|最前|起始|一开始",
)
AT_END = words(
    r"\b(?:end|finish|close)s?(?: it)? (?:on|with) an?\b|\b(?:at|to|in|on|near|for) the (?:very )?(?:end"
    r"|ending|close|finish|outro)\b|\b(?:end|closing|final"
    r"|outro|ending) (?:credits?|title|text|card|screen|slide)\b|\bend of (?:the|my) (?:video|clip)\b",
    r"结尾|片尾|末尾|最后|结束|尾部",
)
GENRES = (
    r"(?:lo-?fi|chill-?hop|jazz|ambient|synth-?wave|techno|piano|guitar|orchestral?|hip[ -]?hop|edm|funk"
    r"|rock)"
)
MUSIC_NOUN = words(
    r"\bsomething (?:chill|calm|upbeat|mellow|relaxing|energetic|dramatic|epic|soft|light"
    r"|jazzy)\b(?= (?:at ‹|under|behind"
    r"|in the back))",
    rf"\b(?:some|a (?:bit|little|touch) of) (?:\w+ )?{GENRES}\b(?! (?:look|filter|effect|style))",
    r"\blo-?fi\b(?! (?:look|filter|effect|picture|camera))",
    r"\b(?:music|bgm|soundtrack|song|tune|score|jingle|background (?:track|audio|sound|beat|loop)"
    rf"|{GENRES}(?: \w+)? (?:underneath|in the background|behind it|under it|under my|playing)"
    r"|(?:piano|guitar|string|orchestra\w*|jazz|ambient|lo-?fi|drum|synth) (?:track|piece|bed|loop)"
    r"|backing track|beats?)\b",
    r"尤克里里|钢琴曲?|吉他曲?|小提琴|交响乐?|电音|民谣|摇滚|爵士|古风|国风|旋律|曲子|音乐|背景乐|配乐"
    r"|bgm|歌曲?"
    r"|背景声|伴奏",
)
AHEAD = words(
    r"\b(?:(?:cut|go|get|start)(?: it| me| us| the video)? (?:straight|right|directly|ahead|forward)"
    r"|(?:skip|jump)(?: (?:straight|right|ahead|forward|it"
    r"|the video))*) to (?:the )?‹t:(\d+)",
    r"(?:直接|一下)?跳到‹t:(\d+)",
)
SENDS_ZH: Final = "发(?![灰黄白暗红绿蓝青虚闷抖飘现])"
"""发 as a verb, not the colour that a picture has taken (发灰)."""
VERB: Final = words(
    r"\b(?:cut(?!s)|trim|remov\w+|delet\w+|drop|keep|add|put|insert|make|crop|speed|slow|fade|mute|rotate"
    r"|turn|flip|mirror|brighten|darken|blur"
    r"|zoom|burn|merge|join|combine|split|divide|normali[sz]e|denoise|shorten|condense|undo|redo|export"
    r"|render|save|download|send|show|set|lower|raise|increase|decrease|reduce|boost|change|convert"
    r"|take|get|strip|skip|extract|use|apply|display|overlay|swap|move|reorder|resize|scale|create|give"
    r"|replace|generate|upload|post|don'?t|do not|leave|protect|write|silence|lay|play|bring|clean|level"
    r"|even|balance|find|pick|chop|erase|retain|let|tighten|fast|run|publish|share|snip|lose|ditch|kill"
    r"|stick|snap|slap|toss|dump|bump|crank|adjust|throw|chuck|layer"
    r"|stitch|caption|sing|pop|sharpen|letterbox)\b",
    r"剪|删|去[掉除]|移除|保留|留(?=第|‹|最后)|添加|加|插入|放|铺|垫|收紧|[快慢](?=‹[xp]|一?[点些])|裁"
    r"|导出|下载|渲染|静音|旋转|翻转|镜像|调|提[高升亮]"
    r"|降|模糊"
    r"|虚化|合并|拼接|分割|分成|分章|切|倍速|加速|减速|放慢|淡[入出]|撤|重做|变|换|改|做|截取|配|显示|写"
    r"|统一|标准化|降噪|缩"
    r"|压缩|控制|去噪|消|不要|别|保持|保护|快进|转(?!场)|输出|保存|" + SENDS_ZH + r"|生成|上传",
)
