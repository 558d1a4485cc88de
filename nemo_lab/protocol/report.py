"""What a render made: facts that travel from the engine to the run record."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from nemo_lab.protocol.plan import ExportFormat


class RenderReport(BaseModel):
    """Facts about a finished file."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    format: ExportFormat
    duration_ms: int
    width: int = 0
    """0 when there is no picture."""
    height: int = 0
    rate: str = ""
    """Frames per second, a fraction in text; empty when there is no moving picture."""
    frames: int = 0
    frames_copied: int = 0
    """Taken over from the source bit by bit."""
    frames_encoded: int = 0
    encoded_because: tuple[str, ...] = ()
    """Why pictures that no edit touches were encoded all the same; empty where joins explain it."""
    size_bytes: int
    video_codec: str = ""
    audio_codec: str = ""
    audio_tracks: int = 0
    notes: tuple[str, ...] = ()
    """What the creator should know: made smaller to fit, left out."""
