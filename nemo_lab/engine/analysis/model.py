"""What an analysis found, as data that goes over a pipe and into a cache."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

WINDOW_MS = 20
"""Length of one window of the level."""
FLOOR_DB = -100.0
"""Level of nothing at all, dBFS."""


MOTION_MS = 500
"""Length of one window of the motion."""
SPEECH_MS = 32
"""Length of one chunk in which speech is heard or not."""


class Envelope(BaseModel):
    """How loud one audio stream is, window by window, and where somebody speaks in it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    index: int
    """Among the file's audio streams; the first is 0."""
    title: str = ""
    levels: tuple[int, ...] = ()
    """RMS of each window of :data:`WINDOW_MS`, in tenths of dBFS; window 0 begins at the file's time 0."""
    decoded_ms: int = 0
    """How much sound there was to measure."""
    speech: tuple[int, ...] = ()
    """Probability of speech of each chunk of :data:`SPEECH_MS`, in percent; empty where nobody listened."""


class Analysis(BaseModel):
    """What is known about a file: its sound, and how much its picture moves."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    duration_ms: int
    envelopes: tuple[Envelope, ...] = ()
    motion: tuple[int, ...] = ()
    """Bytes that each window of :data:`MOTION_MS` took to show what changed; empty where that says
    nothing (sound alone, stills, pictures that are coded one by one)."""
    scenes: tuple[int, ...] = ()
    """When (ms) the picture becomes another one at a stroke: a new slide, a new scene; ascending."""
