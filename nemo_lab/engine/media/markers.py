"""Marks that a recording carries: chapters, as OBS writes them by hotkey, and as other tools do."""

from __future__ import annotations

from fractions import Fraction

from av.container import InputContainer
from pydantic import BaseModel, ConfigDict

from nemo_lab.engine.timebase import round_half_up


class Marker(BaseModel):
    """A mark at a time of the file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    start_ms: int
    end_ms: int
    """Where the next one begins, or the file ends."""
    title: str = ""


def markers_of(container: InputContainer, origin: Fraction, duration_ms: int) -> tuple[Marker, ...]:
    """Return the chapters of an open file, ascending.

    Args:
        container: the file.
        origin: where its time 0 lies on the container's clock, in seconds.
        duration_ms: how long it is; a mark beyond that is none.
    """
    found = [
        (
            round_half_up((chapter["start"] * (chapter["time_base"] or 0) - origin) * 1000),
            str(chapter["metadata"].get("title", "")).strip(),
        )
        for chapter in container.chapters()
    ]
    starts = sorted((max(0, at), title) for at, title in found if at < duration_ms)
    ends = [*(at for at, _ in starts[1:]), *([duration_ms] if starts else [])]
    return tuple(
        Marker(start_ms=at, end_ms=end, title=title) for (at, title), end in zip(starts, ends, strict=True)
    )
