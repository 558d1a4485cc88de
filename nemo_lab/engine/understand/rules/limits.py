"""What is not to be done: negations, wishes beyond the operations, dangers, and vague wishes."""

from __future__ import annotations

from nemo_lab.engine.understand.clause import Clause, Findings, KeepAll, Unsupported
from nemo_lab.engine.understand.marks import MARK, words
from nemo_lab.engine.understand.rules.vocabulary import REMOVE, VERB
from nemo_lab.protocol.moods import tells
from nemo_lab.protocol.plan import Protect, Question
from nemo_lab.protocol.router import PLATFORMS

_NOT = words(
    r"\b(?:don'?t|do not|never|no need to|avoid|shouldn'?t|must not|mustn'?t|won'?t|not to|please no"
    r"|stop(?= \w+ing\b)"
    r"|let'?s not|would rather not|better not|(?:i|we) (?:wouldn'?t|would not|will not)|against \w+ing"
    r"|no need|refrain"
    r"|nothing to (?:cut|remove|change|add|fix|do)|rather (?:you |we )?(?:not|didn'?t|don'?t)"
    r"|prefer (?:that )?(?:you |we )?(?:not|didn'?t|don'?t)|not asking|(?:didn'?t|never) (?:ask|tell|told"
    r"|asked)|not (?:add|cut|trim|remove|delete|put|make|use|mute|export"
    r"|change|touch|crop|speed|zoom|blur)(?=\b)|without|with no|instead of|rather than|hold off|not yet)\b"
    r"|(?:does|do)n'?t (?:need|require)|^[\s,.]*(?:(?:absolutely|definitely|really|please|and|but|so|ok"
    r"|also) )*(?:no|not"
    r"|nor)\b",
    r"^[\s,.]*(?:stop|wait|hold on|enough)[\s,.!]*$",
    r"不要|别(?![的人处致字])|不用|无需|不必|勿|不需要|不想|先不|暂不|不得|不许|请勿|禁止|不能|不可"
    r"|避免|不改|不动|不加"
    r"|不剪|不删|不[放配上做转导打写]|不应该?|不该|没(?:有)?(?:让|叫|要求|说要)你?|^[\s,.]*(?:停|等等"
    r"|等一下|慢着)[\s,.!]*$",
    r"没(?:有)?必要|没什么(?:好|需)?要?[剪删改加]|不会再?[剪删加改去]|(?:就|还是)算了|免了",
    r"^[\s,.]*(?:please )?forget (?:about )?(?:the|my|it|that)\b",
    r"^[\s,.]*(?:the )?\w+(?: \w+)?:? (?:no|not (?:needed|necessary))[\s.!]*$",
)
NOT_THERE = words(
    r"^[\s,.]*(?:but |just |and )*(?:not|except(?: for)?|excluding|apart from|other than) (?:the |in |at "
    r"|from |between |during |for |on )*‹[re]:"
    r"|^[\s,.]*(?:除了|但)?(?:不包括|不含)‹[re]:|^[\s,.]*除了?‹[re]:[^›]*›(?:[以之]外)?[\s,.]*$"
    r"|^[\s,.]*(?:但|不过"
    r"|除了?)*‹[re]:[^›]*›(?:[以之]外|除外|例外|不算|不动)$"
)
_LEAVE = words(
    r"\b(?:leave|keep|let|preserve)\b.*\b(?:alone|untouched|intact|as (?:it )?is|unchanged|unedited|uncut"
    r"|the way it is|in place|whole|complete|(?:in|there)\W*$)\b|\bprotect\b|\bhands off\b"
    r"|\bmake sure\b.*‹[re]:.*\b(?:stays?|survives?|remains?|is kept|is in)\b|‹[re]:[^›]*› (?:must|has to"
    r"|should|needs to) (?:stay|remain)\b"
    r"|\bmake sure (?:you |to |we )*(?:keep|leave)\b.*‹[re]:",
    r"^[\s,.]*(?:it|this|that)(?:'s| is| looks) (?:fine|good|perfect|great|ok(?:ay)?) (?:as|the way"
    r"|like)\b",
    r"(?:这样|现在|已经)(?:就|也)?(?:挺|很|够)?(?:好|可以|行)(?:的|了)?[\s,.]*$",
    r"^[\s,.]*(?:就|先)(?:这样|到这)(?:吧|了)?[\s,.]*$",
    r"保护|原封不动|不变|保持原样|原样保留|别动|不要动|不动|完整(?:保留|地保留)|保持完整|锁定",
)
_STAYS = words(
    r"^[\s,.]*(?:please )?(?:keep|retain|leave) (?:the |my |all )*(?:original )?(?:audio|sound|voice|music"
    r"|captions?|subtitles?|titles?|blur|zoom|colou?rs?|transitions?|fades?|watermark|logo|speed|rest"
    r"|pauses|silences|gaps|ums|fillers|breaths|mic(?:rophone)?|game (?:audio|sound)|tracks?|volume)\b"
    r"(?! (?:low|quiet|soft|down|at|under|out))",
    r"^[\s,.]*(?:please )?(?:keep|leave) (?:the |my |all )*(?:\w+ )?(?:noise|ambience|atmosphere|laughter"
    r"|applause|chatter)\b"
    r"(?! (?:low|quiet|soft|down|at|under|out))",
    r"^[\s,.]*(?:请)?(?:把)?(?:保留)?(?:原声|声音|(?:背景)?音乐|字幕|标题|人声|停顿|静音|空白|语气词"
    r"|麦克风|话筒|原始?音频|模糊"
    r"|颜色|转场"
    r"|水印|放大)"
    r"(?:保留|留着|留下|别动|不动|不变|还要)",
    r"^[\s,.]*(?:请)?保留(?:原声|声音|音乐|字幕|标题|人声|背景音乐|原始?音频|模糊|颜色|转场|水印)",
)
"""What is there already stays: nothing to do."""
_CUTTING = words(
    r"\b(?:cut|trim|remov\w*|delet\w*|touch|chang\w*|edit|drop|modify|alter|lose|mess|shorten|skip|take)\b",
    r"剪|删|动|碰|改|去|移除|裁|丢|切",
)
_NOTHING = words(
    r"\b(?:(?:don'?t|do not|without) (?:cut|remov|delet|los|drop|trim|skip"
    r"|shorten)\w* (?:out )?(?:any ?thing|any(?: \w+)?|a (?:single )?\w+|nothing|it|the (?:video|length"
    r"|whole))|(?:keep|leave) (?:it|everything|all of it|all|the (?:whole |full |entire )?(?:video|clip"
    r"|recording|thing|length|duration)|the (?:full|original|same) (?:length|duration)|that part"
    r"|this part)(?: all)? ?(?:complete|whole|intact|full(?: length)?|as (?:it )?is|untouched|unchanged"
    r"|uncut|in full|the same length|$)|(?:keep|same|original|full) (?:the )?(?:full |original "
    r"|same )?(?:length|duration)|\b(?:cut|remove|delete|change) nothing\b|nothing (?:gets |is (?:to be )?"
    r"|(?:should|may|must|can) be )?(?:removed"
    r"|cut|lost))",
    r"保持完整|要完整|保留完整|完整保留|保持原长|原来的?时长|时长不变|长度不变|(?:不要|别|不)(?:剪|删|去掉"
    r"|丢)[掉除去]?(?:任何|一点|一帧|内容|东西)|(?:一帧|一秒)(?:都|也)?(?:不|别)|不要变短|全部保留"
    r"|什么都不要?[剪删]",
)
_THE_REST = words(r"\b(?:everything else|the rest|all else|others?)\b", r"其[他它余]|剩下|别的")
_PART_OF_WISH = words(
    r"\b(?:without|don'?t|do not|no|not) (?:any )?(?:crop|loop|burn|black bars)\w*(?: it)?\b",
    r"\b(?:no|not|can'?t|shouldn'?t)(?: be| run| last)? (?:longer|more|bigger|over|exceed|audio|sound)\b",
    r"\b(?:don'?t|do not|shouldn'?t|must not|never) (?:exceed|go over|be (?:longer|over|more))\b",
    r"(?:不要|不用|无需|不|别)(?:把(?:它|字幕))?(?:裁剪?切?(?!掉|去)|循环|烧|压制|压[进到入]|嵌入)",
    r"(?:不要|不能|别|不得|不可以?)(?:再)?超过|不要(?:有)?(?:任何)?(?:声音|原声)",
)
"""Negations that say how, not whether."""
_FORGET = words(
    r"\b(?:don'?t|do not) forget(?: to)?\b|\bwhy (?:don'?t (?:you|we)|not)\b|\bno (?:problem|worries)\b",
    r"(?:不要|别)忘[记了]?|能不能|可不可以|好不好|行不行",
)
_FASTER = words(
    r"\b(?:don'?t|do not|instead of) (?:cut|remov|delet)\w* (?:out )?((?:the |any |those )?(?:silen\w+"
    r"|pauses?|gaps?|quiet \w+|dead \w+)),? "
    r"(?:but |just |instead )*(?=(?:speed|play|run|fast))",
    r"((?:停顿|静音|沉默|空白|冷场|无聊|枯燥|拖沓|安静|无声|没人说话|没有?声音)的?(?:部分|地方|片段"
    r"|时候)?)(?:都)?(?:不要|别|不用|无需|不必|不)(?:剪"
    r"|删)掉?[,，]?(?=(?:改成?|直接|就|用|而是|请)*.{0,5}(?:快进|加速|倍速|快放|倍))",
    r"\b(?:don'?t|do not) (?:cut|remov|delet)\w* (?:out )?((?:the |any |my )?(?:u[mh]+'?s?"
    r"|fillers?(?: words)?)(?: and u[mh]+'?s?)?),? "
    r"(?:but |just |instead )*(?=(?:mute|silence|bleep))",
    r"((?:语气词|口头禅|填充词|嗯啊?)(?:都)?)(?:不要|别|不用|无需|不必|不)(?:剪"
    r"|删)掉?[,，]?(?=(?:改成?|直接|就|用|而是|请)*.{0,3}(?:静音|消音))",
)
"""Pauses that are to be hurried through, fillers that are to be muted: what must not happen says nothing"
" more."""
_NOT_CUTTING = words(
    r"(?<=\w),? (?:instead of|rather than) (?:cutting|removing|deleting|dropping|trimming) (?:them|it"
    r"|those|that)(?: out)?\b"
)
_INSTEAD = words(r"^[\s,.]*(?:instead of|rather than) (?:cutting|removing|deleting)(?: out)? ([^,]+), ")
_UNWANTED = words(
    r"\b(?:don'?t|do not) (?:need|want)(?: the)? ‹[re]:|^[\s,.]*no (?:more )?(?:pauses?|silences?|dead air"
    r"|gaps|ums?|uhs?|fillers?)\b",
    r"‹[re]:[^›]*›[^,]{0,8}(?:不需要|用不着|没用)",
    r"(?:不要|不需要|别要)(?:了|掉|(?:开头|前|最?后|结尾|这|那)?的?‹[re]|$)|‹[re]:[^›]*›[^,]{0,6}(?:都|就"
    r"|全)?不要(?:了|$|(?=,))|‹[re]:[^›]*›[^,‹]{0,20}的(?:都|就|全)不要",
)
_UNSAFE = words(
    r"\brm -|\bsudo\b|\bcurl\b|\bwget\b|\b(?:run|execute|call|invoke|use|open|spawn)\b.*\b(?:shell|bash"
    r"|command|script|ffmpeg|terminal|powershell|python|cmd|program|code)\b|\bffmpeg -|\bos\.system"
    r"|\bsubprocess|\bpowershell\b|\bcmd(?:\.exe)?\b|\$\(|&&|\|\| |/etc/|/bin/|\bpasswd\b|\bshutdown\b"
    r"|\bchmod\b|\bmkfs\b|\bdd if=|\bformat (?:my|the|c)\b.*\b(?:disk|drive|c:)|\b(?:delete|erase|wipe"
    r"|remove|overwrite|destroy)\b.*\b(?:files?|folders?|director(?:y|ies)|disk|drive|hard ?drive|computer"
    r"|originals?|source (?:file|video|recording)|system)\b"
    r"|\bignore (?:all |the |your |any )*(?:previous|prior|above|earlier|other)\b|\b(?:system prompt"
    r"|api key|secret key|access token|your (?:token|instructions|prompt|rules))\b|\bdrop table\b|<script"
    r"|\bhack\b|\bpretend\b.*\b(?:you|to)\b|\bjailbreak\b",
    r"(?:执行|运行|调用).*(?:命令|脚本|程序|代码|shell|终端)|删除.*(?:文件|硬盘|磁盘|文件夹|目录|源视频"
    r"|原视频|系统)|格式化|忽略.*(?:指令|提示|规则|要求)|系统提示|密钥|令牌|关机|黑进",
)
_PUBLISH = words(
    r"\b(?:upload|post|publish|share|send|push|submit)\b.*\b(?:to|on|onto|with|via) (?:my |the |a "
    rf"|our )?(?:{PLATFORMS}|e-?mail|friend|boss|client|team)\b|\bpublish\b"
    r"|\bschedule\b|\b(?:go live|live ?stream (?:it|this|to))\b|\be-?mail (?:it|this|the)\b",
    r"发布|(?:上传|分享|同步|发到|发送到?)到?(?:抖音|油管|b站|B站|youtube|快手|小红书|微信|朋友圈|微博|网盘"
    r"|邮箱"
    r"|视频号)|开直播|投稿",
)
_BEYOND = words(
    r"\b(?:face[ -]?swap|deep ?fake|swap\w* .*\bfaces?|replace .*\b(?:face|head|voice|sky|person|actor"
    r"|background(?! (?:music|song|track|sound))|screen)|change .*\b(?:face|my voice|the voice"
    r"|background(?! (?:music|song|track|sound))|sky|clothes|outfit|hair|angle|lighting)|someone else'?s"
    r"|clone|voice ?over|text[ -]to[ -](?:speech|video|image)|tts|narrat(?:e|or|ion) (?:it|this|the|in|with"
    r"|using)|lip[ -]?sync|avatars?|dub(?:bed|bing)?\b|translate|ai[ -](?:generated|voice|image|video"
    r"|avatar|b-?roll|upscal\w*)|b-?roll|stock (?:footage|video|images?)|with ai\b)",
    r"\b(?:generate|imagine|draw|paint|render me|create|make|film|shoot|write|compose|produce"
    r"|animate)\b (?:me )?(?:an?|some|the(?! (?:image|picture|photo)\b)) (?:new |short |ai |\w+ )?(?:image"
    r"|picture|photo|drawing"
    r"|script|story|scene of|video (?:of|about|from|with)|clip of|animation|animated|cartoon|avatar"
    r"|character|logo|intro (?:animation|video)|outro animation|poem|song about|voice|narration|dialogue"
    r"|ad for|commercial|movie about|film about|blog|tweet|description|email|website|app|slideshow"
    r"|presentation)",
    r"\bgenerate\b(?!.*\b(?:captions?|subtitles?|subs|chapters?|highlights?|thumbnail|transcript\w*|mp4|gif"
    r"|file)\b)",
    r"\b(?:green ?screen|chroma|rotoscop\w*|stabili[sz]\w*|shak(?:y|iness|es?)|anti-shake|stickers?|emojis?"
    r"|memes?|picture[ -]in[ -]picture|pip\b|split[ -]?screen|side[ -]by[ -]side|multi-?cam|face ?cam"
    r"|web ?cam|[jl][- ]cuts?\b|3d|vr\b|360(?!p)|super[ -]?resolution|interpolat\w*|frame ?rate|\d+ ?fps"
    r"|reverse(?!d? order)"
    r"|backwards?|(?:instant )?replays?|boomerang|freez(?:e|ing)(?: frame)?|hold the frame|motion track\w*"
    r"|eye contact|beauty"
    r"|smooth(?:en)? .*skin|slim|make ?up|filters?|luts?\b|(?:vintage|retro|film|vhs|cinematic|instagram"
    r"|sepia|noir film) (?:filter|effect|look|style|grade)|sepia|vintage|glitch|vhs|film grain|grain"
    r"|vignette|lens flare|sparkles?|confetti|particles?|fireworks|explosions?|snow effect|rain effect"
    r"|fire effect|sound effects?|sfx|whoosh(?:es)?|laugh track|applause|hdr\b|ken burns|parallax|cursor"
    r"|clicks?\b|mouse|progress bar|countdown|timer|subscribe button|arrows?|circle|shapes?|animations?"
    r"|animated (?:intro|logo|background)|end ?screen with|polls?|quiz)",
    r"\b(?:track|follow|detect|recogni[sz]e)\b .*\b(?:face|person|ball|object|player|subject|speaker|people"
    r"|moving)\b",
    r"\b(?:remove|erase|delete|get rid of|take out|cut out|hide|replace)\b.*\b(?:the |my |that |this "
    r"|a )(?:background(?! (?:music|noise|sound|song|track|hum|hiss|chatter|audio))|object|person|man|woman"
    r"|guy|people|someone|dog|cat|car|logo|water ?mark|tattoo|reflection|shadow|wires?|sky|green screen"
    r"|wall|cameraman|accent|stain|pimple)s?\b|\bremove (?:the )?(?:water ?mark|logo|vocals|wind|echo)s?\b",
    r"\b(?:duplicate|copy) (?:the |this |that |my )?(?:\w+ )?(?:clip|segment|scene|part|title)\b"
    r"|\bloop (?:it|the (?:video|clip))\b"
    r"|\b(?:out of|lip) sync\b|\b(?:audio|sound) (?:is |lags |runs |comes )*(?:delayed|late|behind|ahead"
    r"|off)\b"
    r"|\b(?:insert|splice in) ‹f›,? (?:at|after|between) (?:the )?‹[tre]"
    r"|\b(?:mono|stereo|surround|(?:left|right|one) (?:audio )?channel)\b"
    r"|[单双左右]声道|立体声|音画|对不上|不同步|对齐|(?:处"
    r"|地方|时候|之后|里)插入‹f›",
    r"\b(?:sync|cut|match|edit|time)\w*\b.*\b(?:to|on|with) the (?:beat|rhythm|music)\b|\bbeat[ -]?sync",
    r"换脸|变(?:年轻|漂亮|瘦|帅|美|高)|(?<![A-Za-z])AI(?![A-Za-z])|克隆|配音|旁白(?!音量|的?声音|调)"
    r"|语音合成|文字转语音|翻译|数字人"
    r"|口型|抠[图像]|绿幕"
    r"|稳定|防抖|抖动|贴纸|表情包?|画中画|分屏|多机位|三维|补帧|帧率|\d+帧|倒[放播]|倒序(?!排)|反转"
    r"|反向播放|定格"
    r"|冻结|追踪|跟踪|美颜|瘦脸|磨皮|滤镜|复古|胶片|老电影|故障风|暗角|光晕|粒子|烟花|特效|音效|卡点|节拍"
    r"|去水印|(?:去|删|移)[掉除]水印|人脸|动画|生成(?!.{0,6}字幕|章节|高光"
    r"|集锦"
    r"|动图|gif|文件|视频文件)|绘制|画一|写一[篇个]|(?:变成|换成)(?:别人|另一个人|卡通|动漫|女声|男声)"
    r"|换(?:背景(?!音)|天空|衣服|声线|声音)|变声|鼠标|光标|倒计时|进度条|弹幕"
    r"|去掉背景(?!音|噪|杂|里)|删[掉除]背景(?!音|噪)",
)
_HAPPENING = words(
    r"\b(?:re-?takes?|bad takes?|mistakes?|bloopers?|repeat(?:s|ed|ing|itions?)?|repeated (?:lines"
    r"|sentences)|duplicate takes?|false starts?|swear(?:s|ing)?(?: words?)?|profanity|curse words?|cuss\w*"
    r"|bad words?|coughs?|cough(?:ing)?|sneez\w*|off-?topic)\b",
    r"\b(?:part|bit|section|scene|moment|place|segment|time)s? (?:where|when|in which|about|with (?:the|my"
    r"|a)|that (?:talks?|shows?|has))\b|\bwhere (?:i|he|she|they|we|it|the|there|someone|somebody)\b"
    r"|\bwhen (?:i|he|she|they|we|it|the|someone) (?!(?:talk|speak|am talking|is talking|say|start)s?\b)",
    r"口误|说错|重复的|脏话|咳嗽|喷嚏|(?:我|他|她|有人|大家|出现)[^,]{0,12}(?:的那?(?:部分|段|片段|镜头"
    r"|地方|时候))"
    r"|(?<!›)那一?段|的片段$",
)
"""What happens somewhere: beyond us to find, unless it is said when."""
_VAGUE = words(
    r"\b(?:make|get|let)\b.*\b(?:pop|better|good|great|nice(?:r)?|cool(?:er)?|awesome|amazing"
    r"|pro(?:fessional)?|beautiful|pretty|viral|fun(?:ny|nier)?|interesting|engaging|exciting|fresh"
    r"|smooth(?:er)?|clean(?:er)?|slick|polished|cinematic|dynamic|attractive|perfect|epic|stunning"
    r"|watchable|modern|aesthetic|vibe|fancy|fire|shine|magic|sing|catchy|appealing|presentable"
    r"|youtube-?ready|less (?:boring|bad|ugly)|more \w+)\b",
    r"\b(?:improve|enhance|polish|fix|beautify|optimi[sz]e|spice|jazz|spruce|clean|touch|freshen|work your"
    r"|do your|surprise me|edit|tweak|refine|upgrade|level)\b(?: (?:it|this|that|up|my|the|a|me|video|clip"
    r"|recording|footage|vlog|everything|magic|thing|quality|whole|for|some|little|bit|please|thing|best"
    r"|on))*\W*$",
    r"\b(?:something|anything) (?:cool|nice|fun|creative|good|special)|\b(?:do|change|try) (?:something"
    r"|some|whatever)\b|\bwhatever you (?:think|want|like)\b|\bcinematic\b|\bmore (?:energy|punch|life"
    r"|engaging|professional|interesting|dynamic)\b|\bdoesn'?t (?:look|feel) (?:good|right)|\blooks? (?:bad"
    r"|off|weird|ugly|boring|cheap|flat)\b|\b(?:white|colou?r) balance|\bcolou?r (?:grade|grading"
    r"|correct\w*)\b"
    r"|\bfix (?:the )?colou?rs?\b|\b(?:good|nice|cool) (?:effects?|edit)\b|\beffects?\b$",
    r"精彩|好看|好一点|更好|好[听玩]|漂亮|优化|美化|高级|专业一?点|有趣|有意思|吸引|精致|酷|炫|质感"
    r"|大气|润色"
    r"|完善|提升一?下?(?:质量|品质|效果|档次)?|改进|氛围|电影感|网感|爆款|处理一下|编辑一下|剪一下(?:这个"
    r"|视频)?$|剪辑一下|修一下|弄一下|搞一下|更专业|更?有[^,]{1,5}感(?!觉)|[\u3400-\u9fff]{2}感(?:一点"
    r"|强一点"
    r"|足一点)|随便|你看着办|调色|加点?特色|生动|活泼|流畅一?点",
)
_OPTIONS = {
    "en": ("cut the pauses", "add transitions", "brighten it by 10%", "normalise the sound"),
    "zh": ("剪掉停顿", "添加转场", "亮度提高10%", "统一音量"),
}
_ASK = {
    "en": "What should change? Name one thing, or take a suggestion.",
    "zh": "想改哪里？可以说得具体一点，或者选一个建议。",
}


