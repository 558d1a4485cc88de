"""Marks as directives: what a person named a mark while recording is what becomes of the recording.

====================  =======================================================================
name                  what it does
====================  =======================================================================
``cut``               the stretch from this mark to the next goes
``cut 30s``           the 30 seconds before this mark go (one marks a slip after it happened)
``keep``              the stretch from this mark to the next stays, whatever else goes
``speed 4x``          the stretch from this mark to the next plays four times as fast
``title: X``          X is shown for three seconds from this mark on
``highlight``         what is said around this mark matters more when something must go
``highlight 30s``     what is said in the 30 seconds before it does
====================  =======================================================================

In Chinese: 删除 or 剪掉, 删除30秒, 保留, 4倍速, 标题：X, 高光 or 精彩. Any other name is a chapter's and does
nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from nemo_lab.engine.analysis.spans import Span, closed
from nemo_lab.engine.media.markers import Marker
from nemo_lab.protocol.plan import Cut, Protect, Speed, Title

Order = Cut | Protect | Speed | Title
"""What the name of a mark can ask for."""

_CUT = re.compile(r"(?:cut|删除|剪掉|删掉)", re.IGNORECASE)
_CUT_BEFORE = re.compile(
    r"(?:cut|删除|剪掉|删掉)\s*(?:the\s+last\s*|前\s*)?(\d+(?:\.\d+)?)\s*(?:s|sec|seconds?|秒)", re.IGNORECASE
)
_KEEP = re.compile(r"(?:keep|保留)", re.IGNORECASE)
_SPEED = re.compile(r"(?:speed\s*(\d+(?:\.\d+)?)\s*x?|(\d+(?:\.\d+)?)\s*(?:x|倍速))", re.IGNORECASE)
_HIGHLIGHT = re.compile(
    r"(?:high ?lights?|best|精彩(?:片段|时刻)?|高光(?:时刻)?)"
    r"(?:\s*(?:the\s+last\s*|前\s*)?(\d+(?:\.\d+)?)\s*(?:s|sec|seconds?|秒))?",
    re.IGNORECASE,
)
_BEFORE_MS, _AFTER_MS = 10_000, 15_000
"""How far around a mark counts: one presses the key when it happens, or just after."""
_TITLE = re.compile(r"(?:title|标题)\s*[:：]\s*(\S.*)", re.IGNORECASE)


def directives(markers: Sequence[Marker]) -> list[Order]:
    """Return what the names of marks ask for, in the file's own time, in order of time.

    Args:
        markers: of a recording, ascending.
    """
    return [operation for marker in markers if (operation := order_of(marker)) is not None]


def highlighted(markers: Sequence[Marker]) -> list[Span]:
    """Return the stretches (start, end in ms of the file) that marks name as highlights, ascending."""
    found = [(marker, said) for marker in markers if (said := _HIGHLIGHT.fullmatch(marker.title.strip()))]
    return closed(
        [
            (marker.start_ms - round(float(said[1]) * 1000), marker.start_ms)
            if said[1]
            else (marker.start_ms - _BEFORE_MS, min(marker.end_ms, marker.start_ms + _AFTER_MS))
            for marker, said in found
        ],
        1,
    )


def chapter_name(name: str) -> str | None:
    """Return what a chapter is called once its order has been obeyed: a title's own words; ``None`` for an
    order, which is nothing to show to an audience."""
    said = name.strip()
    title = _TITLE.fullmatch(said)
    if title is not None:
        return title[1]
    orders = (_CUT, _CUT_BEFORE, _KEEP, _SPEED, _HIGHLIGHT)
    return None if any(order.fullmatch(said) for order in orders) else name


def order_of(marker: Marker) -> Order | None:
    """Return what the name of one mark asks for, in the file's own time; ``None`` for a plain chapter."""
    name, start, end = marker.title.strip(), marker.start_ms, marker.end_ms
    before, speed, title = _CUT_BEFORE.fullmatch(name), _SPEED.fullmatch(name), _TITLE.fullmatch(name)
    if title is not None:
        return Title(text=title[1][:2000], start_ms=start)
    if before is not None and start > 0:
        return Cut(start_ms=max(0, start - round(float(before[1]) * 1000)), end_ms=start)
    if end <= start:
        return None
    if _CUT.fullmatch(name):
        return Cut(start_ms=start, end_ms=end)
    if _KEEP.fullmatch(name):
        return Protect(start_ms=start, end_ms=end)
    if speed is not None and 0.05 <= float(speed[1] or speed[2]) <= 100:
        return Speed(start_ms=start, end_ms=end, factor=float(speed[1] or speed[2]))
    return None
