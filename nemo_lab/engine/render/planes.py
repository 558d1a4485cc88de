"""Pictures as numpy planes: 8-bit 4:2:0, luma 16 to 235."""

from __future__ import annotations

import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

Plane = NDArray[np.uint8]
Window = tuple[int, int, int, int]
"""Left, top, width and height of a part of a picture, in luma samples; left and top are even."""
_CACHED = 1 << 16
BLACK = (16, 128, 128)
WHITE = (235, 128, 128)


def planes_of(frame: VideoFrame) -> tuple[Plane, Plane, Plane]:
    """Return views of a picture's luma and two chroma planes; writing to them changes the picture."""
    views = []
    for plane in frame.planes:
        rows: Plane = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
        views.append(rows[: plane.height, : plane.width])
    return views[0], views[1], views[2]


def is_same(first: VideoFrame, second: VideoFrame, window: Window) -> bool:
    """Whether two pictures of one size agree within a window, sample by sample."""
    pairs = list(zip(_seen(first, window), _seen(second, window), strict=True))
    luma, other = pairs[0]
    # A few rows first: they tell most pictures apart that differ, at a sixteenth of the cost.
    return _agree(luma[::16], other[::16]) and all(_agree(*pair) for pair in pairs)


def _seen(frame: VideoFrame, window: Window) -> tuple[Plane, ...]:
    left, top, width, height = window
    luma, *chroma = planes_of(frame)
    half = slice(top // 2, (top + height + 1) // 2), slice(left // 2, (left + width + 1) // 2)
    return luma[top : top + height, left : left + width], *(plane[half] for plane in chroma)


def _agree(first: Plane, second: Plane) -> bool:
    """Compare in parts: what numpy puts in between stays in the processor's cache."""
    step = max(1, _CACHED // first.shape[1])
    starts = range(0, len(first), step)
    return all(np.array_equal(first[at : at + step], second[at : at + step]) for at in starts)


def new_frame(width: int, height: int) -> VideoFrame:
    """Return a picture whose planes hold anything."""
    return VideoFrame(width, height, "yuv420p")


def plain(width: int, height: int, colour: tuple[int, int, int] = BLACK) -> VideoFrame:
    """Return a picture of one colour."""
    frame = new_frame(width, height)
    for plane, value in zip(planes_of(frame), colour, strict=True):
        plane[:] = value
    return frame


def copied(frame: VideoFrame) -> VideoFrame:
    """Return a picture of its own that may be written to."""
    result = new_frame(frame.width, frame.height)
    for target, source in zip(planes_of(result), planes_of(frame), strict=True):
        target[:] = source
    return result
