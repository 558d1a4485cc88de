"""Where a sentence divides, and what a piece of it can be: the patterns of :mod:`splitting` and"
" :mod:`pairs`."""

from __future__ import annotations

import re

from nemo_lab.engine.understand.marks import words

HARD = words(
    r"[;!\n]+|[?]+|\.(?=\s|$|[^\x00-\x7f])",
    r"\b(?:,? ?and then|,? ?then|after that|afterwards|next|finally|lastly|once (?:that|this)(?:'s"
    r"| is) done)\b,?",
    r"然后再?|接着再?|随后|接下来|之后再|完了?再|(?<![别要不的])再(?=[把将给加剪导去删配调放])",
)
SOFT = words(
    r",? ?\b(?:and also|and|plus|also|as well as|but also"
    r"|(?<!everything )(?<!anything )(?<!nothing )(?<!all )but|while also|along with|together with)\b|,| & "
    r"|\+(?= )|(?<=[\u3400-\u9fff›])\+(?=[\u3400-\u9fff])",
    r"、|并且|(?<![合吞兼])并(?![排列购])|同时|以及|还有|还要|(?<![饱温柔暖])和(?![平谐缓弦声])"
    r"|(?<![以涉])及(?!时|以)"
    r"|(?<![参])与(?!众)|(?<![紧])跟(?![踪随拍着])|但是?|不过|最后(?!‹|的‹|那‹|面|一[段个])"
    r"|后(?=导出|下载|渲染|加|添加|再)|(?<![别要不])再(?!切一刀|剪一刀"
    r"|[剪删][掉除]?‹t)(?![见次现大小快慢亮暗高低长短多少轻响暖冷])",
    r"(?=\b(?:without(?! crop)|instead of|rather than|except(?: (?:for|in|at|from|during|the))* ‹"
    r"|leaving ‹))"
    r"(?<!everything )(?<!all )(?<!anything )",
)
LEAD = words(
    r"^[\s,.]*(?:please |now |also |just |can you |could you )*(cut out|take out|take|shave|knock"
    r"|get rid of|speed up"
    r"|slow down"
    r"|fade|mute|add|put|insert|remove|delete|cut|trim|drop|keep|burn in|burn|show|"
    r"display|use|make it|make|set|blur|brighten|increase|decrease|reduce|raise|lower|strip"
    r"|split(?: it)?(?: at)?|snip|chop|lose|ditch|erase|kill|skip|bump up|turn up|turn down|turn|apply"
    r"|protect|export|save|zoom in|silence|no)\b",
    r"^[\s,.]*(?:请|先|再|就|顺便|麻烦|帮我|把|将|给视频|给)*(只保留|只留下?|留下|剪掉|剪去|删掉|删除|删去"
    r"|去掉|去除|移除|添加"
    r"|加上|加入|加|插入|静音"
    r"|保留|模糊|提高|降低|调整|截取|放慢|加速|导出|[剪删去](?=‹))",
)
TAIL_ZH = re.compile(
    r"(?:都|全部|全|一起|统统)?((?:剪|删|去|移|裁|切)(?:[掉除去了]+|一下)|静音|保留|模糊|加速|放慢"
    r"|快进|淡[入出]"
    r"|不要(?:了)?|调[亮暗大小高低])(?![^‹]*(?:[删剪撤去][掉除]|不要))[^‹]{0,4}$"
)
PRONOUN = words(
    r"\b(?:nobody|no one) (?:needs|wants) (?:it|that|this)\b",
    r"\b(?:them|those|these|it out|that out|it off|that off)\b",
    r"\b(?:remove|cut|delete|lose|drop|kill|ditch|trim|skip|chop|scrap|axe|bin|take out|get rid of) (?:it"
    r"|that|this)\b",
    r"^[\s,.]*(?:就|都|全部?|统统|可以)*(?:不要|不需要|不用留)(?:了|吧|掉)*[\s,.?]*$",
    r"^[\s,.]*(?:请|帮我|给我|麻烦|都|全部|把[它这那])*(?:[剪删去清裁]|处理)[掉除了一下]*(?:吧"
    r"|掉)?[\s,.?]*$",
)
THING = words(r"^[\s,.]*(?:the|my|its|those|these|that) (?:\w+ )?\w+")
"""What is there already is named by a noun, though "blur" and "zoom" are verbs, too."""
STATE = words(r"^[\s,.]*(?:把|将)?(?:静音|没有?声音|安静|无声|没有?人?说话|silent|quiet)的?$")
REST = words(
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
VOID = words(
    r"^[\s,.]*(?:can you |could you )?(?:please )?(?:fix|sort|handle|correct|adjust|change|do|solve) (?:it"
    r"|that|this)(?: out)?(?: for me)?(?: please)?[\s.!]*$",
    r"^[\s,.]*(?:之后|后面|然后|接着|其[他它余])?再?(?:恢复|回到|变回)(?:正常|原速|原样)(?:速度)?[\s.]*$",
    r"^[\s,.]*(?:请|帮我|麻烦|给我|你|能不能|可以|能)*(?:统一|处理|压缩|精简|调整?|弄|搞|改|修|解决"
    r"|整理?)(?:一下|下)?(?:吧|呗|吗|谢谢"
    r"|一下)*[\s.!]*$",
)
ITS = words(
    r"^[\s,.]*(?:then |also )?(?!undo|export|render|save|download)\w+(?: \w+)? (?:it|them|that|him"
    r"|her)(?: (?:out|away|too|up|please))?[\s.!]*$",
    r"^[\s,.]*(?:再|然后)?(?:把|给|将)(?:它|他|她|那里|那个)[^,]{1,6}$",
)
"""An object that only the clause before knows."""
NUMBER = re.compile("‹[pdx]:")
ENDS_PLACED = words(r"(?:(?:from|between|in|for|during) )?‹[re]:[^›]*›[\s.]*$")
BARE = words(
    r"^[\s,.]*(?:please |just )?(?:mute|cut|delete|remove)[\s,.]*$",
    r"^[\s,.]*(?:就|直接|请|帮我"
    r"|都)*(?:静音|消音)(?:掉|吧|处理)*[\s,.]*$",
)
"""A verb and nothing that it is done to."""
OF_IT = words(
    r"^[\s,.]*(?:please |just |so |can you |could you )*\w+ (?:it|that|them|this)\b|^[\s,.]*(?:把"
    r"|给|将)它"
)
BA = re.compile(r"^[\s,.]*(?:请|帮我|先)*(?:把|将)?")

REMARK = words(
    r"^[\s,.]*(?:(?:because|'?cause|cuz|since|as (?:it|there|i|my|the|he|she|we|they))\b|(?:there|it|that"
    r"|this|he|she|they|we|you)"
    r"(?:'s|'re| is| was| are| were| has| had| looks?| sounds?| kept| keeps)\b|(?:my|the|our|his|her|a"
    r"|some) "
    r"(?:\w+ ){1,3}?(?:is|was|are|were|kept|keeps|went|came|walked|called|rang|looks?|sounds?)\b"
    r"|(?:my|the|our|his|her|a|an|some|one|another|someone|somebody|he|she|they|people|students?"
    r"|everyone|kids?|it)"
    r"(?: (?!and\b|to\b)[a-z'-]+){0,3}? (?:says?|shows?|showed|walks?|walked|talks?|talked|talking"
    r"|enters?|entered|knocks?|knocked"
    r"|coughs?|coughed|sneezes?|sneezed|barks?|barked|rings?|rang|drops? (?:something|it|my)|appears?"
    r"|comes|came|gets?"
    r"|happens?|happened|mentions?|mentioned|swears?|swore|laughs?|laughed|reads? (?:out|her|his|my)"
    r"|speaks?|spoke"
    r"|asks?|asked|falls?|fell|flies|passes|passed|interrupts?|interrupted|messes|messed|fumbles?"
    r"|fumbled|struggles?"
    r"|waits?|waited|forgets?|forgot|joins?|joined|leaves?|left|told|goes|went|calls?|called)\b(?! to be)"
    r"|i (?:was|am|'m) (?:just |still )?\w+ing\b"
    r"|i (?:just |accidentally |kinda )?(?!need|want)(?:\w+ed|swore|fell|spoke|lost|ran|went|took|left"
    r"|broke|spilled)\b"
    r"|i(?:'m| am| was|'ve| have| had| said| say| messed| forgot| got| think| guess| hate| know"
    r"| don'?t (?:need|want"
    r"|like) (?:it|that|this))\b|nothing else\b|(?:the )?rest (?:can |should )?(?:stays?|is|normal)\b"
    r"|(?:it|that|there|he|she|they|we|you) (?:do|did|does|is|was|were|had|has|have|ca|could|would"
    r"|wo)(?:n'?t| not)\b"
    r"|i (?:did|could|was|ca)(?:n'?t| not)\b"
    r"|nothing (?:happens?|is|was|'s|much|interesting)\b|lol\b|lmao\b"
    r"|thanks?\b|thank you|thx|sorry\b|cheers\b|haha|please\b$|pls$|if (?:you can|possible|that'?s ok))",
    r"^[\s,.]*(?:好|行|可以|成|中|ok|没问题)(?:吗|么|不|吧|嘛|不[好行])?[\s?.!]*$",
    r"^[\s,.]*(?:因为|由于|有(?:密码|人|广告|电话|我)|那里?是|那段|里面|我(?:说|在|当时|不小心)"
    r"|太\S{1,3}了$|谢谢|麻烦了"
    r"|拜托|哈哈|其[他它](?:的|部分)?(?:不变|正常|照旧|别动)|不然|省得|免得)",
)
"""Says why, or nothing at all."""
PLACED = re.compile(
    r"^[\s,.]*(?:from |between |at |in |在|从)*((?:‹[re]:[^›]*›(?:、|和|及|, ?| and "
    r"| & )*)+)(.*)$",
    re.I | re.S,
)
ONLY_MARKS = re.compile(r"^[\s,.]*(?:‹[re]:[^›]*›(?:、|和|及|与|, ?| and | & )*)+$", re.I)
SHORT = words(r"^[\s,.]*(?:放大|调大|调小|大|小|响|轻)一?[点些下]吧?[\s.]*$")
"""Said of a sound after a complaint about it, though it could be said of a picture."""
INSTEAD = words(r"\binstead\b|\brather\b|^[\s,.]*just\b", r"^[\s,.]*(?:改成?|改为|而是|换成|只)")
ONLY_TIME = words(
    r"^[\s,.]*(?:at|around) ‹t:[^›]*›$",
    r"^[\s,.]*(?:在|到)?‹t:[^›]*›(?:处|的?时候|的?地方|的?位置|那里|这里|左右|时)$",
)
LISTED = words(r"(?<![\w.])\d{1,2}$|第[一二三四五六七八九十\d]{1,2}[个段]?$")
GOES_ON = words(r"^\d{1,2}(?![\w.:])|^第?[一二三四五六七八九十\d]{1,2}[个段]?的?(?:$|顺序)")
COMPLAINT = words(
    r"\b(?:way|much|far|a lot|so) (?:louder|quieter|softer|darker|brighter|slower|faster)\b",
    r"\btoo (?:\w+)\b|\b(?:is|are|sounds?|looks?|it'?s) (?:so |very |really |a bit |kinda |way )?(?:quiet"
    r"|loud|dark"
    r"|bright|slow|fast|long|low|soft|flat|upside|sideways|tilted|mirrored|washed|pale|faded|dim|grainy"
    r"|noisy|shaky|dull)\b|\b(?:barely|hardly|can'?t|cannot) (?:\w+ )?(?:audible|hear|see|visible)\b"
    r"|\binaudible\b|‹w:u",
    r"太|有点|偏|倒着|倒了|[^,]反了?$|反着",
)
WHERE = words(
    r"^[\s,.]*(?:but )?(?:(?:it|that|this|which)(?:'s| is| runs| goes) )?(?:only|just)? ?(?:for|from"
    r"|between|during|in|at"
    r"|on)? ?(?:the )?‹[re]:[^›]*›(?: (?:part|bit|only))?[\s.]*$",
    r"^[\s,.]*(?:但|不过)?(?:只|仅|就)?(?:要?在|限于?|是)?‹[re]:[^›]*›(?:这一?段)?(?:就行|就好)?[\s.]*$",
)
FACTOR_FIRST = words(r"^[\s,.]*‹x:[^›]*›(?: speed)? (?:from |between |for |in |at )?‹[re]:")
""""3x from 5 to 7 minutes": the factor is the verb."""
