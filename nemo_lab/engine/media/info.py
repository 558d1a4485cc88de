"""What is known about a media file, as data that goes over a pipe and into a store."""

from __future__ import annotations

from fractions import Fraction
from typing import Literal

from pydantic import BaseModel, ConfigDict

from nemo_lab.engine.media.markers import Marker
from nemo_lab.engine.timebase import parse_rate

Kind = Literal["video", "audio", "image"]


class AudioStream(BaseModel):
    """One sound of a file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    index: int
    """Among the file's audio streams; the first is 0."""
    title: str = ""
    channels: int
    rate: int
    """Samples per second."""
    codec: str
    language: str = ""


class MediaInfo(BaseModel):
    """What a file holds. Its time 0 is its first picture, or its first sound when it has no picture."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Kind
    duration_ms: int
    """Of the picture where there is one, else of the longest sound; 0 for an image."""
    width: int = 0
    """As shown: rotated, in square pixels. 0 for sound."""
    height: int = 0
    rate: str = "30/1"
    """Frames per second; of an image and of sound, the default of new timelines."""
    rotation: int = 0
    """Degrees clockwise that a player turns the coded picture by: 0, 90, 180 or 270."""
    mirrored: bool = False
    """Whether a player mirrors the picture left to right too (some phones, EXIF)."""
    video_codec: str = ""
    audio: tuple[AudioStream, ...] = ()
    vfr: bool = False
    """Frames are not one per tick of ``rate``: their own stamps count."""
    frames: int = 0
    """How many pictures the file shows."""
    origin: str = "0/1"
    """Where its time 0 lies on the container's clock, in seconds, as a fraction."""
    markers: tuple[Marker, ...] = ()
    """Chapters, ascending; recorders write one where a person sets a mark."""
    size_bytes: int
    sha256: str | None = None

    @property
    def has_video(self) -> bool:
        """Whether there is a picture, moving or still."""
        return self.kind != "audio"

    @property
    def has_audio(self) -> bool:
        """Whether there is sound."""
        return bool(self.audio)

    @property
    def frame_rate(self) -> Fraction:
        """``rate`` as an exact number."""
        return parse_rate(self.rate)

    @property
    def origin_s(self) -> Fraction:
        """``origin`` as an exact number of seconds."""
        return Fraction(self.origin)
