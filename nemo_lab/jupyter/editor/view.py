"""A timeline as the page draws and plays it: few keys, whole milliseconds, no paths and no addresses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from nemo_lab.protocol.draft import Draft, Segment, Track, TrackType
from nemo_lab.protocol.edl import Decision, edl
from nemo_lab.protocol.summary import kind_of, name_of, summary, text_of

_KINDS = {TrackType.VIDEO: "video", TrackType.AUDIO: "audio", TrackType.TEXT: "text"}
_SHOWN_EFFECTS = 12
_LOOK = ("position", "size", "color", "box")
"""What a title's metadata say of its looks, as the operation ``title`` has them."""


def view_of(draft: Draft, infos: Iterable[Mapping[str, Any]], changed: Iterable[str] = ()) -> dict[str, Any]:
    """Return all that a view needs to draw and play a timeline.

    Args:
        draft: the timeline.
        infos: the project's files, as its state lists them.
        changed: ids of the segments that the last edit made or changed.
    """
    main = next((n for n, track in enumerate(draft.tracks) if track.segments and _is_media(track)), None)
    tracks = [_track(track, main=number == main) for number, track in enumerate(draft.tracks)]
    return {
        "ready": draft.ready,
        "length": draft.length_ms,
        "rate": str(draft.metadata.get("x_rate") or "30/1"),
        "tracks": [track for track in tracks if track["segments"] or track["main"]],
        "edl": [_entry(decision) for decision in edl(draft)],
        "files": [_file(info) for info in infos],
        "effects": _effects(draft),
        "changed": list(changed),
        "summary": summary(draft) if _few(draft) else f"Timeline ({len(draft.tracks)} tracks)",
    }


def changed_ids(before: Draft, after: Draft) -> list[str]:
    """Return the ids of the segments that are new or no longer as they were, wherever they lie now."""
    known = {key: _content(segment) for key, segment in _segments(before)}
    return [key for key, segment in _segments(after) if known.get(key) != _content(segment)]


def _effects(draft: Draft) -> list[str]:
    """Return what is done to pictures and sound, on the whole or on segments, each once."""
    single = (effect for track in draft.tracks for s in track.segments for effect in s.effects)
    names = (str(effect.get("op", "effect")) for effect in (*draft.effects, *single))
    return list(dict.fromkeys(names))[:_SHOWN_EFFECTS]


def _is_media(track: Track) -> bool:
    return track.type in {TrackType.VIDEO, TrackType.AUDIO}


def _few(draft: Draft) -> bool:
    return sum(len(track.segments) for track in draft.tracks) <= 60


def _segments(draft: Draft) -> Iterable[tuple[str, Segment]]:
    return ((s.id, s) for track in draft.tracks for s in track.segments if s.id)


def _content(segment: Segment) -> dict[str, Any]:
    wire = segment.to_wire()
    wire.pop("x_start", None)
    return wire


def _track(track: Track, *, main: bool) -> dict[str, Any]:
    kind = next((name for known, name in _KINDS.items() if track.type == known), "other")
    role = track.metadata.get("role")
    return {
        "name": "Captions" if role == "captions" else "Sound" if main and kind == "audio" else kind_of(track),
        "kind": kind,
        "main": main,
        "segments": [
            _segment(start, segment, number) for number, (start, segment) in enumerate(track.placed())
        ],
    }


def _segment(start: float, segment: Segment, number: int) -> dict[str, Any]:
    """Return a segment; what is as usual is left out, for there may be thousands."""
    shown: dict[str, Any] = {
        "id": segment.id or f"n{number}",
        "start": round(start),
        "length": round(segment.duration_ms),
    }
    label = text_of(segment) or name_of(segment)
    optional = {
        "label": label[:200] if label else None,
        "asset": segment.asset,
        "source": round(segment.source_start_ms) or None,
        "speed": None if segment.speed == 1 else segment.speed,
        "volume": None if segment.volume in {None, 1} else segment.volume,
        "blend": round(segment.transition.duration_ms) if segment.transition else None,
        "kind": segment.transition.kind if segment.transition else None,
        "protected": segment.protected or None,
    }
    if text_of(segment):
        optional |= {name: segment.metadata.get(name) or None for name in _LOOK}
    return shown | {name: value for name, value in optional.items() if value is not None}


def _entry(decision: Decision) -> list[Any]:
    """Return one line of the edit decision list, as a list: names would be most of the bytes."""
    blend = decision.transition
    return [
        decision.asset,
        decision.source_in_ms,
        decision.source_out_ms,
        decision.timeline_in_ms,
        decision.timeline_out_ms,
        decision.speed,
        decision.volume,
        int(decision.role == "layer"),
        int(decision.loop),
        *((blend.kind, blend.duration_ms) if blend is not None else ()),
    ]


def _file(info: Mapping[str, Any]) -> dict[str, Any]:
    seconds = info.get("duration")
    return {
        "id": str(info.get("id") or info.get("filename") or ""),
        "name": str(info.get("filename") or "")[:200],
        "kind": str(info.get("file_type") or ""),
        "length": round(seconds * 1000) if isinstance(seconds, int | float) else 0,
        "width": info.get("width"),
        "height": info.get("height"),
    }
