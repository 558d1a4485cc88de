"""What a render is made of, to the frame and to the sample.

Frame numbers and sample numbers count from the start of the result.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from math import floor
from typing import TypeVar

from nemo_lab.protocol.plan import Operation

Size = tuple[int, int]
"""Width and height in pixels."""
_Op = TypeVar("_Op")


NEEDS_HANDLES = frozenset({"crossfade", "wipe_left", "wipe_right", "slide_left", "slide_right"})
"""Transitions that show material from beyond the cut; the others go through a plain colour."""


@dataclass(frozen=True)
class Blend:
    """A transition from one piece to the next, in frames of the result."""

    kind: str
    first: int
    count: int

    @property
    def end(self) -> int:
        """The first frame after it."""
        return self.first + self.count


@dataclass(frozen=True)
class Piece:
    """A segment of the main track."""

    asset: str
    first: int
    """Its first frame in the result."""
    count: int
    """Frames in the result, transitions not counted."""
    start_sample: int
    end_sample: int
    source_frame: int
    """Which frame of its file is shown first, on that file's grid."""
    source_sample: int
    """Which sample of its file (at 48 kHz) is heard first."""
    source_rate: Fraction
    speed: Fraction
    volume: float
    track_volumes: tuple[tuple[int, float], ...] = ()
    """Factors on single audio tracks of its file besides; the first track is 0."""
    effects: tuple[Operation, ...] = ()
    blend_in: Blend | None = None
    blend_out: Blend | None = None
    joined: bool = False
    """Its sound goes on where the piece before ended, so nothing is faded between them."""

    @property
    def end(self) -> int:
        """The first frame after it."""
        return self.first + self.count

    def is_on_screen(self, frame: int) -> bool:
        """Whether it is seen at this frame of the result, alone or in a transition."""
        first = self.blend_in.first if self.blend_in else self.first
        end = self.blend_out.end if self.blend_out else self.end
        return first <= frame < end

    def loudness(self, track: int) -> float:
        """Return the factor on one audio track of its file."""
        return self.volume * dict(self.track_volumes).get(track, 1.0)

    def source_position(self, frame: int, rate: Fraction) -> int:
        """Return which frame of the file is on screen at this frame of the result."""
        return self.source_frame + floor((frame - self.first) * self.speed * self.source_rate / rate)


@dataclass(frozen=True)
class Layer:
    """Sound laid over the main track: music, or another recording."""

    asset: str
    start_sample: int
    end_sample: int
    source_sample: int
    volume: float
    speed: Fraction = Fraction(1)
    loop: bool = False
    fade_in: int = 0
    """Samples."""
    fade_out: int = 0
    duck: bool = False
    volume_before: float | None = None
    """Of the part of the same sound that it goes on from without a break."""
    goes_on: bool = False
    """Whether another part goes on where it ends."""


@dataclass(frozen=True)
class Caption:
    """A text over the picture."""

    text: str
    first: int
    end: int
    position: str = "center"
    size: float = 1.0
    color: str = "#ffffff"
    box: bool = False


@dataclass(frozen=True)
class Plan:
    """Everything that the result is made of."""

    rate: Fraction
    frames: int
    """0 when there is no picture."""
    samples: int
    base: Size
    """The picture that pieces are fitted into before the effects on the whole change its shape."""
    size: Size
    """The picture of the result."""
    pieces: tuple[Piece, ...]
    layers: tuple[Layer, ...]
    captions: tuple[Caption, ...]
    effects: tuple[Operation, ...]
    """What is done to the whole, in order."""
    sounds: int
    """Audio tracks of the result; 0 is silent."""
    notes: tuple[str, ...] = ()
    chapters: tuple[tuple[int, str], ...] = ()
    """Where each begins (ms) and what it is called."""
    obeyed: frozenset[str] = frozenset()
    """Files whose marks were obeyed as orders: those are no chapters any more."""
    beside: tuple[tuple[int, int, str], ...] = ()
    """Captions that are kept beside the picture: start and end (ms), and the text in its lines."""
    spoken: str = ""
    """Language of those captions, ISO 639-1."""
    tracks: Mapping[str, tuple[tuple[int, ...], ...]] = field(default_factory=dict)
    """For files whose audio tracks are mixed: which of them each audio track of the result is made of."""

    @cached_property
    def _firsts(self) -> Sequence[int]:
        return [piece.first for piece in self.pieces]

    def on_screen(self, frame: int) -> list[int]:
        """Return the numbers of the pieces that are seen at a frame: one, or two in a transition."""
        at = bisect_right(self._firsts, frame) - 1
        near = range(max(0, at - 1), min(at + 2, len(self.pieces)))
        return [at for at in near if self.pieces[at].is_on_screen(frame)]

    def sources_of(self, asset: str, track: int) -> tuple[int, ...]:
        """Return the audio tracks of a file that an audio track of the result is made of."""
        tracks = self.tracks.get(asset)
        if tracks is None:
            return (track,)
        return tracks[track] if track < len(tracks) else ()

    def wishes(self, kind: type[_Op]) -> list[_Op]:
        """Return the effects on the whole that are of this kind."""
        return [effect for effect in self.effects if isinstance(effect, kind)]

    @property
    def assets(self) -> set[str]:
        """The files that are needed."""
        return {piece.asset for piece in self.pieces} | {layer.asset for layer in self.layers}
