"""Places that only the timeline knows: "after the intro title", "between the second and third cut",
"clip 2", 第二段. They become the same marks as times that are stated."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeVar

from nemo_lab.engine.understand.marks import Marks, words
from nemo_lab.protocol.draft import Draft, Track, TrackType

ORDINALS = {
    word: value
    for value, row in enumerate(
        [
            "first 1st one 一",
            "second 2nd two 二 两",
            "third 3rd three 三",
            "fourth 4th four 四",
            "fifth 5th five 五",
            "sixth 6th six 六",
            "seventh 7th seven 七",
            "eighth 8th eight 八",
            "ninth 9th nine 九",
            "tenth 10th ten 十",
        ],
        1,
    )
    for word in row.split()
}
"""What "second", "2nd" and 二 count to."""
_LAST = ("last", "final", "最后")
_ORD = (
    r"(\d{1,2}(?!st|nd|rd|th|\d)|"
    + "|".join(w for w in ORDINALS if w.isascii())
    + r"|last|final|intro|opening)"
)
_ZH_ORD = r"(?:第([一二两三四五六七八九十\d]{1,2})[个条段处]?|(最后|开头|片头)一?[个条段]?)"
_CUT = r"(?:cuts?|edit points?|transitions?|joins?)"
_CLIP = r"(?:clips?|segments?|scenes?|sections?|pieces?|shots?)"
_TITLE = r"(?:titles?|title cards?|texts?|headings?|captions?)"
_ZH_CUT, _ZH_CLIP = r"(?:剪切点|剪辑点|切点|剪口|转场)", r"(?:片段|镜头|段|素材)"
_OVER = r"(?: (?:ends?|is (?:over|gone)|disappears?|finish(?:es)?|goes away|fades out))"
_GONE = rf"{_OVER}?"
_Place = TypeVar("_Place")
_T = r"‹t:(\d+)#\d+›"

_HALVES = words(
    r"\b(?:the |my )?(first|second|last|latter|final|other|opening|closing) (half|third|quarter"
    r"|‹p:0?\.\d+#\d+›)"
    r"(?! (?:of (?:a|an|the (?:first|last|second)) )?(?:an? )?(?:minute|second|hour|of ‹|\d|title|clip|cut"
    r"|transition|transitions))"
    r"(?: of (?:it|this|the (?:video|clip|recording|whole thing|stream|lecture|talk|timeline)))?",
    r"(前|后|上|下)(?:面)?(?:一半|半段|半部分?|半截|半场|半程)(?!分|秒|小时|个)",
    r"(最后|最前|[前后])(?:面)?(?:的)?‹p:(0?\.\d+)#\d+›(?!音量|速)",
)
"""Parts that the length tells."""
_MIDDLE = words(rf"\b(?:the )?(?:middle|central) {_T}|(?:正?中间|中央|当中)(?:的|那)?{_T}")
_BETWEEN = words(
    rf"\b(?:between|from) (?:the )?{_ORD}(?: {_CUT})? (?:and|to|until) (?:the )?{_ORD} {_CUT}\b",
    rf"(?:从)?{_ZH_ORD}{_ZH_CUT}?(?:和|到|与|至){_ZH_ORD}{_ZH_CUT}(?:之间)?",
)
_LENGTH_AFTER = words(rf"{_T} (?:right )?after (?:the )?(?:{_ORD} )?{_TITLE}{_GONE}\b")
_AFTER_TITLE = words(
    rf"\b(?:right |just |immediately |directly )?after (?:the )?(?:{_ORD} )?{_TITLE}{_GONE}\b",
    rf"\b(?:once|when) (?:the )?(?:{_ORD} )?{_TITLE}{_OVER}\b",
    rf"(?:在(?:{_ZH_ORD})?|{_ZH_ORD})标题(?:之后|以后|后面|结束后?|消失后|完了?之?后|后)(?:的)?",
)
_BEFORE_TITLE = words(
    rf"\b(?:right |just )?before (?:the )?{_ORD} {_TITLE}\b",
    rf"(?:在)?{_ZH_ORD}标题(?:之前|以前|前面)(?:的)?",
)
_WHILE_TITLE = words(
    rf"\b(?:during|while|under) (?:the )?{_ORD} {_TITLE}(?: is (?:shown|up|on))?\b",
    rf"{_ZH_ORD}标题(?:显示|出现)?(?:的时候|期间|时)",
)
_AFTER = words(
    rf"\b(?:right |just )?(?:after|past) (?:the )?{_ORD} (?:{_CUT}|{_CLIP})\b",
    rf"\bfrom (?:the )?{_ORD} (?:{_CUT}|{_CLIP}) (?:on(?:wards?)?|(?:on )?to the end)\b",
    rf"{_ZH_ORD}(?:{_ZH_CUT}|{_ZH_CLIP})?(?:之后|以后|后面|往后|(?:开始|起)(?:往后|之后|到最后"
    rf"|到结尾)?|到(?:最后|结尾|末尾|片尾))(?:的)?",
)
_BEFORE = words(
    rf"\b(?:right |just )?before (?:the )?{_ORD} (?:{_CUT}|{_CLIP})\b",
    rf"{_ZH_ORD}(?:{_ZH_CUT}|{_ZH_CLIP})?(?:之前|以前|前面)(?:的)?",
)
_AT_CUT = words(rf"\bat (?:the )?{_ORD} {_CUT}\b", rf"在{_ZH_ORD}{_ZH_CUT}(?:处|上|的地方)?")
_CLIPS = words(
    rf"\b{_CLIP} (?:number |no\.? ?|#)?(\d{{1,2}}|one|two|three|four|five)\b(?! ?[:.]?\d)",
    rf"\b(?:the |my )?{_ORD} (?:{_CLIP}|part)\b",
    r"第([一二两三四五六七八九十\d]{1,2})[段个]?(?:片段|镜头|段|部分|素材)|(最后)一[段个](?:片段|镜头"
    r"|素材)?",
)
_LIST = words(
    rf"\b{_CLIP} \d{{1,2}}(?:(?:, ?(?:and )?| and | & )\d{{1,2}})+(?![:.\d]| ?(?:s|sec|min|x)\b)",
    r"第[一二三四五六七八九十\d]{1,2}(?:[、和,，及与](?:第)?[一二三四五六七八九十\d]{1,2})+(?:段|个片段"
    r"|个镜头)",
)
_ORDER = words(
    r"\b(?:order|move|swap|switch|reorder|exchange|bring|rearrange)\b", r"顺序|移|换|调到|放到|排|对调"
)


def mark_places(text: str, marks: Marks, session: Draft | None) -> str:
    """Replace places at cuts and titles by marks; what is not on the timeline is left as words."""
    if session is None:
        return text
    cuts, shown = _cuts(session), _titles(session)

    def title(match: re.Match[str], value: Callable[[int, int], str]) -> str | None:
        name = next((group for group in match.groups() if group and not group.isdigit()), None)
        name = name or next((group for group in match.groups() if group), "first")
        place = _nth(shown, name)
        return value(*place) if place else None

    def span(match: re.Match[str]) -> str | None:
        first, last = (_nth(cuts, group) for group in match.groups() if group)
        return f"{first}:{last}" if first is not None and last is not None and first < last else None

    def edge(match: re.Match[str], *, after: bool) -> str | None:
        name = next(group for group in match.groups() if group)
        at = _edge(session, name, match[0], after=after)
        return None if at is None else f"{at}:" if after else f"0:{at}"

    def length_after(match: re.Match[str]) -> str | None:
        place = _nth(shown, match[2] or "first")
        return f"{place[1]}:{place[1] + int(match[1])}" if place else None

    text = marks.replace("e", _HALVES, text, lambda m: _part(m, session.length_ms))
    text = marks.replace("r", _MIDDLE, text, lambda m: _middle(int(m[1] or m[2]), session.length_ms))
    text = marks.replace("r", _BETWEEN, text, span)
    text = marks.replace("r", _LENGTH_AFTER, text, length_after)
    text = marks.replace("e", _AFTER_TITLE, text, lambda m: title(m, lambda _, end: f"{end}:"))
    text = marks.replace("e", _BEFORE_TITLE, text, lambda m: title(m, lambda start, _: f"0:{start}"))
    text = marks.replace("r", _WHILE_TITLE, text, lambda m: title(m, lambda start, end: f"{start}:{end}"))
    text = marks.replace("e", _AFTER, text, lambda m: edge(m, after=True))
    text = marks.replace("e", _BEFORE, text, lambda m: edge(m, after=False))
    return _AT_CUT.sub(lambda m: _at(m, marks, cuts), text)


_PARTS = {"half": 2, "third": 3, "quarter": 4}


def _part(match: re.Match[str], length: int) -> str | None:
    """Return the first or last half, third or so; "second third" is left as it is."""
    english, part, chinese, edge, share = match.groups()
    name = (english or chinese or edge).lower()
    marked = re.match(r"‹p:([\d.]+)", part) if part else None
    wide = float(marked[1] if marked else share) if marked or share else 1 / _PARTS[(part or "half").lower()]
    if not length or (name in ("second", "other") and part.lower() != "half"):
        return None
    if name in ("first", "opening", "前", "上", "最前"):
        return f"0:{round(length * wide)}"
    return f"{length - round(length * wide)}:"


def _middle(wanted: int, length: int) -> str | None:
    start = (length - wanted) // 2
    return f"{start}:{start + wanted}" if start > 0 else None


def listed(text: str) -> str:
    """Return the text with each clip named in full: "clips 2 and 3" is "clip 2 and clip 3"."""
    return text if _ORDER.search(text) else _LIST.sub(_each, text)


def _each(match: re.Match[str]) -> str:
    numbers = re.findall(r"\d{1,2}|[一二三四五六七八九十]+", match[0])
    if match[0][0] == "第":
        return "和".join(f"第{number}段" for number in numbers)
    return " and ".join(f"clip {number}" for number in numbers)


def clips(text: str, session: Draft | None) -> list[tuple[int, int]] | None:
    """Return where the clips lie that are named by number; ``None`` when one of them is not there."""
    found = [] if _ORDER.search(text) else list(_CLIPS.finditer(text))
    if not found:
        return []
    pieces = pieces_of(session)
    places = [_nth(pieces, next(group for group in match.groups() if group)) for match in found]
    known = [place for place in places if place is not None]
    return known if len(known) == len(places) else None


def unknown(text: str) -> bool:
    """Whether a place at a title or cut is still in words: the timeline does not have it."""
    return any(
        p.search(text) for p in (_HALVES, _BETWEEN, _AFTER_TITLE, _BEFORE_TITLE, _WHILE_TITLE, _AT_CUT)
    )


def pieces_of(session: Draft | None) -> list[tuple[int, int]]:
    """Return where each clip of the main track lies, in ms."""
    if session is None:
        return []
    tracks = session.of_type(TrackType.VIDEO) or session.of_type(TrackType.AUDIO)
    return _placed(tracks[:1])


def _placed(tracks: list[Track]) -> list[tuple[int, int]]:
    placed = [pair for track in tracks for pair in track.placed()]
    return sorted((round(at), round(at + piece.duration_ms)) for at, piece in placed)


def _titles(session: Draft) -> list[tuple[int, int]]:
    return _placed([t for t in session.of_type(TrackType.TEXT) if t.metadata.get("role") != "captions"])


def _cuts(session: Draft) -> list[int]:
    return [start for start, _ in pieces_of(session)[1:]]


def _nth(found: list[_Place], name: str) -> _Place | None:
    """Return the one that an ordinal names."""
    name = name.lower()
    number = int(name) if name.isdigit() else len(found) if name in _LAST else ORDINALS.get(name, 1)
    return found[number - 1] if 1 <= number <= len(found) else None


def _edge(session: Draft, name: str, said: str, *, after: bool) -> int | None:
    """Return a cut, or the end (or start) of a clip."""
    if re.search(rf"\b{_CUT}\b|{_ZH_CUT}", said, re.I):
        return _nth(_cuts(session), name)
    place = _nth(pieces_of(session), name)
    return None if place is None else place[1 if after else 0]


def _at(match: re.Match[str], marks: Marks, cuts: list[int]) -> str:
    at = _nth(cuts, next(group for group in match.groups() if group))
    if at is None:
        return match[0]
    return ("at " if match[0].isascii() else "在") + marks.put("t", at, match[0])
