"""Operations on how the picture looks, and what all operations have in common.

Everything here is part of :mod:`nemo_lab.protocol.plan`, from where it is to be taken.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Position = Literal[
    "center", "top", "bottom", "left", "right", "top-left", "top-right", "bottom-left", "bottom-right"
]


class Wish(BaseModel):
    """Base of all operations: frozen, strict about its fields."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class Range(Wish):
    """An operation on a stretch of the timeline."""

    start_ms: int | None = None
    end_ms: int | None = None


class Reframe(Wish):
    """Another aspect ratio (``9:16``)."""

    op: Literal["reframe"] = "reframe"
    aspect: str = Field(pattern=r"^\d{1,3}:\d{1,3}$")
    mode: Literal["crop", "pad", "blur"] = "crop"


class Resize(Wish):
    """Another picture height in pixels; the width follows unless it is given too."""

    op: Literal["resize"] = "resize"
    height: int | None = Field(default=None, ge=16, le=8640)
    width: int | None = Field(default=None, ge=16, le=8640)


class Rotate(Wish):
    """Turn clockwise; negative is counter-clockwise."""

    op: Literal["rotate"] = "rotate"
    degrees: Literal[-270, -180, -90, 90, 180, 270]


class Flip(Wish):
    """Mirror left-right (``horizontal``) or top-bottom (``vertical``)."""

    op: Literal["flip"] = "flip"
    axis: Literal["horizontal", "vertical"]


class Color(Range):
    """Adjust colour: brightness, contrast and temperature by -1..1 (0 is unchanged), saturation as a
    factor (1 is unchanged, 0 is black and white)."""

    op: Literal["color"] = "color"
    brightness: float | None = Field(default=None, ge=-1, le=1)
    contrast: float | None = Field(default=None, ge=-1, le=1)
    saturation: float | None = Field(default=None, ge=0, le=4)
    temperature: float | None = Field(default=None, ge=-1, le=1)


class Blur(Range):
    """Soften the picture; ``strength`` is the blur's standard deviation in 1/1000 of the height."""

    op: Literal["blur"] = "blur"
    strength: float = Field(default=10.0, gt=0, le=200)


class Zoom(Range):
    """Enlarge the picture's centre."""

    op: Literal["zoom"] = "zoom"
    factor: float = Field(default=1.5, gt=1, le=10)


class Watermark(Wish):
    """Lay a picture from a file, or a short text, over the whole timeline."""

    op: Literal["watermark"] = "watermark"
    file: str | None = None
    text: str | None = Field(default=None, min_length=1, max_length=200)
    """Instead of a picture; small letters at the same place."""
    position: Position = "bottom-right"
    opacity: float = Field(default=0.8, gt=0, le=1)
    scale: float = Field(default=0.15, gt=0, le=1)
    """The mark's width as a part of the picture's."""
