"""Two neighbouring pieces of a sentence: one clause, or two?

"Add a title at 0:05, in red" is one; "the wind is loud from 3:20 to 4:05, mute that" is one with the place
of the first and the verb of the second; "remove the ums and the pauses" is two with one verb.
"""

from __future__ import annotations

from functools import cached_property

from nemo_lab.engine.understand import joints as at
from nemo_lab.engine.understand.clause import Clause, Findings, Reader, Unsupported
from nemo_lab.engine.understand.denials import denies
from nemo_lab.engine.understand.marks import MARK, words
from nemo_lab.engine.understand.modifiers import belongs
from nemo_lab.engine.understand.rules.limits import NOT_THERE
from nemo_lab.engine.understand.rules.vocabulary import VERB
from nemo_lab.protocol.moods import tells
from nemo_lab.protocol.plan import Keep, Protect, Question, Range

_DECLINED = words(
    r"^[\s,.]*(?:but )?(?:no|without(?: any)?|not|don'?t) (?![^‹]*‹[re])",
    r"^[\s,.]*(?:不要|不用|别|无需)(?!‹)",
)
_AND = ("and", ",", "和", "并", "并且", "同时")
Division = tuple[Clause, Clause] | None
"""The finished clause and the next one, or ``None`` when both belong together."""


def joined(left: str, joint: str, right: str) -> str:
    """Return two pieces as one text."""
    spaced = joint.isascii() and joint.strip(", ") != ""
    return f"{left} {joint.strip()} {right}" if spaced else f"{left}{joint}{right}"


