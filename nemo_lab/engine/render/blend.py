"""Transitions between two pictures, and fades to a plain colour."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from av.video.frame import VideoFrame

from nemo_lab.engine.render.planes import BLACK, WHITE, Plane, new_frame, planes_of

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
    weight = round(share * 256)
    result = new_frame(before.width, before.height)
    for target, old, new in zip(planes_of(result), planes_of(before), planes_of(after), strict=True):
        total = old.astype(np.uint16)
        total *= np.uint16(256 - weight)
        total += new.astype(np.uint16) * np.uint16(weight)
        total += np.uint16(128)
        target[:] = total >> 8
    return result


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
