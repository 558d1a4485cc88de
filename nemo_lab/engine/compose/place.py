"""Put an uploaded file on the timeline."""

from __future__ import annotations

from pathlib import PurePath
from typing import Any

from nemo_lab.engine.compose.model import Asset
from nemo_lab.engine.render.canvas import even
from nemo_lab.engine.timebase import snap_ms
from nemo_lab.protocol.draft import Draft, Segment, Track, TrackType

STILL_MS = 5000
"""How long a picture without motion is shown."""


def place(draft: Draft, asset: Asset) -> Draft:
    """Return the draft with a file at the end of its main track.

    The first picture sets title, size and rate of the timeline. Sound that is uploaded to pictures stays
    in the library until it is asked for (as music); a picture that comes after a sound takes the main
    track, and the sound stays in the library likewise.
    """
    pictures = [track for track in draft.of_type(TrackType.VIDEO) if track.segments]
    if asset.info.kind == "audio":
        return draft if pictures else _appended(draft, asset, TrackType.AUDIO)
    if not pictures:
        kept = tuple(track for track in draft.tracks if track.type not in {TrackType.VIDEO, TrackType.AUDIO})
        draft = draft.model_copy(update={"tracks": kept})
    return _appended(draft, asset, TrackType.VIDEO)


def segment_of(asset: Asset, segment_id: str) -> Segment:
    """Return a whole file as a segment, its end on the file's own frame grid."""
    length = STILL_MS if asset.info.kind == "image" else asset.info.duration_ms
    if asset.info.kind == "video":
        length = snap_ms(length, asset.info.frame_rate)
    return Segment(
        duration_ms=max(1, length),
        id=segment_id,
        name=asset.name,
        start_ms=0,
        asset=asset.id,
        source_start_ms=0,
    )


def _appended(draft: Draft, asset: Asset, kind: TrackType) -> Draft:
    main = next((t for t in draft.of_type(kind) if t.metadata.get("role") != "music"), None)
    segment = segment_of(asset, _free_id(draft))
    if main is None:
        track = Track(type=kind, segments=(segment,), duration_ms=segment.duration_ms)
        tracks: tuple[Track, ...] = (track, *draft.tracks)
    else:
        start = round(main.end_ms)
        segments = (*main.segments, segment.model_copy(update={"start_ms": start}))
        track = main.model_copy(update={"segments": segments, "duration_ms": start + segment.duration_ms})
        tracks = tuple(track if other is main else other for other in draft.tracks)
    return draft.model_copy(
        update={"tracks": tracks, "duration_ms": track.duration_ms, "metadata": _metadata(draft, asset)}
    )


def _metadata(draft: Draft, asset: Asset) -> dict[str, Any]:
    """Return the draft's metadata, with what the first file of its kind decides."""
    metadata = dict(draft.metadata)
    if not metadata.get("title"):
        metadata["title"] = PurePath(asset.name).stem
    if asset.info.has_video and "width" not in metadata:
        size = even(asset.info.width), even(asset.info.height)
        metadata |= {"width": size[0], "height": size[1], "x_rate": asset.info.rate, "x_base": list(size)}
    return metadata


def _free_id(draft: Draft) -> str:
    taken = {segment.id for track in draft.tracks for segment in track.segments}
    number = 1
    while f"s{number}" in taken:
        number += 1
    return f"s{number}"
