"""Whether an English sentence can be a request: what asks or tells needs a sign of one, whatever else it holds.

A sentence that begins with a question word or with a verb before its subject, that turns its subject round
later on ("are they", "should I"), or that ends with a question mark is a question unless it asks somebody to
act. One whose subject comes first is a statement, unless it says what is wanted. An order in a later clause
makes either a request again. No list of known questions is needed, only the words that ask.
"""

from __future__ import annotations

import re
from typing import Final

from nemo_lab.protocol.patterns import any_of

_LEADS: Final = (
    r"^\W*(?:(?:please|now|also|just|then|and|so|ok|okay|hey|hi|hello|nemo|maybe|perhaps|instead|but|first|next"
    r"|finally|lastly|well|right|alright|yes|yeah|yep|oh|thanks|great|cool|kindly|simply|quickly|only|still|again"
    r"|if possible|if you can|for me|btw|plus|actually|or)\b[\s,.:!-]*)*"
)
_DO: Final = (
    r"(?:add|adjust|apply|attach|balance|bleep|blur|boil|boost|bring|brighten|bump|burn|caption|cent(?:er|re)|change"
    r"|chop|clean|clear|clip(?= (?:off|out|it|the)\b)|colou?r|combine|compress|condense|convert|correct|crank|create|crop|cross ?fade|cut"
    r"|darken|deliver|decrease|delete|de-?noise|desaturate|discard|display|ditch|divide|drop|duck|dump|ease|edit"
    r"|eliminate|end|enlarge|equali[sz]e|erase|even|exclude|export|extend|extract|fade|fast|fix|flip|fit|give"
    r"|generate|get|go|grab|halve|have it|hide|highlight|include|increase|insert|isolate|join|jump|keep|kill|lay"
    r"|leave|let|letterbox|level|lighten|limit|loop|lose|lower|make|mark|master|match|merge|mirror|mix|move|mute"
    r"|nix|normali[sz]e|nuke|omit|open|output|overlay|place|play|pop|produce|protect|pull|punch|push|put|quiet(?:en)?"
    r"|raise|rearrange|reduce|redo|reframe|remove|remux|render|reorder|replace|resize|restore|reverse|revert|rip|roll"
    r"|rotate|run|save|scale|scrap|send|separate|set|sharpen|shave|shift|shorten|show|shrink|silence|skip|slap|slice"
    r"|slow|smooth|snip|soften|speed|splice|split|square|squeeze|stabili[sz]e|start|stick|stitch|stop|stretch|strip"
    r"|subtitle|swap|switch|take|throw|tighten|title|tone|toss|transcode|trash|trim|tune|turn|tweak|undo|unmute|upscale"
    r"|use|warm|widen|wipe|write|yank|zap|zoom|try|sync|watermark|bin|axe|flatten|hold|hardcode|type|stamp|weed|knock"
    r"|prune)"
)
_ORDER: Final = any_of(rf"{_LEADS}{_DO}\b(?! me (?:what|how|when|where|why|which|who)\b)")
_YOU: Final = (
    r"\b(?:can|could|will|would|can't|couldn't|won't) (?:you|u|ya|we)\b(?! (?:\w+ly |even |actually |please )*(?:see|hear|tell"
    r"|know|think|notice|remember|explain|recommend|suggest|say|advise|prefer|describe|find|spot|confirm|check"
    r"|list|clarify|teach|compare|estimate|guess|understand|handle|support|detect|recogni[sz]e|believe)\b)"
)
_REQUEST: Final = any_of(
    _YOU,
    r"\bplease\b(?! (?:tell|explain|describe|list|confirm|let me know|check|remind))|\b(?:how|what) about (?:\w+ing|an?|some|we|you)\b"
    r"|\bwhy (?:not|don'?t (?:you|we))\b|\bmind (?:\w+ing|if)\b|\blet'?s\b|\blet us\b"
    r"|\bany (?:chance|way) (?:you|we|of)\b|\b(?:can|could|may) i (?:please )?(?:get|have)\b|\bpossible to\b|\bok(?:ay)? if\b",
)
"""Asks somebody to act, in the form of a question or not."""
_WANTS: Final = any_of(
    r"\b(?:i|we)(?:'d| would| do(?:n'?t| not)?| really| just| only| also| still)* (?:want|need|like|love|appreciate|have to"
    r"|wish|gotta|must|require|should|might as well)\b(?! to (?:know|ask|understand|see|hear|check|think)| advice)",
    r"\b(?:wants?|needs?|asked for|must|has to|have to|ought to|should)\b"
    r"|\b(?:can|may|could) (?:all )?(?:go|be|come|stay|do with|use)\b|\btoo \w+|\btime to\b|\byou (?:can|could|may|should)\b"
    r"|\b(?:make|be) sure\b|\bgo ahead\b|\bnot needed\b|\b(?:would|'d) be (?:great|nice|lovely|good|cool|perfect|awesome|better)\b"
    r"|\bwouldn'?t\b|\bwould not\b|\bdon'?t need\b",
)
"""Says what is wanted, or what is bad."""
_HEDGES: Final = r"^\W*(?:(?:and|but|so|ok|okay|hey|hi|also|wait|hmm|well|just|then|or|please|now|btw|actually|no)\b[\s,]*)*"
_ASKS_FIRST: Final = any_of(
    rf"{_HEDGES}(?:what(?! about)|which|who|whose|whom|how(?! about)|why(?! not\b| don)|whether"
    r"|(?:when|where)(?! (?:i|we|he|she|they|you|it|the|there|some|no|ever|my|our|somebody|someone|nobody|no one|people)\b)"
    r"|(?:in|at|on|for|by|to|with|from|since|until|under) (?:what|which|how)"
    r"|is|are|was|were|am|does|did|has|had|should|shall|may|might|must|(?:is|are|was|were|does|did|has|have|had|should)n'?t"
    r"|do (?:i|we|you|they|the|my|these|those|people|any|all)|have (?:you|we|i|they|the|my|these|those|any|all)"
    r"|(?:can|could|will|would|won'?t|wouldn'?t|couldn'?t) (?!you\b|u\b|ya\b|we\b|do with\b|use\b|mind\b)\w+)\b(?! ?‹)"
)
_TURNED: Final = any_of(
    r"(?<!so )(?<!neither )\b(?:are|is|was|were|do|does|did|will|would|should|has|have|can|could) (?:they|it|there|he|she|i)\b(?!')"
    r"(?! (?:want|need|have|get)\b)"
)
_TELLS: Final = any_of(
    rf"(?!\W*(?:thanks?|cool)\b){_LEADS}(?:(?:because|since|although|though|last \w+|yesterday|earlier|once|sometimes|usually|normally|apparently|honestly"
    r"|in (?:my|the|our) [a-z]+(?: [a-z]+)?|back then),? )*(?:i|we|you|u|he|she|they|it|that|this|there|every(?:one|body)"
    r"|nobody|no one|some(?:one|body)|people)(?:'|n't| (?!part\b|clip\b|bit\b|section\b|video\b|one\b|time\b))",
    rf"{_LEADS}(?:the|my|our|your|a|an|his|her|their|some|all|every|most|these|those|this|that|one)"
    r" (?:(?!and\b|to\b|at\b|from\b|with\b|for\b)[\w'-]+ ){1,3}?(?:(?:at|from|in|of|on|between|to|and|the|‹[^›]*›) ?(?:\w+ )?){0,4}"
    r"(?:already |just |also |always |usually |never |once )?(?:is|are|was|were|has|had|have|did|does|do|will|would|might|may|got"
    r"|looks?|sounds?|feels?|seems?|said|says|told|thinks?|thought|went|came|kept|made|took|gave|wrote|suggested"
    r"|adds?|hates?|loves?|likes?|prefers?|works?|shows?|deleted|removed|cut|(?:is|are|was|were|does|did|has|had|wo)n't)\b"
    r"(?! (?:be|out|off)\b)",
)
"""Begins with its subject."""
_JOINT: Final = re.compile(r"[,;:](?!\d)\s*|\b(?:and|so|then|but)\b|\s[-–—]+\s|…|\.{2,}|(?<=[?.!])\s", re.I)

