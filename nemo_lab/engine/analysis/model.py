"""What an analysis found, as data that goes over a pipe and into a cache."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

WINDOW_MS = 20
"""Length of one window of the level."""
FLOOR_DB = -100.0
"""Level of nothing at all, dBFS."""


class Envelope(BaseModel):
    """How loud one audio stream is, window by window."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    index: int
    """Among the file's audio streams; the first is 0."""
    title: str = ""
    levels: tuple[int, ...] = ()
    """RMS of each window of :data:`WINDOW_MS`, in tenths of dBFS; window 0 begins at the file's time 0."""
    decoded_ms: int = 0
    """How much sound there was to measure."""


class Analysis(BaseModel):
    """What is known about the sound of a file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    duration_ms: int
    envelopes: tuple[Envelope, ...] = ()
