"""What a sentence says beside the wish: why a stretch is bad, and what "what comes before" points to."""

from __future__ import annotations

from nemo_lab.engine.understand.marks import words

_WHY = words(
    r"(‹[re]:[^›]*›)(?: (?:part|bit|section|stretch|piece|of it))?,? (?:where|when|in which|because|since"
    r"|cause|cuz|'cause"
    r"|which is|which was|that is|that was|while i(?:'m| was| am)|as i(?:'m| was| am)) (?!‹)"
    r"(?:(?! (?:and|then|but) (?:then |also )?(?:cut|add|export|remove|make|mute|fade|put|trim|speed|keep"
    r"|delete|turn|give)\b)"
    r"[^,;.!?‹])*"
)
_WHY_ZH = words(
    r"(‹[re]:[^›]*›)(?:里|都是|全是|是|我们?|他们?|她|大家|有人|主播|老师)(?:都|全|一直|还)?在?"
    r"[^,，;。‹剪删去留静加快慢调放模]{1,12}的?(?:那|这)?(?:一?段|部分|地方|片段|内容)?(?=[剪删去都全留静])"
)
_BEFORE = words(
    r"\b(?:starts?|begins?|kicks? off|is|comes?)\b[^.;!?‹]{0,20}?(?:at|around"
    r"|from) (‹t:\d+#\d+›)[^‹]*?\b(cut|remove|delete|drop|trim|lose|skip|chop)\b"
    r"(?: (?:out|off))? (?:what|everything|anything|all|whatever|the (?:part|bit|stuff"
    r"|rest))(?: (?:that )?(?:comes|is|was|happens|goes))? before(?: that| it| this| then)?"
)
_AFTER = words(
    r"\b(?:ends?|stops?|is over|finish(?:es)?|is done|is)\b[^.;!?‹]{0,20}?(?:at|around"
    r"|by) (‹t:\d+#\d+›)[^‹]*?\b(cut|remove|delete|drop|trim|lose|skip|chop)\b"
    r"(?: (?:out|off))? (?:what|everything|anything|all|whatever|the (?:part|bit|stuff"
    r"|rest))(?: (?:that )?(?:comes|is|was|happens|goes|follows))?(?: after(?: that| it| this| then)?)?"
)
_EARLY = (
    r"(?:top|start|beginning|front|intro\w*|opening|small ?talk|chit-?chat|chatter|preamble|waiting"
    r"|set-?up)"
)
_STARTS_LATE = words(
    rf"\b(cut|remove|delete|drop|trim|lose|skip|chop|get rid of)\b(?: (?:off|out"
    rf"|away))?[^‹,;.!?]*\b{_EARLY}\b[^‹,;.!?]*"
    r"[,;] ?(?:because |since |as |cause )?(?:i|we|it|the [a-z ]{1,20}?) (?:only |really |actually "
    r"|properly |don'?t "
    r"|doesn'?t )*(?:starts?|begins?|kicks? off|gets? going) (?:until |till )?(?:at |around "
    r"|from )?(‹t:\d+#\d+›)"
)
_STARTS_LATE_ZH = words(
    r"(?:前面|开头|开场|最前面|一开始)的?[^‹,]{0,8}?(剪掉?|删掉?|去掉"
    r"|不要了?),[^‹,]{0,8}?(‹t:\d+#\d+›)[^‹,]{0,6}?开始"
)
_BEFORE_ZH = words(
    r"(‹t:\d+#\d+›)(?:才|左右|的时候|这里|那里)*(?:真正|正式)?(?:开始|进入正题|上课|开讲"
    r"|开播)[^‹]{0,6}(?:之前|前面|前边)的?(?:部分|内容)?(?=[^‹]*[剪删去不])"
)
_AFTER_ZH = words(
    r"(‹t:\d+#\d+›)(?:左右|的时候|这里|那里|就)*(?:结束|讲完|下课|下播|说完)[^‹]{0,6}(?:之后|后面|后边"
    r"|以后)的?(?:部分|内容)?(?=[^‹]*[剪删去不])"
)


_THEN_FILE = words(
    r"(‹f:#\d+›)(?: (?:first|comes first))?,? (?:and )?(?:then|followed by|after that"
    r"|next)[ ,]+(?=‹f)"
)


