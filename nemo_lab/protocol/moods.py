"""The mood of what is said: what tells or wonders asks for nothing, however many verbs of editing it holds.

"I cut the first ten seconds yesterday", "my boss hates crossfades", "maybe later we add music" and
"the captions will be burned in?" name operations and wish for none. :func:`tells` hears reports, habits,
plans for another day, hearsay, opinions, praise and what is taken back; :func:`wonders` hears questions
that do not begin with a question word. Both give way to a wish that follows in the same breath
("you cut too much, undo that"). English and Chinese, on plain text or text with marks.
"""

from __future__ import annotations

import re
from typing import Final

from nemo_lab.protocol.asking import interrogates, states
from nemo_lab.protocol.export_words import any_of
from nemo_lab.protocol.mood_questions import ASKS_TO, CURIOUS, DECLARES, WONDERS
from nemo_lab.protocol.mood_reports import DISOWNED, ORDERED, TELLS, TELLS_ZH
from nemo_lab.protocol.mood_words import DO, DOING

_GOES_ON: Final = re.compile(r"[,;，；：]|: | (?:and|but|so|then|or) | - ", re.I)
_WISH: Final = any_of(
    r"^\W*(?:(?:now|so|please|just|can you|could you|then|and|also|but|instead|do|go ahead and|let's"
    rf"|maybe) ?)*(?:{DO}"
    r"|undo|redo|revert|try|give|have|bring|set|fix|apply|tighten|swap|replace|move|lose|ditch|bleep"
    r"|silence"
    r"|chop|export|save|convert|lift|lay|throw|strip|pull|clip|protect|deliver|send|i (?:need|want)"
    r"|i'd (?:like|love)"
    r"|can (?:we|you|i)|could (?:we|you|i)|would you|we (?:can|could|should|need)|you (?:can|could)"
    r"|how about)\b"
    r"(?! me what| a (?:great|nice|good) (?:day|one))",
    r"^\W*(?:请|帮我|麻烦|把|将|给我?|再|就|那就|现在|所以|你|直接|顺便|能|可以|能不能|全部?|都"
    r"|也)*(?:剪|删|去[掉除]|加|静音|调|改|导出|撤|重做|放[慢大]"
    r"|加速|转成|做成|换|裁|保留|留|掐|砍|消音|弄|恢复|来个|配|缩|压|降|提高|不要了|拿掉|移除|模糊|淡)",
)
"""A clause that begins as wishes do."""
_EDITS: Final = any_of(
    rf"\b(?:{DO}|{DOING}|undo|redo|lose|ditch|fix|want|need|give|have|set|try|apply)\b|[‹∎]",
    r"剪|删|去[掉除]|加|静音|调|改|导出|撤|重做|放|换|裁|保留|留|掐|砍|消|弄|配|缩|压|降|提高|不要了"
    r"|拿|模糊|淡|要|[快慢大小亮暗]一?点",
)
_NO_WISH: Final = any_of(
    r"^\W*(?:but |so |and )*(?:(?:i|we) )?(?:do(?:n'?t| not)|never|leave|keep (?:it|them))\b",
    r"^\W*(?:别|不要|不)",
)


def tells(clause: str) -> bool:
    """Whether a clause only tells something: what was done, is usual, was said or is planned.

    What follows after a comma or "and" may still be a wish; then the whole is one.
    """
    chinese = not clause.isascii()  # where there is none, its pattern need not even be compiled
    reports = TELLS.search(clause) or (chinese and TELLS_ZH.search(clause))
    return bool(reports) and not _wish_follows(clause)


def only_tells(sentence: str) -> bool:
    """Whether nothing in a sentence, however it is divided, can be a wish."""
    if DISOWNED.search(sentence) and ORDERED.search(sentence.strip(" ,.")):
        return True
    if states(sentence):
        return True
    return tells(sentence) and all(
        tells(piece) or _NO_WISH.search(piece) or not _EDITS.search(piece) for piece in _pieces(sentence)
    )


def wonders(sentence: str) -> bool:
    """Whether a sentence asks to be told something without beginning as a question does."""
    if CURIOUS.search(sentence) or interrogates(sentence):
        return True
    if WONDERS.search(sentence):
        return not (_wish_follows(sentence) or ASKS_TO.search(sentence))
    return bool(DECLARES.search(sentence)) and not (ASKS_TO.search(sentence) or _wish_follows(sentence))


def _wish_follows(text: str) -> bool:
    """Whether something is wished for after the first clause."""
    return any(_WISH.search(piece) and not _NO_WISH.search(piece) for piece in _pieces(text)[1:])


def _pieces(text: str) -> list[str]:
    return _GOES_ON.split(text)
