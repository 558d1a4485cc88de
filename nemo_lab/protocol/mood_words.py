"""Words that tell the mood of a clause: verbs of editing in their forms, and who may say something."""

from __future__ import annotations

from typing import Final

LEAD: Final = (
    r"^[\s,.]*(?:(?:and|but|so|also|well|ok|okay|hey|hi|yeah|yes|no|because|since|though|although|btw|fyi"
    r"|note|actually|honestly|basically|anyway|look|listen|sorry|then|oh)\b[ ,:]*)*"
)
DO: Final = (
    r"(?:add|burn|change|chop|condense|crop|cut|delete|drop|export|fade|flip|insert|join|keep|lower"
    r"|make|merge"
    r"|mute|normali[sz]e|put|raise|remove|render|rotate|shorten|show|slow|speed|split|start|stop|take"
    r"|trim|turn|use"
    r"|zoom|blur|brighten|boost|caption|reframe|skip|leave|get rid|clean)"
)
DID: Final = (
    r"(?:added|burned|burnt|changed|chopped|condensed|cropped|cut|deleted|dropped|exported|faded"
    r"|flipped|inserted"
    r"|joined|kept|lowered|made|merged|muted|normali[sz]ed|put|raised|removed|rendered|rotated"
    r"|shortened|slowed"
    r"|sped|split|took|taken|trimmed|turned|used|zoomed|blurred|brightened|boosted|captioned|reframed"
    r"|silenced)"
)
ED: Final = (
    r"(?:added|burned|changed|chopped|condensed|cropped|deleted|dropped|exported|faded|flipped"
    r"|inserted|merged|muted"
    r"|normali[sz]ed|raised|removed|rendered|rotated|shortened|slowed|trimmed|zoomed|blurred"
    r"|brightened|boosted"
    r"|captioned|reframed)"
)
DOING: Final = (
    r"(?:adding|burning|changing|chopping|condensing|cropping|cutting|deleting|dropping|exporting"
    r"|fading|flipping"
    r"|joining|keeping|lowering|making|merging|muting|normali[sz]ing|putting|raising|removing|rotating"
    r"|shortening"
    r"|slowing|speeding|splitting|taking|trimming|turning|using|zooming|blurring|brightening|boosting"
    r"|captioning"
    r"|getting rid|removal|undoing|leaving|doing)"
)
SOMEBODY: Final = (
    r"(?:(?:my|our|the|a|an|his|her|your|some|another|one) (?!title|text|caption|heading|card|sign"
    r"|screen|voice|video"
    r"|clip|audio|sound|mic)(?:[a-z'-]+ ){0,2}?[a-z'-]+|people|everyone|everybody|somebody|someone"
    r"|they|he|she"
    r"|reddit|youtube|viewers|commenters|folks|most [a-z]+|some [a-z]+|[a-z]+ on [a-z]+)"
)
SAYS: Final = (
    r"(?:says?|said|wrote|writes?|commented|comments|asked|replied|texted|messaged|emailed|mailed"
    r"|posted|tweeted"
    r"|suggests?|suggested|joked|goes|claims?|claimed|thinks?|thought|complain\w*|insists?|insisted"
    r"|recommends?"
    r"|recommended|noted|(?:keeps?|kept|is|was|always|jokingly) \w+ing)"
)
WHERE: Final = r"[^,;]*(?:‹[tre]:|\d|\b(?:first|last|half|minutes?|seconds?)\b|[秒分半])"
"""A stretch is named."""
QUOTE: Final = r"(?:‹q:[^›]*›|∎)"
FINE: Final = (
    r"(?:great|good|nice|perfect|fine|lovely|awesome|amazing|beautiful|cool|excellent|smooth|spot on|ok|okay"
    r"|brilliant|fantastic|wonderful|on point|flawless|clean)"
)
