"""Text over the picture. Times mean the timeline as it was; where they lie now is settled at the end."""

from __future__ import annotations

from nemo_lab.engine.compose.model import Skip
from nemo_lab.engine.compose.ranges import shown
from nemo_lab.engine.compose.words import clock
from nemo_lab.engine.compose.work import Work
from nemo_lab.engine.timebase import round_half_up
from nemo_lab.protocol.draft import Segment, Track, TrackType
from nemo_lab.protocol.plan import Title

_READABLE_MS = 3000
"""A title that loses some of its picture to a cut stays at least this long, if it was."""


def title(work: Work, op: Title) -> None:
    """Show text from a moment on."""
    if not work.has_picture:
        raise Skip("no_picture")
    start = op.start_ms or 0
    if start >= work.was_length:
        raise Skip("outside", range=clock(start), length=clock(work.was_length))
    work.new_titles.append(op)


def settle(work: Work) -> list[Segment]:
    """Return all titles where they lie now, in order of time."""
    kept = [moved for segment in work.titles if (moved := _moved(work, segment)) is not None]
    return sorted([*kept, *(_new(work, op) for op in work.new_titles)], key=lambda s: s.start_ms or 0)


def _new(work: Work, op: Title) -> Segment:
    """Place a new title: a negative start counts from the end of the timeline as it has become."""
    stated = op.start_ms or 0
    start = max(0, work.length + stated) if stated < 0 else work.point(stated) if stated else 0
    start = min(start, work.length - 1)
    length = work.length - start
    if op.duration_ms is not None and op.duration_ms < length:
        length = op.duration_ms
    elif op.duration_ms is not None and op.duration_ms > length:
        work.note("title_clamped", text=op.text)
    work.say("title", text=op.text, range=shown(start, start + length))
    look = {"position": op.position, "size": op.size, "color": op.color, "box": op.box}
    return Segment(
        duration_ms=length, id=work.new_id("t"), start_ms=start, metadata={"text": op.text, **look}
    )


def _moved(work: Work, segment: Segment) -> Segment | None:
    """Return a title with the picture that it lay over; ``None`` when all of that was cut."""
    start = round_half_up(segment.start_ms or 0)
    length = round_half_up(segment.duration_ms)
    if start >= work.was_length:
        return None if start >= work.length else segment
    places = work.now(start, start + length)
    if not places:
        work.note("title_gone", text=segment.metadata.get("text", ""))
        return None
    low, high = max(places, key=lambda place: place[1] - place[0])
    length = min(max(high - low, min(length, _READABLE_MS)), work.length - low)
    return segment.model_copy(update={"start_ms": low, "duration_ms": length})


def tracks(titles: list[Segment], like: Track | None) -> list[Track]:
    """Return text tracks; titles that overlap go on further tracks, since segments of one may not."""
    rows: list[list[Segment]] = []
    for segment in titles:
        start = segment.start_ms or 0
        row = next((row for row in rows if (row[-1].start_ms or 0) + row[-1].duration_ms <= start), None)
        if row is None:
            rows.append([segment])
        else:
            row.append(segment)
    base = like or Track(type=TrackType.TEXT)
    return [
        base.model_copy(
            update={"segments": tuple(row), "duration_ms": (row[-1].start_ms or 0) + row[-1].duration_ms}
        )
        for row in rows
    ]
