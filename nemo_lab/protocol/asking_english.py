"""Whether an English sentence can be a request: what asks or tells needs a sign of one.

A sentence that begins with a question word or with a verb before its subject, that turns its subject round
later on ("are they", "should I"), or that ends with a question mark is a question unless it asks somebody to
act. One whose subject comes first is a statement, unless it says what is wanted. An order in a later clause
makes either a request again. No list of known questions is needed, only the words that ask.
"""

from __future__ import annotations

import re
from typing import Final

from nemo_lab.protocol.patterns import any_of

LEADS: Final = (
    r"^\W*(?:(?:please|now|also|just|then|and|so|ok|okay|hey|hi|hello|nemo|maybe|perhaps|instead|but"
    r"|first|next"
    r"|finally|lastly|well|right|alright|yes|yeah|yep|oh|thanks|great|cool|kindly|only|still|again"
    r"|if possible|if you can|for me|wait|nah|\w+ly|to start with|btw|plus|actually|or)\b[\s,.:!-]*)*"
)
DO: Final = (
    r"(?:add|adjust|apply|attach|balance|bleep|blur|boil|boost|bring|brighten|bump|burn|caption"
    r"|cent(?:er|re)|change"
    r"|chop|clean|clear|clip(?= (?:off|out|it|the)\b)|colou?r|combine|compress|condense|convert"
    r"|correct|crank|create|crop|cross ?(?:fade|dissolve)|cut"
    r"|darken|deliver|decrease|delete|de-?noise|desaturate|discard|display|ditch|divide"
    r"|do(?= (?:something|your magic)\b)|drop|duck|dump"
    r"|ease|edit"
    r"|eliminate|end|enlarge|equali[sz]e|erase|even|exclude|export|extend|extract|fade|fast|fix|flip"
    r"|fit|give"
    r"|generate|get|go|grab|halve|have it|hide|highlight|include|increase|insert|isolate|jazz|join|jump"
    r"|keep|kill|lay|liven"
    r"|leave|let|letterbox|level|lighten|limit|loop|lose|lower|make|mark|master|match|merge|mirror|mix"
    r"|move|mute"
    r"|nix|normali[sz]e|nuke|omit|open|output|overlay|place|play|pop|produce|protect|pull|punch|push"
    r"|put|quiet(?:en)?"
    r"|raise|rearrange|reduce|redo|reframe|remove|remux|render|reorder|replace|resize|restore|reverse"
    r"|revert|rip|roll"
    r"|rotate|run|save|scale|scrap|send|separate|set|sharpen|shave|shift|shorten|show|shrink|silence"
    r"|skip|slap|slice"
    r"|slow|smooth|snip|soften|speed|spice|splice|split|square|squeeze|stabili[sz]e|start|stick|stitch|stop"
    r"|stretch|strip"
    r"|subtitle|swap|switch|take|throw|tidy|ad|be so kind as to|tighten|title|tone|toss|transcode"
    r"|trash|trim|tune|turn|tweak|undo|unmute|upscale"
    r"|use|warm|widen|wipe|write|yank|zap|zoom|try|sync|watermark|bin|axe|flatten|hold|hardcode|type"
    r"|stamp|weed|knock"
    r"|prune|double|triple|download|downscale|summari[sz]e|sum|e-?mail|break|reset|redact|filter|lift"
    r"|pixelate|slam|finish|pad"
    r"|slide|glue|conform|time-? ?lapse|auto-?cut|auto|dip|super|text|reformat|be so kind as to"
    r"|remember|feel free|don'?t forget|forget to"
    r"|burst|undo|nah undo|begin|open|pick|choose|cap|same as)"
)
_ORDER: Final = any_of(
    rf"{LEADS}{DO}\b(?! me (?:what|how|when|where|why|which|who)\b)",
    rf"\b{DO} (?:everything (?:before|after)|(?:the music |from )?[‹\d]|through them\b)",
    rf"{LEADS}(?:in|at|for|on|from|between|during|after|before|over"
    rf"|under) [^,;]{{1,40}}? {DO} (?=the\b|it\b|every|all\b|my\b|an?\b|in\b|out\b|up\b|down\b|to\b"
    r"|[\d‹∎@])",
)
_YOU: Final = (
    r"\b(?:can|could|will|would|can't|couldn't|won't) (?:you|u|ya|we)\b(?! (?:\w+ly |even |actually "
    r"|please )*(?:see|hear|tell"
    r"|know|think|notice|remember|explain|recommend|suggest|say|advise|prefer|describe|find|spot"
    r"|confirm|check"
    r"|list|clarify|teach|compare|estimate|guess|understand|handle|support|detect|recogni[sz]e|believe)\b)"
)
_REQUEST: Final = any_of(
    _YOU,
    r"\bplease\b(?! (?:tell|explain|describe|list|confirm|let me know|check|remind))|\b(?:how"
    r"|what) about (?:\w+ing|an?|some|we|you)\b"
    r"|\bwhy (?:not|don'?t (?:you|we))\b|\bmind (?:\w+ing|if)\b|\blet'?s\b|\blet us\b"
    r"|\bany (?:chance|way) (?:you|we|of)\b|\b(?:can|could|may) i (?:please )?(?:get|have)\b"
    r"|\bpossible to\b|\bok(?:ay)? if\b",
)
"""Asks somebody to act, in the form of a question or not."""
_WANTS: Final = any_of(
    r"\b(?:i|we)(?:'d| would| do(?:n'?t| not)?| really| just| only| also| still)* (?:want|need|like"
    r"|love|appreciate|have to"
    r"|wish|gotta|must|require|should|might as well)\b(?! to (?:know|ask|understand|see|hear|check"
    r"|think)| advice)",
    r"\b(?:wants?|needs?|asked for|must|has to|have to|ought to|should)\b"
    r"|\b(?:can|may|could) (?:all )?(?:go|be|come|stay|do with|use)\b|\btoo \w+|\btime to\b"
    r"|\b(?:you|we) (?:can|could|may|should)\b"
    r"|\b(?:make|be) sure\b|\bgo ahead\b|\bnot needed\b|\b(?:would|'d) be (?:great|nice|lovely|good"
    r"|cool|perfect|awesome|better)\b"
    r"|\bwouldn'?t\b|\bwould not\b|\bdon'?t need\b",
)
"""Says what is wanted, or what is bad."""
_HEDGES: Final = (
    r"^\W*(?:(?:and|but|so|ok|okay|hey|hi|also|wait|hmm|well|just|then|or|please|now|btw"
    r"|actually|no)\b[\s,]*)*"
)
_ASKS_FIRST: Final = any_of(
    rf"{_HEDGES}(?:what(?! about)|which|who|whose|whom|how(?! about)|why(?! not\b| don)|whether"
    r"|(?:when|where)(?! (?:i|we|he|she|they|you|it|the|there|some|no|ever|my|our|somebody|someone"
    r"|nobody|no one|people)\b)"
    r"|(?:in|at|on|for|by|to|with|from|since|until|under) (?:what|which|how)"
    r"|is|are|was|were|am|does|did|has|had|should|shall|may|might|must|(?:is|are|was|were|does|did|has"
    r"|have|had|should)n'?t"
    r"|do (?:i|we|you|they|the|my|these|those|people|any|all)|have (?:you|we|i|they|the|my|these|those"
    r"|any|all)"
    r"|(?:can|could|will|would|won'?t|wouldn'?t|couldn'?t) (?!you\b|u\b|ya\b|we\b|do with\b|use\b"
    r"|mind\b)\w+)\b(?! ?‹)"
)
_TURNED: Final = any_of(
    r"(?<!so )(?<!neither )\b(?:are|is|was|were|do|does|did|will|would|should|has|have|can"
    r"|could) (?:they|it|there|he|she|i)\b(?!')"
    r"(?! (?:want|need|have|get)\b)"
)
_TELLS: Final = any_of(
    rf"(?!\W*(?:thanks?|cool)\b){LEADS}(?:(?:because|since|although|though|last \w+|yesterday|earlier"
    r"|once|sometimes|usually|normally|apparently|honestly"
    r"|in (?:my|the|our) [a-z]+(?: [a-z]+)?|back then),? )*(?:i|we|you|u|he|she|they|it|that|this"
    r"|there|every(?:one|body)"
    r"|nobody|no one|some(?:one|body)|people)(?:'|n't| (?!part\b|clip\b|bit\b|section\b|video\b|one\b"
    r"|time\b))",
    rf"{LEADS}(?:the|my|our|your|a|an|his|her|their|some|all|every|most|these|those|this|that|one)"
    r" (?:(?!and\b|to\b|at\b|from\b|with\b|for\b)[\w'-]+ ){1,3}?(?:(?:at|from|in|of|on|between|to|and"
    r"|the|‹[^›]*›) ?(?:\w+ )?){0,4}"
    r"(?:already |just |also |always |usually |never |once )?(?:is|are|was|were|has|had|have|did|does"
    r"|do|will|would|might|may|got"
    r"|looks?|sounds?|feels?|seems?|said|says|told|thinks?|thought|went|came|kept|made|took|gave|wrote"
    r"|suggested"
    r"|adds?|hates?|loves?|likes?|prefers?|works?|shows?|deleted|removed|cut|(?:is|are|was|were|does"
    r"|did|has|had|wo)n't)\b"
    r"(?! (?:be|out|off)\b)",
)
"""Begins with its subject."""
_JOINT: Final = re.compile(r"[,;:](?!\d)\s*|\b(?:and|so|then|but)\b|\s[-–—]+\s|…|\.{2,}|(?<=[?.!])\s", re.I)