def told(clause: Clause) -> Findings | None:
    """Read what only tells something ("I cut it yesterday", "my boss hates titles"): it asks for nothing."""
    return () if tells(clause.text) else None


def negation(clause: Clause) -> Findings | None:
    """Read what must not happen: a stretch that is left alone is protected, all else asks for nothing."""
    if clause.has(_OPINION) and not clause.has(REMOVE):
        return ()
    if clause.has(_NOTHING) and not clause.has(_THE_REST) and not clause.spans():
        return (KeepAll(clause.said()),)
    spans = clause.spans()
    if clause.has(_STAYS) and not clause.values("prexd"):
        return ()
    if clause.has(_LEAVE) and not clause.has(words(r"^[\s,.]*keep only\b")):
        return tuple(Protect(start_ms=start, end_ms=end) for start, end in spans) if spans else ()
    rest = _PART_OF_WISH.sub(" ", clause.text)
    if _CROPS.search(clause.text) and rest != clause.text and not MARK.search(rest) and not VERB.search(rest):
        return ()
    if spans and clause.has(NOT_THERE):
        return tuple(Protect(start_ms=start, end_ms=end) for start, end in spans)
    clause = clause.with_text(rest)
    if clause.has(_NO_MORE) or (
        clause.has(_NONE_OF) and (clause.session or clause.text.rstrip(" .,").endswith("了"))
    ):
        return None
    if clause.has(_UNWANTED) or not clause.has(_NOT):
        return None
    if spans and clause.has(_CUTTING):
        return tuple(Protect(start_ms=start, end_ms=end) for start, end in spans)
    return ()