_WITH_FILE = words(
    r"(‹q:[^›]*›[^,;.!?‹]*(?:‹[ter][^›]*›[^,;.!?‹]*)?) with (?:(?:our|my|the|a|your) )?(?:logo )?(‹f:#\d+›)"
)
_THAT = words(
    r"[^‹.;!?,]*(‹t:\d+#\d+›)[^‹.;!?]*?, ?(?:so |then |and |please )*((?:cut|remove|delete|drop|trim|lose"
    r"|mute|keep|skip|chop)\b[^‹,;]*?) ?\b(before|after)"
    r"(?: (?:that|then|this|it))?(?=\s*(?:$|[.!;]))"
)
_THAT_ZH = words(
    r"(?<![前后首头近])(‹t:\d+#\d+›)[^‹,]{0,10},(?:请|帮我|把|在)*(?:它|那|这|此)?(之前|以前|前面|之后"
    r"|以后|后面)的?(?=[^‹]{0,8}[剪删去不静])"
)


_DOES = r"(mute|silence|cut|remove|delete|drop|trim|skip|blur)\b(?: out)?"
_LENGTH_AT = words(
    rf"\b{_DOES} (?:about |around )?(‹t:\d+#\d+›)(?: of (?:sound|audio|it))? (?:starting )?(?:at|from)"
    r" (‹t:\d+#\d+›)(?! ?(?:to|until|till|-))"
)
_SO_LONG_AT = words(
    rf"[^‹.;!?]*\b(?:at|around|near) (‹t:\d+#\d+›),? (?:(?:[a-z']+ ){{1,6}}for |it(?:'s| is| lasts) "
    r"|lasts? |for "
    rf"|that's )?(?:about |around |roughly )?"
    rf"(‹t:\d+#\d+›)(?: long)?,? (?:so |please |just |can you |and )*{_DOES} (?:it|that|this)\b(?: out)?"
)
_SO_LONG_AT_ZH = words(
    r"(?<![前后首头近到至])(‹t:\d+#\d+›)(?:左右|那里|处)?[^‹;]{0,14}?(?:,|了|持续|响)(?:大概|大约"
    r"|差不多|有|约|长)*(‹t:\d+#\d+›)(?:左右|的样子|长)?,"
    r"(?:帮我|请|把它|就)*(剪掉?|删[掉除]?|去掉|静音|消音)(?:吧|了)?(?=$|[,.;])"
)
_ENOUGH_AT = words(
    rf"\b{_DOES}[^‹,;.!?]*? at (‹t:\d+#\d+›), ?(?:about |just )?(‹t:\d+#\d+›) (?:is enough|will do"
    rf"|should do|is fine)\b"
)
_MINUTES_IN = words(
    rf"\b{_DOES}(?: it)?,? (?:at )?(‹t:\d+#\d+›) in(?:to (?:it"
    rf"|the \w+))?,? for (‹t:\d+#\d+›)"
)
_TWO_EVENTS = words(
    r"[^‹.;!?,]*\b(?:at|around) (‹t:\d+#\d+›),? (?:and|until|then|till|but) [^‹.;!?,]{2,40}?\b(?:at"
    r"|till|until|by|around) (‹t:\d+#\d+›)"
    rf"[^‹.;!?,]{{0,30}}, ?(?:so |please |just |can you |could you |and )*{_DOES} (?:all of )?(?:it"
    r"|that|this|everything|the)"
    r"\b(?: (?:whole )?(?:bit|part|section|stretch|thing|time|in between|between))*"
)
_GO_TO = words(
    r"\b(?:go|jump|skip|scroll) to (‹t:\d+#\d+›),? (?:and |then )*(cut|remove|delete|drop"
    r"|lose) (?:everything|all|what's|whatever"
    r"|the rest)(?: that comes)? (after|before)(?: (?:that|it|this))?"
)
_AT_EACH = words(
    rf"[^‹.;!?,]*\b(?:at|around) (‹t:\d+#\d+›) and (?:at )?(‹t:\d+#\d+›)[^‹.;!?]{{0,30}}?,? (?:so |please "
    rf"|just "
    rf"|can you )*"
    rf"{_DOES} (?:about |around )?(‹t:\d+#\d+›) (?:at|of|on|from) (?:each|both|either)\b(?: of (?:them"
    rf"|those))?"
)
_AT_EACH_ZH = words(
    r"(‹t:\d+#\d+›)(?:和|、|跟|以及)(‹t:\d+#\d+›)[^‹.;!?剪删静]{0,12}?(?:都|各|分别)(静音|消音|剪掉?"
    r"|删[掉除]?|去掉|模糊)(‹t:\d+#\d+›)"
)
_AND_LENGTH_AT = words(
    r"(\bfrom ‹t:\d+#\d+› for ‹t:\d+#\d+›)(,? and|,) (?:about |another )?(‹t:\d+#\d+›)(?: more)? (?:at"
    r"|from) (‹t:\d+#\d+›)"
)
_AT_LENGTH = words(
    rf"[^‹.;!?,]*\b(?:at|around|near|from) (‹t:\d+#\d+›)[^‹.;!?]{{0,30}}?,? (?:so |please |just |and "
    rf"|then |can you |could you )*"
    rf"{_DOES} (?:(?:it|that|this) )?(?:for )?(?:about |around )?(‹t:\d+#\d+›)(?: (?:from )?(?:there|here"
    rf"|then|at that point))?"
    r"(?! ?(?:(?:to|until|till|at|from)\b|[-–—~]))"
)
_AT_LENGTH_ZH = words(
    r"(?<![前后首头近到至])(?:从|在)?(‹t:\d+#\d+›)(?:开始|起|处|的?时候|那里|那儿|的地方|有[^‹,，]{1,10}"
    r"|[^‹,，剪删去留静]{1,12}(?=[,，]))?[,，]?"
    r"(?:请|帮我|就|也|再|又|从|把|整个|画面|屏幕|那里|那儿|那边|这里|那)*(静音|消音|剪掉?|删[掉除]?"
    r"|去掉|模糊)(?:后面|之后)?(‹t:\d+#\d+›)(?!到|至|-"
    r"|~|后|之后|以后|前)"
)


