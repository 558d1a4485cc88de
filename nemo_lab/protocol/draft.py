"""The timeline: NemoVideo's draft JSON as typed, immutable models.

This is the one timeline model of nemo_lab. Attributes have plain names; the short wire keys are
aliases. The public part of the cloud's format (SKILL.md v1.9 §3.4) is

=====  ==================  =================================================================
key    attribute           meaning
=====  ==================  =================================================================
``t``  ``tracks``          list of tracks
``tt`` ``type``            0 video, 1 audio (music), 7 text; other numbers exist and are kept
``sg`` ``segments``        list of segments of a track
``d``  ``duration_ms``     duration in ms, of a segment, a track or the whole
``m``  ``metadata``        free-form: ``title width height`` of the whole, ``text`` of a title
=====  ==================  =================================================================

The cloud's remaining keys are not public. Whatever is not known here survives a round trip untouched.

**Local extensions** carry the prefix ``x_``, so that they never meet a key of the cloud's:

====================  ================  ==========================================================
key                   attribute         meaning
====================  ================  ==========================================================
of the draft
``x_effects``         effects           operations on the whole picture or sound, in order, as in
                                        :mod:`nemo_lab.protocol.plan` (rotate, fade, normalize …)
``m.x_rate``                            frames per second, a fraction in text: ``"30000/1001"``
``m.x_base``                            ``[width, height]`` before the operations on the whole
of a segment
``x_id``              id                unique within the draft, stable through edits
``x_name``            name              what a person calls it: a file's name, a music's title
``x_start``           start_ms          where it begins on the timeline
``x_asset``           asset             which uploaded file: ``id`` of an item of ``video_infos``
``x_source_start``    source_start_ms   where it begins in that file
``x_speed``           speed             source ms per timeline ms (2 plays twice as fast)
``x_volume``          volume            factor on its sound, 1 is unchanged
``x_track_volumes``   track_volumes     factors on single audio tracks of its file besides, by number
                                        in text (the first is ``"1"``)
``x_effects``         effects           operations on this segment alone (color, blur, zoom)
``x_transition``      transition        blend into the next: ``{"kind": …, "duration": ms}``,
                                        centred on the cut, fed by the material beyond it on
                                        either side, so that the timeline keeps its length
``x_protected``       protected         not to be cut by anything automatic
``x_loop``            loop              begins again when its file ends (music)
``x_fade_in/_out``    fade_in_ms …      fade of its sound
``x_duck``            duck              becomes quieter under speech (music)
====================  ================  ==========================================================

Segments of one track do not overlap. A segment without ``start`` begins where the one before it ends.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainValidator, ValidationError

from nemo_lab.errors import ProtocolError

Milliseconds = int | float
"""Whole on our side; the cloud may send a fraction, which is kept."""

_T = TypeVar("_T")


def _empty_for_null(value: Any) -> Any:
    return () if value is None else value


Tuple = Annotated[tuple[_T, ...], BeforeValidator(_empty_for_null)]
Volumes = Annotated[dict[str, float], BeforeValidator(lambda value: {} if value is None else value)]
Metadata = Annotated[dict[str, Any], BeforeValidator(lambda value: {} if value is None else value)]


class TrackType(IntEnum):
    """The track types that are public; any other number is legal too."""

    VIDEO = 0
    AUDIO = 1
    TEXT = 7


def _known_track_type(value: Any) -> Any:
    """Name a number that is public; leave any other number or text as it came (``"0"`` is no 0)."""
    if not isinstance(value, int | float | str):
        raise ValueError("a track type is a number or a text")
    known = [kind for kind in TrackType if type(value) is int and kind == value]
    return known[0] if known else value


class WireModel(BaseModel):
    """A piece of the wire: immutable, tolerant, lossless."""

    model_config = ConfigDict(extra="allow", frozen=True, populate_by_name=True)

    def to_wire(self) -> dict[str, Any]:
        """Return the JSON object: short keys, only what was set, unknown keys as they came."""
        return self.model_dump(mode="json", by_alias=True, exclude_unset=True)


class TransitionSpec(WireModel):
    """A blend from one segment into the next, centred on the cut."""

    kind: str = "crossfade"
    duration_ms: Milliseconds = Field(default=400, alias="duration")


class Segment(WireModel):
    """A piece of media (or of text) on a track."""

    duration_ms: Milliseconds = Field(default=0, alias="d")
    metadata: Metadata = Field(default_factory=dict, alias="m")
    id: str | None = Field(default=None, alias="x_id")
    name: str | None = Field(default=None, alias="x_name")
    start_ms: Milliseconds | None = Field(default=None, alias="x_start")
    asset: str | None = Field(default=None, alias="x_asset")
    source_start_ms: Milliseconds = Field(default=0, alias="x_source_start")
    speed: float = Field(default=1.0, alias="x_speed", gt=0)
    volume: float | None = Field(default=None, alias="x_volume")
    track_volumes: Volumes = Field(default_factory=dict, alias="x_track_volumes")
    effects: Tuple[dict[str, Any]] = Field(default=(), alias="x_effects")
    transition: TransitionSpec | None = Field(default=None, alias="x_transition")
    protected: bool = Field(default=False, alias="x_protected")
    loop: bool = Field(default=False, alias="x_loop")
    fade_in_ms: Milliseconds = Field(default=0, alias="x_fade_in")
    fade_out_ms: Milliseconds = Field(default=0, alias="x_fade_out")
    duck: bool = Field(default=False, alias="x_duck")

    @property
    def stated_start_ms(self) -> Milliseconds | None:
        """Where the segment says that it begins, in ms; the cloud's own key is not public."""
        if self.start_ms is not None:
            return self.start_ms
        for source in (self.model_extra or {}, self.metadata):
            for key in ("start", "s", "st"):
                value = source.get(key)
                if isinstance(value, int | float) and not isinstance(value, bool):
                    return value
        return None

    @property
    def source_end_ms(self) -> float:
        """Where it ends in its file."""
        return self.source_start_ms + self.duration_ms * self.speed