_OPINION = words(
    r"\bi (?:really |kinda |just )?(?:hate|dislike|like|love) (?!(?:it |this |that |you )?to\b)",
    r"不(?:太"
    r"|怎么)?喜欢|讨厌",
)
"""What somebody thinks of it, and no wish."""
_CROPS = words(r"\bcrop", r"裁")
_NONE_OF = words(
    r"^[\s,.]*(?:no|without) (?:the |more )?(?:music|captions|subtitles|titles?|watermark|logo|blur"
    r"|transitions|crossfades|fades?|zoom|text)"
    r"(?: please)?[\s.]*$",
    r"^[\s,.]*(?:不要|别要|不用)(?:背景)?(?:音乐|字幕|标题|水印|模糊|转场|淡[入出]|文字|放大)了?[\s.]*$",
)
"""Said of what is there already, it takes it out."""
_NO_MORE = words(r"\bno (?:more )?\w+ (?:any ?more|any longer)\b|\bno more \w+")
_CORRECTED = words(
    r"[^,.;!?]*(?:\.\.\.|[,.]| -|—) ?(?:no,? (?:wait|just|actually|sorry|make it|i mean)|wait,? no"
    r"|scratch that|sorry,? i mean"
    r"|i mean|actually no),? ?",
    r"[^,.;!?，。；！？]*[,，.。…—]+(?:不对|不是|错了|说错了|啊不|哦不)[,，]?(?:是|应该是)?",
)
"""What was said before "no wait" is taken back."""


