"""What encoded pictures must agree with so that they belong to a source's stream."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from fractions import Fraction
from typing import Any

from nemo_lab.engine.render.smart.avcc import AvcConfiguration

KEYFRAME_EVERY = 250
"""Encoded frames from one IDR picture to the next."""


@dataclass(frozen=True)
class SourceFormat:
    """A source's picture and parameter sets; all of it can be written as JSON."""

    width: int
    height: int
    pixel_format: str
    profile: str
    """x264's name of the profile; empty where the pixel format says enough."""
    colors: tuple[int, int, int, int]
    """Range, matrix, primaries, transfer: the codec's numbers."""
    rate: str
    """Frames per second, a fraction."""
    avcc: str
    """The ``avcC`` record (``hvcC`` for HEVC), in hexadecimal."""
    poc_step: int = 2
    """By how much the picture order count grows from a frame to the next."""
    codec: str = "h264"
    """FFmpeg's name of the codec."""

    @property
    def frame_rate(self) -> Fraction:
        """``rate`` as an exact number."""
        return Fraction(self.rate)

    @property
    def configuration(self) -> AvcConfiguration:
        """The source's parameter sets."""
        return AvcConfiguration.parse(bytes.fromhex(self.avcc))

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON's types."""
        return asdict(self)
