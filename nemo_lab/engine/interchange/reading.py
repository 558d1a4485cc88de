"""A timeline that came from another editor, on its way to become ours."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from nemo_lab.engine.timebase import format_rate, frame_to_ms, round_half_up
from nemo_lab.errors import EditError
from nemo_lab.protocol.draft import Draft, TrackType

PLACED = frozenset({"d", "x_start", "x_source_start", "x_asset", "x_transition", "x_speed", "x_id", "x_name"})
"""Keys of a segment that the structure of a file tells; the rest travels beside it where it can."""


@dataclass(frozen=True)
class Cut:
    """A stretch of a file, as it was read."""

    file: str
    """Path, address or bare name, as it is written there."""
    source: Fraction
    """Where in the file it begins, in seconds."""
    length: int
    """Frames on the timeline."""
    start: int | None = None
    """Frame of the timeline; ``None`` follows the one before."""
    speed: float = 1.0
    name: str = ""
    extras: dict[str, Any] = field(default_factory=dict)
    """Further wire keys of its segment."""


@dataclass(frozen=True)
class Title:
    """A text, as it was read."""

    start: int
    length: int
    extras: dict[str, Any]


@dataclass(frozen=True)
class Reading:
    """What a timeline file says. The ``asset`` of a segment is the file as it is written there."""

    draft: Draft
    notes: tuple[str, ...] = ()
    """What was left out."""

    @property
    def files(self) -> list[str]:
        """The files that it uses, in order of first use."""
        rows = (track.segments for track in self.draft.tracks)
        return list({segment.asset: None for row in rows for segment in row if segment.asset})

    def with_assets(self, assets: dict[str, str]) -> Draft:
        """Return the timeline with its files named by the ids of a library."""
        tracks = tuple(
            track.model_copy(
                update={
                    "segments": tuple(
                        segment.model_copy(update={"asset": assets[segment.asset]})
                        if segment.asset
                        else segment
                        for segment in track.segments
                    )
                }
            )
            for track in self.draft.tracks
        )
        return self.draft.model_copy(update={"tracks": tracks})


def reading_of(
    rate: Fraction,
    main: Sequence[Cut],
    *,
    joins: dict[int, tuple[str, int]] | None = None,
    layers: Iterable[Sequence[Cut]] = (),
    titles: Iterable[tuple[dict[str, Any], Sequence[Title]]] = (),
    whole: dict[str, Any] | None = None,
    sound_only: bool = False,
    notes: tuple[str, ...] = (),
) -> Reading:
    """Return the timeline of what was read.

    Args:
        rate: frames per second of everything that is counted in frames.
        main: the clips that follow each other.
        joins: kind and frames of a transition, by the number of the clip before it.
        layers: rows of sound beside it.
        titles: rows of texts, each with the metadata of its track.
        whole: further wire keys of the draft.
        sound_only: whether the main row is of sound.
        notes: what was left out.

    Raises:
        EditError: there is no clip.
    """
    if not main:
        raise EditError("the timeline file has no clip", remedy="Export it again with its clips in place.")
    wire = dict(whole or {})
    wire["m"] = {"x_rate": format_rate(rate), **wire.get("m", {})}
    kind = TrackType.AUDIO if sound_only else TrackType.VIDEO
    row = _row(main, rate, joins or {}, "s")
    tracks: list[dict[str, Any]] = [{"tt": int(kind), "sg": row}]
    tracks += [_sound_track(layer, rate, number) for number, layer in enumerate(layers, 1)]
    tracks += [_text_track(data, texts, rate, number) for number, (data, texts) in enumerate(titles, 1)]
    length = row[-1]["x_start"] + row[-1]["d"]
    for track in tracks:
        track["d"] = max(segment["x_start"] + segment["d"] for segment in track["sg"])
    return Reading(Draft.from_wire({**wire, "t": tracks, "d": length}), notes)


def _sound_track(layer: Sequence[Cut], rate: Fraction, number: int) -> dict[str, Any]:
    return {"tt": int(TrackType.AUDIO), "m": {"role": "music"}, "sg": _row(layer, rate, {}, f"a{number}_")}


def _text_track(
    metadata: dict[str, Any], texts: Sequence[Title], rate: Fraction, number: int
) -> dict[str, Any]:
    segments = [_title(text, rate, f"t{number}_{place}") for place, text in enumerate(texts, 1)]
    return {"tt": int(TrackType.TEXT), "m": metadata, "sg": segments}


def _row(
    cuts: Sequence[Cut], rate: Fraction, joins: dict[int, tuple[str, int]], prefix: str
) -> list[dict[str, Any]]:
    at, row = 0, []
    for number, cut in enumerate(cuts):
        at = at if cut.start is None else cut.start
        start, at = at, at + cut.length
        segment = {
            **cut.extras,
            "x_id": f"{prefix}{number + 1}",
            "x_name": cut.name or cut.file.rpartition("/")[2],
            "x_asset": cut.file,
            "x_start": frame_to_ms(start, rate),
            "d": frame_to_ms(at, rate) - frame_to_ms(start, rate),
            "x_source_start": round_half_up(cut.source * 1000),
            "x_speed": cut.speed,
        }
        if number in joins:
            kind, frames = joins[number]
            segment["x_transition"] = {"kind": kind, "duration": frame_to_ms(frames, rate)}
        row.append(segment)
    return row


def _title(text: Title, rate: Fraction, name: str) -> dict[str, Any]:
    start, end = frame_to_ms(text.start, rate), frame_to_ms(text.start + text.length, rate)
    return {**text.extras, "x_id": name, "x_start": start, "d": end - start}


def rate_of(value: float) -> Fraction:
    """Return the exact rate that a decimal number stands for (29.97 is 30000/1001).

    Raises:
        EditError: it is no rate.
    """
    if not 1 <= value <= 1000:
        raise EditError(f"{value} is no frame rate", remedy="Export the timeline again.")
    nearest = Fraction(round(value) * 1000, 1001)
    if abs(float(nearest) - value) < 0.005:
        return nearest
    return Fraction(value).limit_denominator(1001)