def positive(text: str) -> str:
    """Return the text without the negations that ask for something ("don't forget to …").

    "Instead of cutting the pauses, play them fast" is about the pauses.
    """
    text = _NOT_CUTTING.sub("", text)
    return _INSTEAD.sub(
        r"\1, ",
        _FASTER.sub(
            lambda m: f"{next(filter(None, m.groups()))} ", _FORGET.sub(" ", _CORRECTED.sub("", text))
        ),
    )


def unsafe(clause: Clause) -> Findings | None:
    """Refuse commands to the machine, and words to the engine rather than about the video."""
    return (Unsupported(clause.said()),) if _UNSAFE.search(clause.said()) else None


def beyond(clause: Clause) -> Findings | None:
    """Name what no operation can do."""
    bare = clause.with_text(MARK.sub(r"‹\1›", clause.text))  # 6:00 is 360 s, and no 360° video
    if bare.has(_PUBLISH) or bare.has(_BEYOND) or (bare.has(_HAPPENING) and not clause.values("re")):
        return (Unsupported(clause.said()),)
    return None


def vague(clause: Clause) -> Findings | None:
    """Ask what a wish without content means; each option is a sentence that is understood."""
    if not clause.has(_VAGUE):
        return None
    return (what_to_do(clause.language),)


def what_to_do(language: str) -> Question:
    """Return the question that offers the usual edits."""
    options = _OPTIONS["zh" if language == "zh" else "en"]
    return Question(text=_ASK["zh" if language == "zh" else "en"], options=options, default=options[0])