def pointed(text: str) -> str:
    """Return the text in which "it starts at 2:45, cut what comes before" names the time at the cut, and
    "a cough at 1:07, mute one second there" the stretch."""
    text = _MINUTES_IN.sub(r"\1 from \2 for \3", _ENOUGH_AT.sub(r"\1 from \2 for \3", text))
    text = _TWO_EVENTS.sub(r"\3 from \1 to \2", text)
    text = _GO_TO.sub(r"\2 everything \3 \1", text)
    text = _SO_LONG_AT.sub(r"\3 from \1 for \2", text)
    text = _SO_LONG_AT_ZH.sub(r"\3 from \1 for \2", text)
    text = _AT_EACH.sub(r"\3 from \1 for \4 and \3 from \2 for \4", text)
    text = _AT_EACH_ZH.sub(r"\3 from \1 for \4,\3 from \2 for \4", text)
    text = _LENGTH_AT.sub(r"\1 from \3 for \2", text)
    text = _AND_LENGTH_AT.sub(r"\1\2 from \4 for \3", text)
    text = _AT_LENGTH.sub(r"\2 from \1 for \3", text)
    text = _AT_LENGTH_ZH.sub(r"\2 from \1 for \3", text)
    text = _WITH_FILE.sub(r"\1 and add \2", _THEN_FILE.sub(r"\1 and ", text))
    text = _BEFORE.sub(r"\2 everything before \1", text)
    text = _AFTER.sub(r"\2 everything after \1", text)
    text = _STARTS_LATE_ZH.sub(r"\2之前的\1", _STARTS_LATE.sub(r"\1 everything before \2", text))
    text = _THAT_ZH.sub(r"\1\2的", _THAT.sub(r"\2 \3 \1", text))
    return _AFTER_ZH.sub(r"\1之后的", _BEFORE_ZH.sub(r"\1之前的", text))


_SO_THAT = words(
    r",? so (?:that )?(?:people|viewers|students|everyone|everybody|folks|nobody|no one|they|i|we|you"
    r"|the (?:audience|viewers|students|team|class)) (?:can|could|can'?t|don'?t|won'?t|will|know|knows|see"
    r"|hear|get)\b(?! (?:no|any) (?:reason|need|point)\b)[^‹,;.!?]*",
    r",?(?:方便|以便|好让|这样)(?:大家|观众|学生|同学们?|他们|别人|粉丝|我|人)[^‹,;.!?]*",
)
"""What a wish is good for."""
_MEANT_FOR = words(
    r"^(?:hi|hey|ok(?:ay)?|so)?[ ,]*i(?:'m| am|'d| will|'ll)? (?:want|need|like|going|plan\w*|about)?"
    r"(?: to)? ?"
    r"(?:post|upload|share|publish|put|use)(?:ing)? (?:it|this|that|the video) (?:on|to|for|in|up on)"
    r" [^,;.!?‹]{3,40}[,;.] *(?=\w)",
    r"^(?:我)?(?:要|想|准备|打算|会)(?:把它|把视频)?(?:发|上传|投|放|传)(?:布|送)?(?:到|在|给|上)?"
    r"[^,，;。‹]{2,10}[,，;。] *(?=[^ ])",
)


def without_reasons(text: str) -> str:
    """Return the text without what only tells why a named stretch is to go, or what the film is for."""
    text = _SO_THAT.sub("", _MEANT_FOR.sub("", text))
    return _WHY_ZH.sub(r"\1", _WHY.sub(r"\1", text))
