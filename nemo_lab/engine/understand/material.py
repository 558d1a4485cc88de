"""What understanding needs to know of an uploaded file."""

from __future__ import annotations

from typing import Protocol


class Media(Protocol):
    """A file's facts."""

    @property
    def duration_ms(self) -> int:
        """Its length."""

    @property
    def width(self) -> int:
        """Of the picture, 0 for sound."""

    @property
    def height(self) -> int:
        """Of the picture, 0 for sound."""

    @property
    def rate(self) -> str:
        """Frames per second, as a fraction."""


class File(Protocol):
    """An uploaded file."""

    @property
    def name(self) -> str:
        """What a person calls it."""

    @property
    def info(self) -> Media:
        """Its facts."""
