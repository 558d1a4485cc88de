"""What questions look like that do not begin with a question word."""

from __future__ import annotations

from typing import Final

from nemo_lab.protocol.export_words import any_of
from nemo_lab.protocol.mood_words import DOING

WONDERS: Final = any_of(
    r"\b(?:by|at|in|for|from|since|until|to|on|with|under) (?:how|what|which|when)\b(?! ‹)",
    r"^[\s,.]*(?:would|should|could|will) (?:an?|the|some|more|less|it|that|this|these|those|my|"
    + DOING[3:-1]
    + r")\b",
    r"^[\s,.]*(?:would|do|did|should) you (?:personally |ever |really )?(?:recommend|suggest|say"
    r"|advise|prefer|consider"
    r"|rather|like it|choose|pick)\b",
    r"^[\s,.]*(?:(?:i'm|i am|was|just|quick|one|a|another|so|hey|ok|okay|i) ?)*(?:curious"
    r"|just checking|asking for"
    r"|quick question|question)\b",
    r"\b(?:have|got) (?:a|one|some|another) (?:quick )?questions?\b",
    r"^[\s,.]*(?:so |and |but |ok )*(?:i|we)(?:'d| would| do)?(?: just| really| only)? (?:like to know"
    r"|want to (?:know"
    r"|understand|ask|find out|see (?:if|whether))|need to know|need (?:some |your |an? )?(?:advice"
    r"|opinion|thoughts|tips)"
    r"|can'?t (?:decide|tell)|don'?t (?:know|understand)|wonder(?! if (?:you|we))"
    r"|was wondering (?!if (?:you|we))"
    r"|(?:have )?no idea)\b",
    r"^[\s,.]*(?:i'm )?(?:not sure|unsure|undecided|torn|no idea|any (?:reason|thoughts|idea|opinion"
    r"|tips|advice))\b"
    r"(?! why)(?!.*\bcan you\b)",
    r"^[\s,.]*(?:let me (?:know|think|check|see)|tell me|remind me|what do you think|count|list|find out)\b"
    r"(?! when)",
    r"^[\s,.]*(?:suppose|supposing|hypothetically|assuming|imagine|say)\b(?=.*\b(?:how|what|would|will"
    r"|which|where)\b)",
    r"^[\s,.]*(?:if|in case|before|after|once|when)\b[^?]*, ?(?:then |so )?(?:would|will|does|do (?:i"
    r"|we|you)|is|are|did"
    r"|how (?!about)|what (?!about)|where|which|who|why (?!don)|can i|could i|should|has)\b",
    r"有个[^,，]{0,10}(?:问题|疑问)|^[\s,.]*(?:教教?我|告诉我|提醒我|列出|列一下|数一?[下数]|统计"
    r"|查一?[下查]|看看|给我讲|科普)(?!‹)",
    r"^[\s,.]*这(?:个|样|一步)?(?:还)?(?:能|可以)撤销|(?:第|到|快|有|用|放|调|剪|占)几(?:个|秒|分|倍"
    r"|条|段|次|档)",
    r"(?:谁|哪位)[^,，]{0,10}的[。.?]?$|几(?:倍|秒|分钟|兆)[?]?$",
    r"[吗么]还是|(?:会不会|能不能).*影响|^[\s,.]*(?:如果|要是|假如|假设|万一)[^?？]*(?:放哪|在哪|哪里"
    r"|怎么|多[长久少大]|会怎|如何|几[秒分])",
)
CURIOUS: Final = any_of(
    r"^[\s,.]*(?:do|does|did) (?!(?:not|the same|an?|it|that|this|me) )[a-z]+ [^?]*[?]\s*$",
    r"^[\s,.]*(?:will|would|do|can|did) you [^,]*\b(?:anything|any of)\b[^,]*(?:\bif\b|\bwhen\b|[?]\s*$)",
    r"能(?:不能)?(?:看|听)(?:出|到|见)|有(?:意义|影响|用|必要|区别)[吗么]|好还是[^,，]{1,12}好",
    r"^[\s,.]*(?:i'm |i am |was )?(?:just |only )?(?:curious|checking)\b",
    r"^[\s,.]*(?:我|就|只是|我就|我只)*(?:想知道|想了解|想问|好奇|需要知道|不知道|不确定|不清楚|不明白"
    r"|不懂|搞不懂|想确认)(?!.*(?:帮我|麻烦))",
    r"^[\s,.]*(?:随便|就|只是|想|我)*(?:问问|问一?[下句]|确认一?下|打听)(?!.*(?:帮我|麻烦))",
    r"^[\s,.]*(?:随便|就是?|只是)问|^[\s,.]*(?:这|那|它|你们|咱们)?(?:个|款|套)?(?:软件|工具|应用|程序"
    r"|平台|系统|app|东西|功能|版本)[^,，]{0,4}"
    r"(?:能|可以|会|支持|能不能|可不可以)",
)
DECLARES: Final = any_of(
    r"^[\s,.]*(?:so |and |but |wait,? |ok(?:ay)?,? |then |hmm,? |also )*(?:the|my|your|our|it|this"
    r"|that|these|those|you|they"
    r"|there|we|i|all|he|she|nothing|everything|both)\b[^?]*\b(?:is|are|was|were|'s|'re|did|do|does"
    r"|has|have|had|will|'ll|would|can|could"
    r"|should|might|looks?|sounds?|goes?|stays?|gets?|removed|added|cut|muted)\b[^?]*[?]\s*$",
    r"^(?!.*(?:好|行|可以|成|要不|不如|把|帮|给我)[^,，]*$)[^?]*(?:(?:了|的|过|着)|(?:会|有"
    r"|是)(?:‹[^›]*›|[^?？,，]){0,8})吧?[?？]\s*$",
)
"""A statement with a question mark ("the captions will be burned in?")."""
ASKS_TO: Final = any_of(
    r"\b(?:can|could|would|will) (?:you|we|u)\b(?! (?:recommend|suggest|say|advise|prefer|consider"
    r"|rather))|\bplease\b"
    r"|\b(?:i|we) (?:want|need|would like)\b(?! to know| advice)|\b(?:i|we)'d (?:like|love)\b(?! to know)"
    r"|\blet'?s\b|\bhow about\b|\bwhy don'?t\b|\bshould be\b",
    r"帮我|麻烦|请(?!问)|把|给我|能不能|能否|可不可以|要不|不如",
)
