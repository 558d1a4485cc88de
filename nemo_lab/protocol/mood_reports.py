"""What reports, habits, hearsay, plans for another day, opinions and retractions look like."""

from __future__ import annotations

from typing import Final

from nemo_lab.protocol.export_words import any_of
from nemo_lab.protocol.mood_words import (
    DID,
    DO,
    DOING,
    ED,
    FINE,
    LEAD,
    QUOTE,
    SAYS,
    SOMEBODY,
    WHERE,
)

TELLS: Final = any_of(
    rf"{LEAD}(?:scratch|cancel|forget|drop) that\b[^.]*\b(?:don't|do not|no need)\b",
    # what was done, by whomever
    rf"{LEAD}(?:i|we)(?:'ve| have| had)?(?: (?:already|just|also|finally|once|manually|previously"
    r"|accidentally"
    rf"|never|only|even|once|tried and))* {DID}\b",
    rf"{LEAD}(?:you|u|they|he|she|it)(?:'ve| have| had)?(?: (?:already|just|also|did|went and"
    r"|accidentally|even"
    rf"|only|really|somehow|must have|might have))* (?:{DID}|did {DO})\b",
    rf"{LEAD}{SOMEBODY}(?: (?:already|just|once|always))* (?:{DID})\b(?! by\b)",
    r"\b(?:i|we|they|he|she|you)(?:'ve| have| had)?(?: (?:already|just|also|once|even|only"
    rf"|never))* {ED}\b(?! to\b)",
    rf"\b(?:would|could|should|might|must)(?:'ve|n't have| not have| have| \w+ have) (?:\w+ )?{DID}\b",
    rf"{LEAD}(?:last (?:time|week|month|year|night)|yesterday|earlier(?: today)?|previously|before"
    r"|the other day"
    r"|back then|years ago|once|on my last \w+),? (?:i|we|you|they|he|she|it|someone|somebody"
    rf"|{SOMEBODY})\b",
    r"\b(?:was|were|(?:has|have|had)(?: already)? been|got|is already|are already"
    r"|'s already) (?:already |just "
    rf"|once |accidentally )*(?:{DID})\b(?! by ‹)",
    rf"{LEAD}(?:and |then |also )*(?:added|removed|deleted|muted|trimmed|cropped|exported|inserted)\b",
    # habits
    rf"{LEAD}(?:i|we|people|they|you|everyone|most \w+)(?:'m|'re)? (?:usually|normally|always|often"
    r"|typically"
    r"|generally|sometimes|tend to|used to|never|rarely|hardly ever|mostly)\b(?! (?:want|need|wanted))",
    rf"{LEAD}(?:usually|normally|typically|generally|in general|as a rule|most of the time),? (?:i|we"
    r"|people)\b",
    # hearsay
    rf"{LEAD}(?:i|we)(?:'ve| have)? (?:read|heard|saw|seen|was told|were told|learned|learnt|watched)\b"
    r"(?! myself)",
    rf"{LEAD}{SOMEBODY}(?: (?:just|once|always|also|on \w+|in \w+ \w+"
    rf"|in the \w+))* {SAYS}[ :,]*(?:that |me |us "
    rf"|to me )*(?:{QUOTE}|{DOING}\b)",
    rf"{LEAD}(?:people|everyone|everybody|somebody|someone|commenters|viewers"
    rf"|some [a-z]+)(?: \w+){{0,2}}? (?:{SAYS}"
    r"|tells?|told|keeps? (?:telling|asking|saying)|wants? me)\b",
    rf"{QUOTE},?(?: -)? (?:is|was|'s|were) (?:what|how|the|a|something|just)\b(?! title)",
    rf"{QUOTE},? (?:says?|said|wrote|asked) (?:my|the|a|one|some|he|she|they)\b",
    # plans for another day, and what is still being thought about
    rf"{LEAD}(?:i'm|i am|we're|we are|i was|i've been|we were"
    r"|we've been)(?: \w+)? (?:thinking (?:about|of)"
    rf"|considering|debating|toying with|tempted to|planning (?:to|on)|undecided) (?:\w+ )?(?:{DOING}"
    rf"|{DO}|"
    r"whether|the idea)\b",
    rf"{LEAD}(?:i'm|i am|we're|we are) (?:going to|gonna|about to) {DO}\b",
    rf"{LEAD}(?:i|we) (?:might|may)(?: \w+)? {DO}\b",
    rf"{LEAD}(?:i'll|i will|i can|i could|i'd) (?:\w+ )?{DO}\b.*\b(?:myself|by hand|on my own"
    r"|manually|later|tomorrow"
    r"|another (?:day|time)|some ?day)\b(?! (?:in|on|part))",
    rf"{LEAD}i(?:'ll| will) (?!take|have|need|want|use)(?:\w+ )?{DO}\b",
    rf"{LEAD}(?:maybe |perhaps |possibly )*(?:later|tomorrow|next time|next week|one day|some ?day"
    r"|eventually"
    r"|another time|tonight|in the future)\b,?(?: maybe)? (?:i|we|you|it|the)\b(?! want| need)",
    rf"{LEAD}(?:maybe |perhaps )*(?:i|we|you) (?:can|could|might|may|will|should)\b.*\b(?:later"
    r"|tomorrow|next time"
    r"|another (?:day|time)|some ?day)\W*$",
    rf"{LEAD}(?:i|we) (?:was|were) (?:going|about|planning|meaning) to\b",
    rf"{LEAD}(?:i|we)(?:'ve| have)?(?:n'?t| not)? (?:yet )?(?:decided|made up (?:my|our) minds?)\b",
    rf"{LEAD}(?:someone|somebody|one) (?:at|on|from|in) \w+(?: \w+)? {DID}\b",
    rf"{LEAD}(?:back when|when i (?:was|used|had|did|worked|started))\b",
    rf"{LEAD}(?:[\w'-]+ ){{1,3}}(?:adds|removes|deletes|crops|mutes|trims|normali[sz]es|inserts|exports)\b",
    rf"{LEAD}(?:(?:you|they) know )?(?:i|you|they|one) could [^,]*\bbut\b",
    rf"{LEAD}i (?:ought to|should)(?: \w+)? {DO}\b",
    r"\b(?:one of these days|at some point|sooner or later|when i (?:have|find|get) (?:the )?time)\W*$",
    rf"{LEAD}(?:i|we) (?:think|feel|believe|guess|suppose|find|reckon)(?: like)?(?: that)? (?:the|this"
    r"|that|it|your)\b[^,]*"
    rf"\b(?:works?\W*$|(?:is|are|looks?|sounds?|feels?)(?: \w+)? {FINE}\b)",
    rf"{LEAD}(?:i|we|i'm|we're|i'd|we'd)(?: \w+)? (?:doubt|afraid|worry|worried|fear|scared|hate"
    r"|be sad|sad|regret|dread)\b",
    rf"{LEAD}(?:i|we)(?:'d| would)? (?:rather|prefer)(?: \w+)? (?:no|not|without|none)\b"
    r"|\bprefer (?:it )?if you (?:left|didn't)\b",
    rf"{LEAD}(?:[a-z-]+ ){{1,4}}(?:isn't|aren't|is not|are not|ain't|not)(?: really| even)? (?:needed"
    r"|necessary|required|wanted)\b",
    rf"{LEAD}(?:neither|nor)\b|{LEAD}(?:such|what) an?\b[^?]*$",
    rf"{LEAD}(?:love|loved|loving|liked|enjoyed|adore|hated|hate) (?:the|this|that|these|those|your|my"
    r"|how|it)\b",
    rf"{LEAD}(?:really |very |super )*{FINE} (?:cut|fade|zoom|crossfade|crop|transition|title"
    r"|edit)\b(?= (?:at|there|on|in)\b|\W*$)",
    # what is taken back, and what nobody wants
    r"\b(?:scrap|drop|forget|ditch|cancel|abandon|kill|leave|bin|toss|park|shelve) (?:the|that|my|this"
    r"|about the"
    r"|about that) (?:whole )?(?:idea|plan|thought|request|suggestion)\b",
    rf"{LEAD}(?:please )?(?:forget|ignore|disregard) (?:what|everything|anything|all) (?:i|we)\b",
    rf"{LEAD}(?:please )?(?:forget|ignore|disregard|scrap|skip|drop) (?:about )?(?:it\W*$|(?:my|the"
    r"|that|this|those) (?:[a-z-]+ )?"
    r"(?:thing|idea|suggestion|comment|request|plan|part about|bit about|earlier|previous|note)\b"
    rf"|{DOING}\b)",
    rf"{LEAD}(?:please )?forget (?:about )?(?:the|my|that|this)\b(?!{WHERE})",
    rf"{LEAD}(?:not (?:now|yet|today)|hold (?:off|on|your)|let'?s (?:just )?(?:wait|hold|leave|not"
    r"|postpone|skip|revisit|think)|we'?ll wait)\b",
    r"\b(?:we're|i'm|we are|i am) not (?:doing|going|adding|using|cutting|keeping) (?:that|with|it|to)\b",
    rf"{LEAD}never ?mind\b(?! that\W*$| the last)",
    rf"{LEAD}(?:nobody|no one|no-one) (?:wants?|likes?|asked|needs?|reads|cares)\b(?!{WHERE})",
    r"\bthe last thing (?:i|we|you|anybody) (?:want|need)s?\b|\bneedn'?t\b|\bunder no circumstances\b"
    r"|\bno way\b|\bcan wait\b|\b(?:can|could|will|should|may) (?:come|happen|follow|be (?:done|added)"
    r"|go in) later\b"
    r"|\b(?:came|turned|come) out [^,;.]* in (?:the|my) (?:other|last|previous|old)\b",
    rf"{LEAD}(?:i|we) (?:refuse|decline|disagree|regret)\b",
    # praise and opinions
    rf"{LEAD}(?:(?:many |no |big )?thanks?|thank you|thx|cheers|props|kudos)(?: so much| a lot| again"
    r"| a ton)? for \w",
    rf"{LEAD}(?:good|great|nice|excellent|amazing|awesome|fantastic|lovely|solid|well) (?:job|work"
    r"|call|choice|done)\b",
    rf"{LEAD}(?:i|we|i'm|we're) (?:really |just |absolutely |so |actually )?(?:loved?|liked?"
    r"|enjoy(?:ed)?|happy with"
    r"|glad|impressed) (?:how|that|the way|what|your|when|you)\b",
    rf"{LEAD}(?:the|that|this|your|those|these) (?:[a-z-]+ ){{1,4}}?(?:(?:at|from|in"
    r"|around) )?(?:(?:the )?‹[tre]:[^›]*› "
    r"|[\d:]+ )?(?:is|are|looks?|sounds?|feels?|works?|turned out|came out) (?:really |so |very "
    r"|pretty |just |quite "
    rf"|already |all )*{FINE}\b(?! for\b)",
    rf"{LEAD}{SOMEBODY} (?:\w+ly |always )?(?:wants?|asked for|needs?) (?:his|her|their|hers|theirs)\b",
    rf"{LEAD}{SOMEBODY} (?:really |always |never |absolutely )*(?:hates?|loves?|likes?|dislikes?"
    r"|prefers?|liked|loved"
    rf"|hated)\b(?!{WHERE})",
    # how it is already
    r"\b(?:original|source|footage|recording|file|video|clip|it|this|that) already (?:has|had|comes"
    r"|contains|includes)\b",
    rf"{LEAD}there(?:'s| is| are| was| were) already\b",
    # conditions that are not met, or are for another time
    rf"{LEAD}if [^,]*\b(?:was|were|had|wanted|could|ever)\b[^,]*,? (?:then )?(?:i|we)(?:'d| would"
    r"| could| might)\b",
    rf"{LEAD}(?:i|we)(?:'d| would) (?:only |maybe |probably )?{DO}\b[^,]*\bif (?:it|the|this|there|i|we) "
    r"(?:was|were|had)\b",
    rf"{LEAD}(?:unless|until) (?:i|we)\b|{LEAD}(?:only )?{DO} [^,]*\b(?:if|when|once) i (?:ask|say"
    r"|tell)\b",
    rf"{LEAD}when i say\b",
    r"\b(?:in theory|theoretically|hypothetically),? (?:i|we|you|one|it)\b|\bfor another day\W*$",
)
TELLS_ZH: Final = any_of(
    r"^[\s,.]*(?:上次|上周|上回|上个月|上[一]?期|去年|昨天|前天|以前"
    r"|当时)[^,，把]{0,8}?(?<![给帮让])(?:我|我们)(?!想|要|需要|希望|的)",
    r"(?:幸好|幸亏|还好(?=[我你他她它没有])|好在|居然|竟然|没想到|害得?我|不小心|我(?:有点)?(?:怕"
    r"|担心)|舍不得|真希望当(?:时|初)|真后悔)",
    r"^[\s,.]*(?:我|你|他)?(?:总有一天|哪天|早晚|迟早)",
    r"(?:下次|以后|回头|晚点|待会�?|之后|改天)再(?:说|议|弄|看|加|想|讨论)|(?:先|再)?(?:放一放|缓一缓"
    r"|等一等)[。.]?$|(?:不急|无所谓|随意"
    r"|没意义|不重要|没关系)[。.]?$",
    r"^[\s,.]*(?!你)[^,，把]{1,6}会(?:自动|自己)|^[\s,.]*(?:手机|相机|平台|系统|软件|OBS"
    r"|obs)[^,，]{0,6}(?:自动|已经)",
    r"^[\s,.]*[\u3400-\u9fff]{0,4}(?:生|师|员|们|方|友|板|哥|姐|弟|妹|妈|爸|人|导|总|户|伴|队|司|团|主"
    r"|我们|咱们)[^,，请想要能可让]{0,6}(?:把|给)[^,，]+[掉了]了?"
    r"(?=[,，。.]|$)",
    r"^[\s,.]*[^,，]{1,10}(?:师|人|们|友|我)(?:总|总是|老|都|一直|经常|每次)(?:会|在"
    r"|是)?[^,，]{0,6}(?:剪|删|加|调|用|做|配)",
    r"(?:是|都是|被)(?:压|烧|剪|删|加|调|静音|裁)[^,，]{0,4}的$|我(?:记得|印象)",
    r"(?:很|挺|真|好|太|超|特别|非常|最)(?:喜欢|棒|好看|不错|顺|自然|赞|漂亮|舒服|完美|到位|合适|满意"
    r"|爱)(?:了|啊|的|呀|哦)?[。.!]?$"
    r"|(?:刚好|刚刚好|正好|正合适|完美|没问题|正是我想要的)[。.!]?$",
    rf"^(?!{WHERE})[\s,.]*(?:我觉得|感觉|觉得)?[^,，剪删加去调配放改做来用导]{{1,8}}(?:也行|也可以"
    r"|也挺好|也很好|更好|比较好|就挺好|就很好"
    r"|不太?确定|没必要|不需要|不必要|用不着)[。.]?$",
    r"没(?:有)?(?:音乐|字幕|标题|水印|转场)(?:也|更|就|反而)(?:行|好|挺好|可以)",
    r"^[\s,.]*(?:我觉得|我感觉)[^,，剪删加调]{1,8}(?:可以|还行|挺好|不错|没问题|不用改)[。.]?$",
    r"(?:好像|似乎|看来|貌似|看样子|显然)(?!.*(?:有点|太|偏|不够|不太))[^,，]*了",
    r"^[\s,.]*谁会?(?:会|要|想|能|愿意)",
    r"^[\s,.]*(?:他们?|她们?|有人|客户|老板)(?:都)?想要[^,，]*[,，]但",
    r"^[\s,.]*我更(?:想要|喜欢|偏向)[^,，]*(?:没|无|不)",
    r"了[,，](?:我)?(?:觉得)?(?:挺好|很好|真好|不错|太好了|棒极了|辛苦了|很满意)[。.!]?$",
    r"^[\s,.]*我也?(?:可以|能)[^,，]*[,，]但",
    r"(?:早就|早已|已经|我都|你都)(?:自己|手动)?(?:把[^,，]{1,8})?(?:剪|删|去|加|静音|导出|调|改|做|裁"
    r"|转|配|放)[掉好完过了上]*了[^,，吗]{0,6}$",
    r"是(?:我|你|他|她|他们|谁|[^,，。是不]{1,6}?)?(?:昨天|之前|上周|刚才|自己"
    r"|后来)?(?:[^,，。是不]{0,6})(?:剪|删|加|配|调|做|裁|静音|放)[掉好完上]*的[。.]?$",
    r"^[\s,.]*(?:上次|上周|上回|上个月|去年|昨天|前天|那天|以前|当时|当初|刚才|刚刚|之前|早上"
    r"|昨晚)(?:我们?|你们?|他们?|她|咱们?|有人|老板"
    r"|客户|外包|剪辑师?|编辑|朋友|同事|[\u3400-\u9fff]{2,4}(?=把|给|说))",
    r"^[\s,.]*(?:我|我们|咱们?)?(?:以前|平时|一般|通常|往常|向来|经常|习惯|总是|往往|从来"
    r"|一向)(?:我们?|咱们?)?(?:都|会|就|只|把|是|不|没"
    r"|剪|加|删|导)",
    r"^[\s,.]*(?:我|本来|原本)(?:是)?(?:本来|原本)?(?:想|打算|准备|要)(?:让你|叫你"
    r"|请你)?[^,，]*(?:来着|的)$|^[\s,.]*(?:本来|原本)(?:我)?(?:是)?想",
    r"来着[。.]?$",
    r"(?:他们?|她们?|人家|对方|别人|剪辑师|外包|客户|老板|同事|朋友|编辑|助理|团队|老师"
    r"|甲方)[^,，没不的]{0,14}(?:剪|删|去|加|调|改|做|裁|配|放|换|用|静音|加速)[掉好完上]*了",
    r"^[\s,.]*(?:如果|要是|假如|假设|换成|若)[^?？]*我(?:就|才|会|肯定|可能|一定|倒是)+[^?？]*(?:可惜"
    r"|可是|但|不过|所以|就不|不[剪改加删裁用]|算了|还是|现在)",
    r"(?:所以|就|那就|也就)(?:先)?(?:都)?(?:不[剪改加删裁用调做动]"
    r"|没[剪改加删裁用调做动])[^,，]{0,6}(?:了|吧)?[。.]?$",
    r"(?:^|[,，])[^,，]{1,8}也?是[^,，]{0,6}(?:淡[入出]|剪|删|加|静音|放大|模糊|转场)[^,，]{0,3}的$",
    r"(?:需求|文档|脚本|邮件|备注|上面|群里|消息|里面|评论|弹幕|合同|清单)[^,，]{0,4}(?:写|说|提"
    r"|要求)(?:着|了|的是|过)?[,，:：]?\s*(?:‹q:[^›]*›|∎)",
    r"^[\s,.]*(?:听说|据说|传说|听(?:人|别人|朋友)说|看到有人|有人(?:说|告诉|建议|跟我说|评论|留言|让"
    r"|问)|网上(?:有人)?(?:都)?说"
    r"|网友|大家(?:都|总|老)?是?(?:说|让|叫|在说|觉得)|别人(?:都)?(?:说|让|觉得)|评论(?:区|里)"
    r"|弹幕(?:里|都)?(?:说|在))",
    r"^[\s,.]*[\u3400-\u9fff]{2,8}(?:说|觉得|认为|建议|推荐)[^‹]{2,}(?:更好|会好|比较好|更合适|不错"
    r"|没必要|多余|不好)[。.]?$",
    r"^[\s,.]*(?!.*(?:剪|删|去掉|拿掉|静音|加|放|显示))(?![^‹∎]*(?:标题|头|尾|字|画面|屏幕|水印|角"
    r"|中间|把|title))[\u3400-\u9fffA-Za-z ]{1,10}?"
    r"(?:说|写|评论|留言|发消息|问|喊|吐槽|建议|回复)(?:的是|了|道|的|过|我)?[,，:：]?\s*(?:‹q:[^›]*›"
    r"|∎)(?!的?(?:那|这|地方|片段|部分|时候))",
    r"(?:‹q:[^›]*›|∎)(?:是|这是|就是)[^,，]{1,8}(?:说|写|想|要求|建议)的",
    r"^[\s,.]*(?:我)?(?:还)?(?:在|正)(?:想|考虑|犹豫|纠结|琢磨)(?!让你|请你)|(?:还没|没)(?:想好|决定"
    r"|考虑好|拿定)|拿不准|犹豫|纠结",
    r"^[\s,.]*(?:也许|可能|说不定|或许)?(?:我)?(?:以后|明天|改天|下次|回头|晚点|过几天|待会儿?|等会儿?"
    r"|将来|有空|周末)(?:也许|可能|我|我们|再|会)+",
    r"我(?:们)?(?:可能|也许|说不定|或许)会",
    r"^[\s,.]*(?:还是)?(?:我|让我)自己(?:来|会|去)?(?:再)?(?:剪|删|加|调|导|改|弄)|^[\s,.]*我(?:来|会"
    r"|去)(?:剪|删|加|调|导|改)",
    r"(?:想法|计划|主意|念头|打算|方案)[^,，]{0,4}(?:作废|算了|取消|放弃|不要了|搁置|打消)|当我没说"
    r"|就当没说",
    rf"^(?!{WHERE})[\s,.]*[^‹]{{1,12}}(?:算了吧?|就算了吧?|免了吧?|作罢|的事(?:先)?(?:不提|再说))[。.]?$"
    r"|^[\s,.]*(?:刚)?(?:才)?说的[^,，]{1,8}(?:不要了|算了|取消)"
    r"|^[\s,.]*(?:算了吧?|(?:让?我)?再(?:想想|想一想|考虑考虑|考虑一下))[。.!]?$",
    r"的?事情?先?(?:hold|放|缓|搁)|^[\s,.]*[^,，]{1,6}说[他她]们?的|自己就会",
    rf"没(?:有)?人(?:想|要|喜欢|爱|会|需要)(?!{WHERE})|最不(?:想|要|喜欢)|(?:我|我们|老板|客户|他|她"
    r"|粉丝|观众)(?:最|都|很|真)?(?:讨厌|烦|反感)",
    r"(?:没|没有|从没|从来没|从来没有|从未|未)(?:让|叫|要(?!的)|说(?!话)|要求|打算|想|同意"
    r"|答应)(?:过)?(?:你|要|让|想)?|(?:绝对|绝|肯定|坚决|才)不会?(?:给|把|要|让|加|剪|删|用)",
    r"(?:作废|想都别想|你敢|谁(?:让|叫|要|准|允许)你|尽量(?:别|不要|不)|不关)",
    r"^[\s,.]*(?:谢谢|感谢|多谢)(?:你|您)?(?:帮我|给我|把)?[^,，]*(?:剪|删|去|加|调|做|配)[^,，]*了",
    r"(?:剪|删|去|加|调|做|配|转|裁|切|卡)得(?:真|很|挺|太|超|非常|特别|蛮|可以|不错|好|妙|漂亮|到位"
    r"|刚好|恰到好处)+(?:好|棒|妙|漂亮|到位|自然|流畅"
    r"|干净|舒服|不错|可以)*(?:了|啊|的|呀)?[。.]?$",
    r"(?:那一?[刀下段]|那个?(?:转场|标题|字幕|放大|淡入|淡出)|这一?[刀段])(?:很|真|挺|太|非常"
    r"|特别)(?:棒|好|妙|自然|漂亮|舒服|喜欢|不错)",
    r"(?:原片|原视频|素材|视频|它|这个?|本来就|里面)(?:本来|原本|已经|早)就?有",
    r"^[\s,.]*(?:要不是|除非|等我说|我没说|我说[^,，]{1,4}的意思)|才(?:会|需要|用|值得)(?:剪|删|加|调"
    r"|导|改)",
)
DISOWNED: Final = any_of(
    r"\bbut (?:i|we)(?:'m| am|'re)? (?:really |actually |kinda |quite )?(?:like|liked|love|loved"
    r"|prefer|disagree|think it'?s fine"
    r"|don'?t|won'?t|didn'?t|haven'?t|not)\b|\bi (?:don'?t|do not) agree\b|\bnot (?:yet|now|today)\W*$"
    r"|\bso we wait\b"
    r"|\b(?:hasn'?t|haven'?t) (?:confirmed|decided|approved)\b|\bso (?:it'?s|we'?re) fine\b"
    r"|\bthinking out loud\b"
    r"|\bi(?:'m| am) (?:happy|fine|ok(?:ay)?|good) with\b|\bi(?:'m| am) against it\b|\bi disagree\b"
    r"|\bbut (?:please )?(?:don'?t|do not)\W*$"
    r"|\bjust (?:kidding|joking)\b",
    r"(?:我)?(?:不(?:太)?同意|不赞成|没同意)|还没(?:确认|决定|想好|定)|但我?(?:觉得|喜欢"
    r"|感觉)[^,，]*(?:好|行|不错|可以|喜欢)|但我?(?:还是|挺|很|更)*(?:喜欢|不想|不愿|不要)|先等等"
    r"|不用了|随口(?:一)?说|那是[^,，]{1,8}的事|(?:现在|目前|眼下|暂时)只|气死|无语"
    r"|开玩笑|我就看看|就是看看",
)
"""What takes the wish of another back."""
ORDERED: Final = any_of(
    rf"^{SOMEBODY} (?:told|asked|wants?|wanted|says?|said|suggest\w*|thinks?|reckons?|insists?"
    rf"|wrote)\b|^{QUOTE}",
    r"^[\u3400-\u9fff]{1,8}?(?:说|让|叫|要求|觉得|建议|写|留言)|^(?:‹q|∎)|我才|想法",
    rf"{LEAD}(?:i'm|i am|i was|we're|i've been|maybe|perhaps|i might|(?:i|you|they|we|one) could"
    r"|they want|you know)\b|^[^,，]{1,6}[主人员师友]把|^(?:我|要是|如果|他们|她|他|有人)",
)
