"""Drafts for render tests, said briefly."""

from __future__ import annotations

from typing import Any

from nemo_lab.protocol.draft import Draft


def piece(start: int, end: int, *, asset: str = "a", speed: float = 1.0, **more: Any) -> dict[str, Any]:
    """Return a segment that shows ``start`` to ``end`` (ms) of a file; ``more`` are further wire keys."""
    wire = {"d": round((end - start) / speed), "x_source_start": start, "x_asset": asset, "x_speed": speed}
    return wire | more


def timeline(
    *pieces: dict[str, Any],
    rate: str = "30/1",
    kind: int = 0,
    music: tuple[dict[str, Any], ...] = (),
    titles: tuple[dict[str, Any], ...] = (),
    effects: tuple[dict[str, Any], ...] = (),
    size: tuple[int, int] | None = None,
) -> Draft:
    """Return a draft whose main track has these pieces one after the other."""
    tracks: list[dict[str, Any]] = [{"tt": kind, "sg": list(pieces)}]
    if music:
        tracks.append({"tt": 1, "m": {"role": "music"}, "sg": list(music)})
    tracks += [{"tt": 7, "sg": [title]} for title in titles]
    metadata: dict[str, Any] = {"x_rate": rate}
    if size:
        metadata |= {"width": size[0], "height": size[1]}
    length = sum(segment["d"] for segment in pieces)
    return Draft.from_wire({"t": tracks, "d": length, "m": metadata, "x_effects": list(effects)})


def title(text: str, duration: int = 1000, start: int = 0, **style: Any) -> dict[str, Any]:
    """Return a title's segment."""
    return {"d": duration, "x_start": start, "m": {"text": text, **style}}


def blend(kind: str = "crossfade", duration: int = 400) -> dict[str, Any]:
    """Return a transition into the next piece, as a key of :func:`piece`."""
    return {"x_transition": {"kind": kind, "duration": duration}}
