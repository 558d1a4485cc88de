"""Transitions between two pictures, and fades to a plain colour."""

from __future__ import annotations

from fractions import Fraction
from typing import cast

import av.filter
import numpy as np
from av.filter.context import FilterContext
from av.video.frame import VideoFrame

from nemo_lab.engine.render.planes import BLACK, WHITE, Plane, new_frame, planes_of

_UNTAGGED, _UNKNOWN_RANGE = 2, 0
_COLOURS = {"fade_black": BLACK, "fade_white": WHITE}


def blended(kind: str, before: VideoFrame, after: VideoFrame, step: int, steps: int) -> VideoFrame:
    """Return picture ``step`` (first is 0) of a transition that has ``steps`` pictures.

    ``wipe_left`` and ``slide_left`` move to the left: the new picture comes in from the right edge. A kind
    that is not known blends as a crossfade.
    """
    share = Fraction(2 * step + 1, 2 * steps)
    if kind in _COLOURS:
        shown, strength = (before, 1 - 2 * share) if share < Fraction(1, 2) else (after, 2 * share - 1)
        return faded(shown, strength, _COLOURS[kind])
    if kind.startswith(("wipe_", "slide_")):
        return _moved(kind, before, after, share)
    return _mixed(before, after, share)


def faded(frame: VideoFrame, strength: Fraction, colour: tuple[int, int, int] = BLACK) -> VideoFrame:
    """Return the picture at this strength (0 to 1) over a plain colour."""
    weight = round(strength * 256)
    result = new_frame(frame.width, frame.height)
    for target, plane, value in zip(planes_of(result), planes_of(frame), colour, strict=True):
        table = (np.arange(256) * weight + value * (256 - weight) + 128) >> 8
        np.take(table.astype(np.uint8), plane, out=target)
    return result


def _mixed(before: VideoFrame, after: VideoFrame, share: Fraction) -> VideoFrame:
    """Return the weighted mean, rounded down; the filter's floats hold products with such weights exactly."""
    graph = av.filter.Graph()
    graph.threads = 1
    form = {"video_size": f"{before.width}x{before.height}", "pix_fmt": "yuv420p", "time_base": "1/1"}
    inputs = [graph.add("buffer", None, **form) for _ in range(2)]
    weight = Fraction(round(share * 65536), 65536)
    blend = graph.add("blend", None, all_mode="normal", all_opacity=str(float(weight)))
    result = graph.add("buffersink")
    for number, source in enumerate(inputs):
        source.link_to(blend, 0, number)
    blend.link_to(result)
    graph.configure()
    for source, frame in zip(inputs, (after, before), strict=True):
        _push(source, frame)
    return cast(VideoFrame, result.pull())


def _push(source: FilterContext, frame: VideoFrame) -> None:
    """Push a picture without its tags: by those of two that differ, one would be converted."""
    tags = frame.colorspace, frame.color_range
    frame.colorspace, frame.color_range, frame.pts = _UNTAGGED, _UNKNOWN_RANGE, 0
    source.push(frame)
    frame.colorspace, frame.color_range = tags


def _moved(kind: str, before: VideoFrame, after: VideoFrame, share: Fraction) -> VideoFrame:
    """Return a picture of which a part, at an even place, is already the new one."""
    style, direction = kind.split("_")
    edge = int(before.width * share) // 2 * 2
    result = new_frame(before.width, before.height)
    for number, (target, old, new) in enumerate(
        zip(planes_of(result), planes_of(before), planes_of(after), strict=True)
    ):
        place = edge if number == 0 else edge // 2
        _join(target, old, new, place, leftwards=direction == "left", slides=style == "slide")
    return result


def _join(target: Plane, old: Plane, new: Plane, edge: int, *, leftwards: bool, slides: bool) -> None:
    rest = target.shape[1] - edge
    if leftwards:
        target[:, :rest] = old[:, edge:] if slides else old[:, :rest]
        target[:, rest:] = new[:, :edge] if slides else new[:, rest:]
    else:
        target[:, edge:] = old[:, :rest] if slides else old[:, edge:]
        target[:, :edge] = new[:, rest:] if slides else new[:, :edge]
