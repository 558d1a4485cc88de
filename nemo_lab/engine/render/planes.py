"""Pictures as numpy planes: 8-bit 4:2:0, luma 16 to 235."""

from __future__ import annotations

import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

Plane = NDArray[np.uint8]
BLACK = (16, 128, 128)
WHITE = (235, 128, 128)


def planes_of(frame: VideoFrame) -> tuple[Plane, Plane, Plane]:
    """Return views of a picture's luma and two chroma planes; writing to them changes the picture."""
    views = []
    for plane in frame.planes:
        rows: Plane = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
        views.append(rows[: plane.height, : plane.width])
    return views[0], views[1], views[2]


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
