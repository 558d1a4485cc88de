"""The edit decision list: which stretch of which file plays when, for a player that jumps over the sources.

A player that goes through the main entries in order, seeks to ``source_in_ms`` of ``asset`` and plays at
``speed`` until ``source_out_ms``, shows the timeline without any render; transitions, titles and effects on
the picture are what only a render shows. Laid sounds (music) play beside it.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from nemo_lab.protocol.draft import Draft, Milliseconds, Segment, Track, TrackType, TransitionSpec


class Blend(BaseModel):
    """A transition into the next entry, centred on the cut."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: str
    duration_ms: int


class Decision(BaseModel):
    """One stretch of a file on the timeline; times in whole ms, ends are exclusive."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    role: Literal["main", "layer"]
    """``main`` entries follow each other; a ``layer`` is heard (or shown) over them."""
    asset: str
    """``id`` of the uploaded file."""
    name: str = ""
    source_in_ms: int
    source_out_ms: int
    timeline_in_ms: int
    timeline_out_ms: int
    speed: float = 1.0
    """Source ms per timeline ms."""
    volume: float = 1.0
    """Factor on its sound."""
    track_volumes: dict[str, float] = {}
    """Factors on single audio tracks of the file besides, by number (the first is ``"1"``)."""
    loop: bool = False
    """Begins again when the file ends: ``source_out_ms`` counts on beyond its end."""
    transition: Blend | None = None

    def source_ms(self, timeline_ms: Milliseconds) -> float:
        """Return which place of the file is shown at a time of the timeline."""
        return self.source_in_ms + (timeline_ms - self.timeline_in_ms) * self.speed

    def to_json(self) -> dict[str, Any]:
        """Return the entry as plain data."""
        return self.model_dump(mode="json")


def edl(draft: Draft) -> list[Decision]:
    """Return the decisions of a timeline in order of time, main entries before layers that begin with them.

    Texts, and segments without a file or a length, have none.
    """
    main = _main(draft)
    found = [
        _decision(start, segment, "main" if track is main else "layer")
        for track in draft.tracks
        if track.type in {TrackType.VIDEO, TrackType.AUDIO}
        for start, segment in track.placed()
        if segment.asset and segment.duration_ms > 0
    ]
    return sorted(found, key=lambda entry: (entry.timeline_in_ms, entry.role == "layer"))


def _main(draft: Draft) -> Track | None:
    """Return the track that is edited: the first of pictures, else the first of sound."""
    for kind in (TrackType.VIDEO, TrackType.AUDIO):
        for track in draft.of_type(kind):
            if any(segment.duration_ms > 0 for segment in track.segments):
                return track
    return None


def _decision(start: Milliseconds, segment: Segment, role: Literal["main", "layer"]) -> Decision:
    return Decision(
        role=role,
        asset=segment.asset or "",
        name=segment.name or "",
        source_in_ms=round(segment.source_start_ms),
        source_out_ms=round(segment.source_end_ms),
        timeline_in_ms=round(start),
        timeline_out_ms=round(start + segment.duration_ms),
        speed=segment.speed,
        volume=1.0 if segment.volume is None else segment.volume,
        track_volumes=dict(segment.track_volumes),
        loop=segment.loop,
        transition=_blend(segment.transition),
    )


def _blend(transition: TransitionSpec | None) -> Blend | None:
    if transition is None:
        return None
    return Blend(kind=transition.kind, duration_ms=round(transition.duration_ms))
