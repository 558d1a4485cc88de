"""Something with an alpha channel laid over pictures: a text, a mark."""

from __future__ import annotations

import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray
from PIL import Image

from nemo_lab.engine.render.planes import planes_of

_LUMA = {1: (0.2126, 0.0722), 9: (0.2627, 0.0593)}
"""Weights of red and blue by the matrix's number (ITU-T H.273); all others are as BT.601."""
_BT601 = (0.299, 0.114)
_Layer = NDArray[np.float32]


class Overlay:
    """An RGBA picture, ready to be drawn on any number of 4:2:0 pictures.

    Args:
        image: mode RGBA, as large as the picture that it is drawn on.
        matrix: number of the colour matrix of the pictures.
    """

    def __init__(self, image: Image.Image, matrix: int) -> None:
        box = image.getchannel("A").getbbox() or (0, 0, 2, 2)
        left, top = box[0] // 2 * 2, box[1] // 2 * 2
        right, bottom = -(-box[2] // 2) * 2, -(-box[3] // 2) * 2
        self._left, self._top = left, top
        pixels = np.asarray(image.crop((left, top, right, bottom)), np.float32)
        rgba: _Layer = pixels / np.float32(255)
        alpha: _Layer = rgba[..., 3]
        small_alpha = _halved(alpha)
        planes = _yuv(rgba[..., :3], matrix)
        premultiplied: list[_Layer] = [planes[0] * alpha, *(_halved(plane * alpha) for plane in planes[1:])]
        self._ink = [_whole(plane, 255) for plane in premultiplied]
        self._rest = [_whole(1 - a, 255) for a in (alpha, small_alpha, small_alpha)]

    def draw(self, frame: VideoFrame) -> None:
        """Draw on a picture that may be written to; what reaches beyond its border is left out."""
        for number, plane in enumerate(planes_of(frame)):
            half = 1 if number == 0 else 2
            ink, rest = self._ink[number], self._rest[number]
            rows = slice(self._top // half, self._top // half + ink.shape[0])
            columns = slice(self._left // half, self._left // half + ink.shape[1])
            under = plane[rows, columns]
            height, width = under.shape
            total = under.astype(np.uint32) * rest[:height, :width] + ink[:height, :width] + np.uint32(127)
            under[:] = total // 255


def _whole(plane: _Layer, scale: int) -> NDArray[np.uint32]:
    return np.round(plane * scale).astype(np.uint32)


def _halved(plane: _Layer) -> _Layer:
    """Return the mean of each square of four."""
    height, width = plane.shape
    mean: _Layer = plane.reshape(height // 2, 2, width // 2, 2).mean(axis=(1, 3))
    return mean


def _yuv(rgb: _Layer, matrix: int) -> tuple[_Layer, _Layer, _Layer]:
    """Return luma and chroma in limited range, not rounded."""
    red, blue = _LUMA.get(matrix, _BT601)
    luma: _Layer = rgb[..., 0] * red + rgb[..., 1] * (1 - red - blue) + rgb[..., 2] * blue
    u: _Layer = (rgb[..., 2] - luma) / (2 * (1 - blue)) * 224 + 128
    v: _Layer = (rgb[..., 0] - luma) / (2 * (1 - red)) * 224 + 128
    return luma * 219 + 16, u, v