_MARK: Final = re.compile(r"‹[^›]*›|∎|\S+\.(?:mp[34]|mov|mkv|png|jpe?g|webm|wav|srt)\b|@\w+")
_AFRESH: Final = re.compile(r"[;?]|[.!]\s|,? \b(?:so|then)\b", re.I)

_FORBIDS: Final = any_of(
    rf"{LEADS}(?:you )?(?:(?:absolutely|definitely|really|ever|under no circumstances"
    r"|i said) )*(?:don'?t|do not|never|no need to"
    r"|not to|avoid|refrain from|stop(?= \w+ing)|let'?s not|(?:must|should|need)(?: not|n't)|no \w+ing)"
    r" (?:you |ever |even |dare |bother |go |start |just |actually |to |and )*(?!keep|leave|let|have"
    rf"|go\b|include|exceed|hold|get\b|make\b|forget){DO}|{LEADS}(?:nothing|none of [a-z ]+"
    r"|no \w+) (?:should|must|may|can|is to|gets?|needs? to)(?: be)? \w+"
)

_NAMES: Final = any_of(
    r"^(?:[\W\d_]|(?:a|an|the|to|at|in|on|of|from|for|by|with|without|into|and|or|but|not|no|as|per"
    r"|over|under|until|till|through|between|after"
    r"|before|during|every|each|all|some|any|more|less|little|bit|tad|lot|much|many|few|than|it|its"
    r"|it's|that|this|these|those|my|our|your|me"
    r"|i|we|you|talk\w*|speak\w*|when|where|wherever|while|whenever|cut|only|just|also|plus|then|too"
    r"|very|really|still|now|instead|again|back|normal"
    r"|half|third|quarter|one|two|three|four|five|six|seven|eight|nine|ten|fifteen|twenty|thirty|forty"
    r"|fifty|sixty|hundred|first"
    r"|second|last|final|once|twice|times?|x|s|secs?|seconds?|m|mins?|minutes?|hours?|ms|frames?|fps"
    r"|db|lufs|percent|%|px|k|p|hd|uhd|mb|gb|kb"
    r"|mp[34]|mov|mkv|webm|gif|wav|m4a|flac|srt|vtt|h\.?26[45]|max|min\w*|total|altogether|about"
    r"|around|roughly|exactly|long|short|longer"
    r"|shorter|loud|louder|quiet|quieter|soft|softer|slow|slower|fast|faster|bright|bright(?:er|en)"
    r"|dark|darker|warmer|cooler|bigger|smaller|larger"
    r"|higher|lower|up|down|off|out|away|gone|removed|muted|high|low|big|small|huge|tiny|tad|flashback"
    r"|lapse|wait|hook|tenths?|anymore|only|bold|large|smooth|gentle|subtle|full|part|whole"
    r"|video|clips?|film|footage|recording|files?|scenes?|shots?|edits?|cuts?|parts?|bits?|sections?"
    r"|moments?|highlights?|plays|reel|version"
    r"|audio(?:-only)?|sound|voices?|music|song|tracks?|beats?|tunes?|mic|game|discord|dialogue|noise"
    r"|volume|gain|loudness|speed|slo-?mo|slow-mo|motion"
    r"|captions?|subtitles?|subs|titles?|texts?|words|letters|headings?|overlay|logo|watermark|sponsor"
    r"|chapters?|picture|frame|screen|image|photo"
    r"|transitions?|crossfades?|cross|dissolves?|fades?|wipes?|zooms?|blurs?|pauses?|silences?|gaps?"
    r"|silent|dead|air|ums?|uhs?|filler|fillers?"
    r"|black|white|red|green|blue|yellow|orange|pink|grey|gray|colou?rs?|brightness|contrast"
    r"|saturation|exposure|b&w|opacity|transparent"
    r"|start|beginning|end|ending|intro|outro|middle|top|bottom|left|right|upper|corner|cent(?:er"
    r"|re)d?|background|underneath|whole|rest|everything"
    r"|vertical|horizontal|square|portrait|landscape|sideways|upside|tiktok|youtube|instagram|reels?"
    r"|shorts?|bars|size|quality|resolution|format"
    r"|english|spanish|french|german|italian|japanese|korean|chinese|mandarin|portuguese|russian"
    r"|arabic|hindi|dutch|polish|turkish"
    r"|burned|burnt|burned-in|burnt-in|baked|separate|sidecar|stays|saying|says|reading|throughout"
    r"|entire|good|nah|ok|okay|yes|hmm|please|thanks"
    r"|best|highest|lo-?fi|jazzy?|something|chill|calm|upbeat|ambient|piano|acoustic|epic|orchestral"
    r"|happy|sad|opening|closing|credits?)(?![\w'-]))+$"
)
"""Only names of things, sizes and places: a wish without a verb ("captions in Italian", "2x speed")."""
_STYLED: Final = any_of(r"^\W*(?:(?:some|a|an) )?(?:[\w'-]+ ){1,3}?(?=(?:music|beats?|song|tunes?)\b)|:.*")
"""What kind of music, which words: any word may stand there."""


def interrogates(text: str) -> bool:
    """Whether a text asks to be told something, and orders nothing after it."""
    if _ASKS_FIRST.search(text):
        return not any(_REQUEST.search(piece) or _ORDER.search(piece) for piece in _AFRESH.split(text)[1:])
    if text.rstrip(" .!…\"'").endswith("?"):
        return not (_REQUEST.search(text) or _ordered(text))
    return bool(_TURNED.search(text)) and not (_REQUEST.search(text) or _ordered(text))


def tells(text: str) -> bool:
    """Whether a text only tells something: its subject comes first, nothing is wanted and nothing ordered."""
    return bool(_TELLS.search(text)) and not _signed(text)


def unsigned(text: str) -> bool:
    """Whether a text neither orders nor wants anything, and is more than a name of what is wished for."""
    return not (_signed(_MARK.sub("‹›", text)) or names(text))


def names(text: str) -> bool:
    """Whether a text names no more than things, sizes and places."""
    bare = _STYLED.sub("", _MARK.sub(" 1 ", text))
    return all(_NAMES.search(piece) for piece in _JOINT.split(bare) if piece)


def _signed(text: str) -> bool:
    return bool(_REQUEST.search(text) or _WANTS.search(text)) or _ordered(text)


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
