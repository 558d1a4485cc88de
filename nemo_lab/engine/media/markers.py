"""Marks that a recording carries: chapters, as OBS writes them by hotkey, and as other tools do."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict

from nemo_lab.engine.media.files import open_media, reading
from nemo_lab.engine.media.info import MediaInfo
from nemo_lab.engine.timebase import round_half_up


class Marker(BaseModel):
    """A mark at a time of the file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    start_ms: int
    end_ms: int
    """Where the next one begins, or the file ends."""
    title: str = ""


def read_markers(path: Path | str, info: MediaInfo) -> tuple[Marker, ...]:
    """Return the chapters of a file, ascending, in the file's own time.

    Raises:
        MediaNotFound, UnsupportedFormat, UnreadableMedia: see :func:`nemo_lab.engine.media.open_media`.
    """
    with open_media(path) as container, reading(path):
        found = [
            (
                round_half_up((chapter["start"] * (chapter["time_base"] or 0) - info.origin_s) * 1000),
                str(chapter["metadata"].get("title", "")).strip(),
            )
            for chapter in container.chapters()
        ]
    starts = sorted((max(0, at), title) for at, title in found if at < info.duration_ms)
    ends = [*(at for at, _ in starts[1:]), *([info.duration_ms] if starts else [])]
    return tuple(
        Marker(start_ms=at, end_ms=end, title=title) for (at, title), end in zip(starts, ends, strict=True)
    )
