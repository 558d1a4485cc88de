"""A timeline as a picture for notebooks: one row for each track, drawn to scale, in the page's own colours.

Pure text, so that whatever holds a timeline can show itself with nothing imported. All that a person or
a backend wrote is escaped.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from nemo_lab.protocol.draft import Draft, Segment, Track, TrackType
from nemo_lab.protocol.summary import clock, kind_of, name_of, text_of

_LEFT, _WIDTH, _ROW, _GAP = 90, 900, 28, 6
"""Units of the drawing: where the rows begin, how long and high they are, and what lies between them."""
_SINGLE = 300
"""So many segments of a track are drawn one by one, each with its own hint; more become one shape."""
_LETTER = 8.0
"""Units that a letter takes, about."""
_COLOURS: dict[object, str] = {
    TrackType.VIDEO: "var(--jp-brand-color1,#1976d2)",
    TrackType.AUDIO: "var(--jp-success-color1,#388e3c)",
    TrackType.TEXT: "var(--jp-warn-color1,#f57c00)",
}
_OTHER = "var(--jp-ui-font-color2,#757575)"


def timeline_html(draft: Draft) -> str:
    """Return a timeline as HTML (one inline SVG, no script)."""
    if not draft.ready:
        return "<p>Timeline (empty)</p>"
    height = len(draft.tracks) * (_ROW + _GAP) + 20
    rows = "".join(_row(track, number, draft.length_ms) for number, track in enumerate(draft.tracks))
    label = f"Timeline, {len(draft.tracks)} tracks, {clock(draft.length_ms)}"
    return (
        f'<svg role="img" aria-label="{label}" viewBox="0 0 {_LEFT + _WIDTH} {height}"'
        ' style="width:100%;max-width:990px;height:auto" font-family="sans-serif" font-size="13"'
        f' fill="currentColor">{rows}'
        f'<text x="{_LEFT}" y="{height - 5}">0:00</text>'
        f'<text x="{_LEFT + _WIDTH}" y="{height - 5}" text-anchor="end">{clock(draft.length_ms)}</text></svg>'
    )


def _row(track: Track, number: int, length_ms: float) -> str:
    top = number * (_ROW + _GAP)
    scale = _WIDTH / max(length_ms, track.end_ms, 1)
    colour = _COLOURS.get(track.type, _OTHER)
    placed = track.placed()
    if len(placed) > _SINGLE:
        shape = "".join(
            f"M{_LEFT + start * scale:.1f} {top}h{segment.duration_ms * scale:.1f}v{_ROW}"
            f"h-{segment.duration_ms * scale:.1f}z"
            for start, segment in placed
        )
        body = (
            f'<path d="{shape}" fill="{colour}" fill-opacity=".35"><title>{len(placed)} clips</title></path>'
        )
    else:
        body = "".join(_segments(track, top, scale, colour))
    name = escape(_plain(kind_of(track)))
    return f'<text x="0" y="{top + 19}">{name}</text>{body}'


def _segments(track: Track, top: int, scale: float, colour: str) -> Iterator[str]:
    for start, segment in track.placed():
        left, width = _LEFT + start * scale, segment.duration_ms * scale
        name = _name(track, segment)
        span = f"{clock(start)} – {clock(start + segment.duration_ms)}"
        yield (
            f'<g><title>{escape(name)} {span}</title><rect x="{left:.1f}" y="{top}" width="{width:.1f}"'
            f' height="{_ROW}" rx="3" fill="{colour}" fill-opacity=".35" stroke="{colour}"/>'
        )
        room = int((width - 8) / _LETTER)
        if room >= 3:
            shown = name if len(name) <= room else f"{name[: room - 1]}…"
            yield f'<text x="{left + 5:.1f}" y="{top + 19}">{escape(shown)}</text>'
        yield "</g>"


def _name(track: Track, segment: Segment) -> str:
    found = text_of(segment) if track.type == TrackType.TEXT else name_of(segment)
    return _plain(found or "")


def _plain(text: str) -> str:
    """Return text on one line, without what XML cannot hold."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
