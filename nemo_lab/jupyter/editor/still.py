"""What remains of an editor where no kernel runs: a picture of the timeline, drawn as SVG.

It stands in the notebook beside the live widget, which hides it. Its pictures are a few small ones, so that
a saved notebook stays small.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from nemo_lab.client.pictures import Filmstrip

_WIDTH, _MARGIN = 960, 12
_HEIGHTS = {"video": 54, "audio": 26, "text": 22, "other": 22}
_COLOURS = {"video": "#3b6ea5", "audio": "#4f8a5b", "text": "#8a5a9e", "other": "#777777"}
_MOST_SEGMENTS = 400
_LARGEST_SHEET = 120_000
"""Bytes of pictures that may stand in a notebook."""


@dataclass(frozen=True)
class Sheet:
    """Pictures of one file."""

    asset: str
    strip: Filmstrip


def still(view: dict[str, Any], sheet: Sheet | None, words: str) -> str:
    """Return the timeline as SVG.

    Args:
        view: as :func:`nemo_lab.jupyter.editor.view.view_of` makes it.
        sheet: pictures of the main file, where there are any.
        words: the line under it.
    """
    tracks = view.get("tracks", [])
    scale = (_WIDTH - 2 * _MARGIN) / max(1, view.get("length", 0))
    usable = sheet if sheet is not None and 0 < len(sheet.strip.jpeg) <= _LARGEST_SHEET else None
    parts, top = [], _MARGIN
    for track in tracks:
        height = _HEIGHTS[track["kind"]]
        parts += [
            _segment(segment, track, top, scale, usable) for segment in track["segments"][:_MOST_SEGMENTS]
        ]
        top += height + 4
    text = f'<text x="{_MARGIN}" y="{top + 16}" {_FONT}>{_clean(words[:160])}</text>'
    size = f'width="{_WIDTH}" height="{top + 28}" viewBox="0 0 {_WIDTH} {top + 28}"'
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" {size} '
        f'role="img" aria-label={quoteattr(_printable(words))}>'
    )
    paper = '<rect width="100%" height="100%" fill="#f7f7f7"/>'
    return f"{head}{_defs(usable)}{paper}{''.join(parts)}{text}</svg>"


_FONT = 'font-family="sans-serif" font-size="13" fill="#222222"'


def _defs(sheet: Sheet | None) -> str:
    if sheet is None:
        return ""
    strip = sheet.strip
    rows = -(-strip.count // strip.columns)
    size = f'width="{strip.columns * strip.width}" height="{rows * strip.height}"'
    data = base64.b64encode(strip.jpeg).decode()
    return f'<defs><image id="sheet" {size} xlink:href="data:image/jpeg;base64,{data}"/></defs>'


def _segment(
    segment: dict[str, Any], track: dict[str, Any], top: int, scale: float, sheet: Sheet | None
) -> str:
    x, width = _MARGIN + segment["start"] * scale, max(1.0, segment["length"] * scale - 1)
    height = _HEIGHTS[track["kind"]]
    box = f'x="{x:.1f}" y="{top}" width="{width:.1f}" height="{height}"'
    drawn = f'<rect {box} rx="2" fill="{_COLOURS[track["kind"]]}"/>'
    if track["kind"] == "video" and sheet is not None and segment.get("asset") == sheet.asset:
        return drawn + _tiles(segment, x, top, width, sheet.strip, scale)
    label = _clean(str(segment.get("label", ""))[: int(width // 8)])
    return drawn + (
        f'<text x="{x + 4:.1f}" y="{top + height / 2 + 4:.0f}" font-family="sans-serif" font-size="11" '
        f'fill="#ffffff">{label}</text>'
        if label
        else ""
    )


def _tiles(segment: dict[str, Any], x: float, top: int, width: float, strip: Filmstrip, scale: float) -> str:
    """Return the pictures of one segment, each clipped by a viewport of its own."""
    parts, step = [], float(strip.width)
    for number in range(int(width // step) + 1):
        shown = min(step, width - number * step)
        if shown < 2:
            break
        moment = segment.get("source", 0) + (number * step / scale) * segment.get("speed", 1)
        tile = min(strip.count - 1, int(moment // max(1, strip.every_ms)))
        left, up = tile % strip.columns * strip.width, tile // strip.columns * strip.height
        parts.append(
            f'<svg x="{x + number * step:.1f}" y="{top}" width="{shown:.1f}" height="{strip.height}" '
            f'viewBox="{left} {up} {shown:.1f} {strip.height}"><use xlink:href="#sheet"/></svg>'
        )
    return "".join(parts)


def _clean(text: str) -> str:
    return escape(_printable(text))


def _printable(text: str) -> str:
    """Return text without what XML cannot hold."""
    return "".join(char for char in text if char.isprintable())