_AFRESH: Final = re.compile(r"[;?]|[.!]\s|,? \b(?:so|then)\b", re.I)

_FORBIDS: Final = any_of(
    rf"{_LEADS}(?:you )?(?:(?:absolutely|definitely|really|ever|under no circumstances|i said) )*(?:don'?t|do not|never|no need to"
    r"|not to|avoid|refrain from|stop(?= \w+ing)|let'?s not|(?:must|should|need)(?: not|n't)|no \w+ing)"
    rf" (?:you |ever |even |dare |bother |go |start |just |actually |to |and )*(?!keep|leave|let|have|go\b|include|exceed|hold|get\b|make\b){_DO}"
)


def interrogates(text: str) -> bool:
    """Whether a text asks to be told something, and orders nothing after it."""
    if _ASKS_FIRST.search(text):
        return not any(_REQUEST.search(piece) or _ORDER.search(piece) for piece in _AFRESH.split(text)[1:])
    if text.rstrip(" .!…\"'").endswith("?"):
        return not (_REQUEST.search(text) or _ordered(text))
    return bool(_TURNED.search(text)) and not (_REQUEST.search(text) or _ordered(text))


def tells(text: str) -> bool:
    """Whether a text only tells something: its subject comes first, nothing is wanted and nothing ordered."""
    return bool(_TELLS.search(text)) and not (
        _REQUEST.search(text) or _WANTS.search(text) or _ordered(text)
    )


def forbids(text: str) -> bool:
    """Whether a clause says what is not to be done, and orders nothing besides."""
    return bool(_FORBIDS.search(text)) and not any(
        _ORDER.search(piece) or _REQUEST.search(piece) for piece in _JOINT.split(text)[1:]
    )


def _ordered(text: str) -> bool:
    """Whether a clause begins as an order does."""
    return any(_ORDER.search(piece) for piece in _JOINT.split(text) if piece)


def begins_as_order(text: str) -> bool:
    """Whether the first words order something."""
    return bool(_ORDER.search(text))
