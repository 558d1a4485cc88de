"""Every "not" must be accounted for: what a denial governs is never done, whatever reason stands beside it.

Denials are few words ("don't", "no", "never", "不", "别"), what may be said around them is without end.
So no list of forbidding sentences is kept, but the other way round: of a text with a denial, only a piece
that *orders* something is done. A denial is accounted for where it belongs to what is ordered ("cut the
parts where nobody speaks"), to how ("not too loud", "no longer than 2 minutes"), or to a phrase that denies
nothing ("don't forget to"); everything else that stands beside it is its reason and asks for nothing.
"""

from __future__ import annotations

import re
from typing import Final

from nemo_lab.engine.understand import denial_words as say
from nemo_lab.protocol.asking import begins_as_order, names, told

_CHINESE: Final = re.compile(r"[\u3400-\u9fff]")


def denies_any(*texts: str) -> bool:
    """Whether texts, with marks for quotes, times and places, deny what their wishes do not account for."""
    said = [piece for text in texts if say.DENIES.search(text) for piece in pieces(text)]
    if any(denies(piece) for piece in said):
        return True
    return bool(said and say.ONLY_HOW.search(said[0])) and not any(orders(piece) for piece in said[1:])


def ordered(text: str) -> str:
    """Return what of a clause may be done beside a denial: all but what it denies, if there is an order.

    What says of a place that nothing is there says where the order is meant.
    """
    said = pieces(text)
    if not any(orders(piece) for piece in said):
        return ""
    denied = [piece for piece in said if denies(piece) and not say.PLACE.search(piece)]
    return ", ".join(piece for piece in said if piece not in denied) if denied else text


def pieces(text: str) -> list[str]:
    """Return the text in the pieces that a denial governs as a whole."""
    return [piece for part in say.JOINT.split(text) if (piece := part.strip(" ,.…"))]


def denies(piece: str) -> bool:
    """Whether a denial in a piece is not accounted for."""
    return _first_denial(piece) is not None and not orders(piece)


def orders(piece: str) -> bool:
    """Whether a piece orders something, before anything in it that is denied."""
    denied = _first_denial(piece)
    chinese = _CHINESE.search(piece)
    if denied is None:
        if chinese:
            signed = begins_as_order(piece) or say.ORDERS_ZH.search(_accounted(piece))
            return bool(signed) and not told(piece)
        return not say.EITHER.search(piece) and (bool(say.ORDERS.search(piece)) or names(piece))
    if chinese:
        return False
    ordered = say.ORDERS_FIRMLY.search(piece)
    return ordered is not None and ordered.end() <= denied


def _first_denial(piece: str) -> int | None:
    found = say.DENIES.search(_accounted(piece))
    return found.start() if found else None


def _accounted(piece: str) -> str:
    """Return a piece without what denies nothing in it."""
    return say.EXPLAINED.sub(lambda found: "_" * len(found[0]), piece)
