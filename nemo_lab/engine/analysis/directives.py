"""Marks as directives: what a person named a mark while recording is what becomes of the recording.

====================  =======================================================================
name                  what it does
====================  =======================================================================
``cut``               the stretch from this mark to the next goes
``cut 30s``           the 30 seconds before this mark go (one marks a slip after it happened)
``keep``              the stretch from this mark to the next stays, whatever else goes
``speed 4x``          the stretch from this mark to the next plays four times as fast
``title: X``          X is shown for three seconds from this mark on
====================  =======================================================================

In Chinese: 删除 or 剪掉, 删除30秒, 保留, 4倍速, 标题：X. Any other name is a chapter's and does nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from nemo_lab.engine.media.markers import Marker
from nemo_lab.protocol.plan import Cut, Operation, Protect, Speed, Title

_CUT = re.compile(r"(?:cut|删除|剪掉|删掉)", re.IGNORECASE)
_CUT_BEFORE = re.compile(
    r"(?:cut|删除|剪掉|删掉)\s*(?:the\s+last\s*|前\s*)?(\d+(?:\.\d+)?)\s*(?:s|sec|seconds?|秒)", re.IGNORECASE
)
_KEEP = re.compile(r"(?:keep|保留)", re.IGNORECASE)
_SPEED = re.compile(r"(?:speed\s*(\d+(?:\.\d+)?)\s*x?|(\d+(?:\.\d+)?)\s*(?:x|倍速))", re.IGNORECASE)
_TITLE = re.compile(r"(?:title|标题)\s*[:：]\s*(\S.*)", re.IGNORECASE)


def directives(markers: Sequence[Marker]) -> list[Operation]:
    """Return what the names of marks ask for, in the file's own time, in order of time.

    Args:
        markers: of a recording, ascending.
    """
    return [operation for marker in markers if (operation := _of(marker)) is not None]


def _of(marker: Marker) -> Operation | None:
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
