"""A title clip's document, as MLT's ``kdenlivetitle`` reads it: items on a scene of the picture's size."""

from __future__ import annotations

from xml.etree.ElementTree import Element, tostring

from nemo_lab.engine.interchange.sequence import Sequence, Text
from nemo_lab.engine.interchange.xml import add

_LEFT, _RIGHT, _CENTRE = 1, 2, 4
"""Qt's alignments."""
_LINES = 14
"""Lines of text that fill the height of the picture."""
_MARGIN = 20
"""Part of the height that is left free above and below."""


def title_document(text: Text, sequence: Sequence) -> str:
    """Return the document of a title for the picture of the sequence."""
    width, height = sequence.width, sequence.height
    look = text.segment.metadata
    place = str(look.get("position") or "center")
    size = round(height / _LINES * float(look.get("size") or 1))
    root = Element("kdenlivetitle", width=str(width), height=str(height), out=str(text.end - text.start - 1),
                   duration=str(text.end - text.start), LC_NUMERIC="C")  # fmt: skip
    item = add(root, "item", type="QGraphicsTextItem", **{"z-index": 0})
    spot = add(item, "position", x=0, y=_top(place, height, size * len(text.text.splitlines())))
    add(spot, "transform", "1,0,0,0,1,0,0,0,1")
    alignment = _LEFT if "left" in place else _RIGHT if "right" in place else _CENTRE
    style = {
        "font": "Noto Sans", "font-pixel-size": size, "font-weight": 50,
        "font-italic": 0, "font-underline": 0,
        "font-color": _colour(str(look.get("color") or "#ffffff")), "font-outline": 0, "line-spacing": 0,
        "font-outline-color": "0,0,0,255", "letter-spacing": 0, "tab-width": 80, "alignment": alignment,
        "box-width": width, "box-height": height,
    }  # fmt: skip
    add(item, "content", text.text, **style)
    for port in ("startviewport", "endviewport"):
        add(root, port, rect=f"0,0,{width},{height}")
    add(root, "background", color="0,0,0,0")
    return tostring(root, encoding="unicode")


def _top(place: str, height: int, block: int) -> int:
    if "top" in place:
        return height // _MARGIN
    return height - height // _MARGIN - block if "bottom" in place else (height - block) // 2


def _colour(code: str) -> str:
    """Return ``#rrggbb`` as Kdenlive writes colours."""
    digits = code.lstrip("#")
    if len(digits) != 6 or not all(digit in "0123456789abcdefABCDEF" for digit in digits):
        digits = "ffffff"
    return ",".join(str(int(digits[at : at + 2], 16)) for at in (0, 2, 4)) + ",255"