class Track(WireModel):
    """A row of segments of one type."""

    type: Annotated[TrackType | int | float | str, PlainValidator(_known_track_type)] = Field(
        default=TrackType.VIDEO, alias="tt"
    )
    segments: Tuple[Segment] = Field(default=(), alias="sg")
    duration_ms: Milliseconds | None = Field(default=None, alias="d")
    metadata: Metadata = Field(default_factory=dict, alias="m")

    def placed(self) -> list[tuple[Milliseconds, Segment]]:
        """Return each segment with its start on the timeline, in ms."""
        result: list[tuple[Milliseconds, Segment]] = []
        cursor: Milliseconds = 0
        for segment in self.segments:
            stated = segment.stated_start_ms
            start = cursor if stated is None else stated
            result.append((start, segment))
            cursor = start + segment.duration_ms
        return result

    @property
    def end_ms(self) -> Milliseconds:
        """Where its last segment ends, in ms."""
        return max((start + segment.duration_ms for start, segment in self.placed()), default=0)


class Draft(WireModel):
    """The whole timeline."""

    tracks: Tuple[Track] = Field(default=(), alias="t")
    duration_ms: Milliseconds | None = Field(default=None, alias="d")
    metadata: Metadata = Field(default_factory=dict, alias="m")
    effects: Tuple[dict[str, Any]] = Field(default=(), alias="x_effects")

    @classmethod
    def from_wire(cls, data: Any) -> Draft:
        """Read a draft from its JSON object; ``None`` is an empty one.

        Raises:
            ProtocolError: it is not a draft.
        """
        try:
            return cls.model_validate({} if data is None else data)
        except (ValidationError, RecursionError) as exc:
            raise ProtocolError(f"the backend sent a timeline that cannot be read: {_brief(exc)}") from None

    @property
    def ready(self) -> bool:
        """Whether there is something to export: some track has a segment (SKILL.md v1.9 §3.4)."""
        return any(track.segments for track in self.tracks)

    @property
    def length_ms(self) -> int:
        """How long the timeline is: its stated duration, else where the last segment ends."""
        if self.duration_ms is not None:
            return round(self.duration_ms)
        return round(max((track.end_ms for track in self.tracks), default=0))

    def of_type(self, kind: TrackType) -> list[Track]:
        """Return the tracks of one type, in order."""
        return [track for track in self.tracks if track.type == kind]

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        """Return the timeline as a picture for a notebook, with one line of text beside it."""
        from nemo_lab.protocol.picture import timeline_html  # both are built on this module
        from nemo_lab.protocol.summary import summary

        return {"text/plain": summary(self), "text/html": timeline_html(self)}


def _brief(error: Exception) -> str:
    """Name the first fault without quoting the input, which may be private."""
    if isinstance(error, ValidationError):
        first = error.errors(include_input=False, include_url=False)[0]
        return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    return "too deeply nested"
