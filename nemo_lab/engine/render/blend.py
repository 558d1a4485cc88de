"""Transitions between two pictures, and fades to a plain colour."""

from __future__ import annotations

from fractions import Fraction
from typing import cast

import av.filter
import numpy as np
from av.video.frame import VideoFrame

from nemo_lab.engine.render.graph import push_untagged
from nemo_lab.engine.render.planes import BLACK, WHITE, Plane, new_frame, planes_of

_COLOURS = {"fade_black": BLACK, "fade_white": WHITE}


class Blender:
    """Makes the pictures of transitions; its buffers are used again, so one thread has it for itself."""

    def __init__(self) -> None:
        self._mixer: _Mixer | None = None

    def blended(self, kind: str, before: VideoFrame, after: VideoFrame, step: int, steps: int) -> VideoFrame:
        """Return picture ``step`` (first is 0) of a transition that has ``steps`` pictures.

        ``wipe_left`` and ``slide_left`` move to the left: the new picture comes in from the right edge. A
        kind that is not known blends as a crossfade.
        """
        share = Fraction(2 * step + 1, 2 * steps)
        if kind in _COLOURS:
            shown, strength = (before, 1 - 2 * share) if share < Fraction(1, 2) else (after, 2 * share - 1)
            return faded(shown, strength, _COLOURS[kind])
        if kind.startswith(("wipe_", "slide_")):
            return _moved(kind, before, after, share)
        size = before.width, before.height
        if self._mixer is None or self._mixer.size != size:
            self._mixer = _Mixer(size)
        return self._mixer.mixed(before, after, share)


def faded(frame: VideoFrame, strength: Fraction, colour: tuple[int, int, int] = BLACK) -> VideoFrame:
    """Return the picture at this strength (0 to 1) over a plain colour."""
    weight = round(strength * 256)
    result = new_frame(frame.width, frame.height)
    for target, plane, value in zip(planes_of(result), planes_of(frame), colour, strict=True):
        table = (np.arange(256) * weight + value * (256 - weight) + 128) >> 8
        np.take(table.astype(np.uint8), plane, out=target)
    return result


class _Mixer:
    """Gives weighted means of pictures of one size."""

    def __init__(self, size: tuple[int, int]) -> None:
        self.size = size
        self._graph = av.filter.Graph()
        self._graph.threads = 1
        form = {"video_size": f"{size[0]}x{size[1]}", "pix_fmt": "yuv420p", "time_base": "1/1"}
        self._inputs = [self._graph.add("buffer", None, **form) for _ in range(2)]
        self._blend = self._graph.add("blend", None, all_mode="normal")
        self._result = self._graph.add("buffersink")
        for number, source in enumerate(self._inputs):
            source.link_to(self._blend, 0, number)
        self._blend.link_to(self._result)
        self._graph.configure()
        self._count = 0

    def mixed(self, before: VideoFrame, after: VideoFrame, share: Fraction) -> VideoFrame:
        """Return the mean, rounded down; the filter's floats hold products with such weights exactly."""
        weight = Fraction(round(share * 65536), 65536)
        self._blend.process_command("all_opacity", str(float(weight)))
        for source, frame in zip(self._inputs, (after, before), strict=True):
            push_untagged(source, frame, self._count)
        self._count += 1
        return cast(VideoFrame, self._result.pull())


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