class Pair:
    """What was read so far, and the piece that follows after a comma or "and"."""

    def __init__(self, current: Clause, joint: str, piece: str, read: Reader) -> None:
        self.current, self.joint, self.piece, self.read = current, joint, piece, read
        self.alone = current.with_text(piece)
        self.here = read(current)

    @cached_property
    def there(self) -> Findings | None:
        """What the piece says by itself."""
        return self.read(self.alone)

    @cached_property
    def whole(self) -> Findings | None:
        """What both say as one clause."""
        return self.read(self.current.with_text(joined(self.current.text, self.joint, self.piece)))

    def following(self) -> Division:
        """Return how both divide."""
        if self._only_more():
            return None
        if self._only_why():
            return self.current, self.current.with_text("")
        if self._goes_on():
            return None
        place = self._place()
        if place is not None:
            return self.current.with_text(""), self.alone.with_text(f"{place}{self.piece}")
        shared = self._shared()
        if shared:
            return shared
        if not VERB.search(at.THING.sub(" ", self.piece)):
            return self._lent()
        return self._unread() if not self.here or _only_asks(self.here) else self._read()

    def _only_more(self) -> bool:
        """Whether the piece only says more about the wish before it: how, where, by how much."""
        here, piece, text = self.here, self.piece, self.current.text
        if at.ONLY_MARKS.search(text) and piece.startswith("‹"):
            return True
        if at.ONLY_TIME.search(text):
            return True
        if at.LISTED.search(text) and at.GOES_ON.search(piece):
            return True
        if not here:
            return False
        if at.ONLY_MARKS.search(piece) and self.whole and len(self.whole) > len(here):
            return set(_kinds(self.whole)) == set(_kinds(here))
        if belongs(here, piece) or (_open(here) and at.WHERE.search(piece)) or self._more_exact():
            return True
        if at.VOID.search(piece) and (self.there is None or _only_asks(self.there)):
            return True
        if _is_wish(here):
            return False
        if at.WHERE.search(piece) and _is_wish(self.whole):
            return True  # "slow motion when the wave hits, 2:14 to 2:18"
        # "track the face and blur it" is no blur of the whole
        return bool(at.ITS.search(piece)) and not self.joint.strip(", ").startswith(".")

    def _more_exact(self) -> bool:
        """Whether the piece gives the number to what was said without one ("turn me down a bit, by 5 dB")."""
        here, there = self.here or (), self.there or ()
        if not len(here) == len(there) == 1 or at.NUMBER.search(self.current.text):
            return False
        if not at.NUMBER.search(self.piece) or not _is_wish(here):
            return False
        if not _kinds(here) == _kinds(there) == _kinds(self.whole):
            return False
        return _fields(there) <= _fields(here) == _fields(self.whole or ())

    def _only_why(self) -> bool:
        """Whether the piece only gives a reason, or says of the rest what goes without saying."""
        if self.here is None:
            return False
        if at.REMARK.search(self.piece) and not _is_wish(self.there):
            return True
        keeps = bool(self.here) and all(isinstance(finding, Keep) for finding in self.here)
        return keeps and bool(at.REST.search(self.piece))

    def _goes_on(self) -> bool:
        """Whether a complaint goes on to its cure, or a state ("silent, but …") to a wish."""
        text = self.current.text
        if self.here and at.COMPLAINT.search(text) and _kinds(self.whole) == _kinds(self.here):
            same = _kinds(self.there) == _kinds(self.here)
            if _kinds(self.here) == ["color"]:
                same = _fields(self.there or ()) <= _fields(self.here)
            if same or at.SHORT.search(self.piece):
                return True
        return bool(at.STATE.search(text)) and self.joint.startswith(("但", "不过", "but"))

    def _place(self) -> str | None:
        """Return the place that a piece without a wish gives on ("3:20 to 4:05 is loud, mute it")."""
        spared = [op for op in self.here or () if isinstance(op, Protect)]
        if (
            spared
            and len(spared) == len(self.here or ())
            and at.INSTEAD.search(self.piece)
            and _open(self.there)
        ):
            found = MARK.search(self.current.text)
            return found[0] if found and found[1] in "re" else None
        cured = self._cured()
        if _is_wish(self.here) and not (_only_asks(self.here) or cured):
            return None
        place = at.PLACED.match(self.current.text)
        if cured and not place:
            return ""
        if not place or VERB.search(place[2]) or not (place[2].strip() or _only_asks(self.here)):
            return None
        takes = _open(self.there) or _kinds(self.there) == ["fade"] or at.PRONOUN.search(self.piece)
        return place[1] if takes else None

    def _shared(self) -> Division:
        """Divide two looks of one stretch that is named once, before the first or after the second."""
        if not (_kinds(self.here) == _kinds(self.there) == ["color"]) or self.joint.strip() not in _AND:
            return None
        first, last = self.current.values("re"), self.alone.values("re")
        place = at.PLACED.match(self.current.text)
        if place and not last:
            return self.current, self.alone.with_text(f"{place[1]}{self.piece}")
        ends = at.ENDS_PLACED.search(self.piece)
        if ends and not first and self.joint.strip() == "and":
            return self.current.with_text(f"{self.current.text} {ends[0]}"), self.alone
        return None

    def _cured(self) -> bool:
        """Whether something sounds bad, and what is to be done about it comes only now ("…, mute it")."""
        complains = at.COMPLAINT.search(self.current.text) and not VERB.search(self.current.text)
        of_it = at.PRONOUN.search(self.piece) or at.OF_IT.search(self.piece) or at.BARE.search(self.piece)
        cures = {"normalize", "denoise"}
        cure = set(_kinds(self.there)) & (cures | {"mute", "cut"} if of_it else cures)
        if complains and _kinds(self.here) == ["flip"] and _kinds(self.there) == ["rotate"]:
            return True
        return bool(complains and cure) and set(_kinds(self.here)) == {"volume"}

    def _unread(self) -> Division:
        """Divide where the first half says nothing by itself, or only asks."""
        points = at.PRONOUN.search(self.piece)
        if self.here and points:
            return None
        borrowed = self._borrowed()
        if borrowed and self.read(borrowed) is not None:
            return borrowed, self.alone.with_text("") if points else self.alone
        if self.here is not None:
            return self._read()
        return None if self._one_wish() else (self.current, self.alone)

    def _one_wish(self) -> bool:
        """Whether two halves, the first of which says nothing by itself, make one wish."""
        text, there, whole = self.current.text, self.there, self.whole
        told = at.COMPLAINT.search(text) or at.REMARK.search(text)
        if told and whole and at.OF_IT.search(self.piece):
            same = _kinds(whole) == _kinds(there)
            if same or not _is_wish(whole):
                return True
        if whole is None:
            return False
        if at.PRONOUN.search(self.piece) or there is None:
            return True
        if not there:
            return False  # what is declined stays declined
        if _kinds(whole) in (["remove_silence"], ["reorder"]) and there != whole:
            return True
        more = len(whole) > len(there) and set(there) <= set(whole)
        if more and _is_wish(whole) and not any(isinstance(finding, Unsupported) for finding in whole):
            return True
        return whole != there and text.startswith(("把", "将"))

    def _read(self) -> Division:
        return None if self.there is None and self.whole != self.here else (self.current, self.alone)

    def _lent(self) -> Division:
        """Read a piece without a verb with that of the clause before it, else by itself."""
        current, alone = self.current, self.alone
        if self.there == () and (not self.here or tells(alone.text) or _DECLINED.search(alone.text)):
            return current, alone  # what is declined stays declined
        if not self.here:
            return (current, alone) if self.here == () and self.joint.strip() == "," else None
        if NOT_THERE.search(alone.text):
            return current, alone
        lead = at.LEAD.search(current.text) or at.LEAD.search(
            current.text[current.text.rfind(":", 0, current.text.find("‹")) + 1 :]
        )
        verb = next((group for group in lead.groups() if group), "") if lead else ""
        lent = current.with_text(f"{verb} {alone.text}" if verb.isascii() else f"{verb}{alone.text}")
        found = self.read(lent) if verb else None
        if _is_wish(found):
            return None if _only_wider(self.here, found) else (current, lent)
        return (current, alone) if self.there is not None else None

    def _borrowed(self) -> Clause | None:
        """Give 把A和B删掉's first half the verb at the end."""
        tail = at.TAIL_ZH.search(self.piece)
        if not tail or denies(self.piece) or VERB.search(at.BA.sub("", self.current.text)):
            return None
        return self.current.with_text(self.current.text + tail[1])


def _is_wish(found: Findings | None) -> bool:
    return any(not isinstance(finding, Unsupported) for finding in found or ())


def _only_wider(here: Findings, there: Findings | None) -> bool:
    """Whether it is all done again, but everywhere: "mute 1:05 to 1:12, the neighbour's dog" says why."""
    placed = [wish for wish in here if isinstance(wish, Range) and wish.start_ms is not None]
    return bool(there) and all(
        isinstance(wish, Range)
        and wish.start_ms is wish.end_ms is None
        and any(wish == other.model_copy(update={"start_ms": None, "end_ms": None}) for other in placed)
        for wish in there or ()
    )


def _only_asks(found: Findings | None) -> bool:
    return bool(found) and all(isinstance(finding, Question) for finding in found or ())


def _fields(found: Findings) -> set[str]:
    """Return the fields that the first finding sets."""
    dump = getattr(found[0], "model_dump", None) if found else None
    return set(dump(exclude_defaults=True)) if dump else set()


def _kinds(found: Findings | None) -> list[str]:
    return [getattr(finding, "op", "") for finding in found or ()]


def _open(found: Findings | None) -> bool:
    """Whether the last finding is an edit of a stretch without a stretch, or "cut it"."""
    last = found[-1] if found else None
    return isinstance(last, Range) and last.start_ms is None and last.end_ms is None
