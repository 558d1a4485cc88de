"""Watermarks: a picture from a file over the whole result."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from PIL import Image, ImageOps

from nemo_lab.engine.render.model import Plan, Size
from nemo_lab.engine.render.overlay import Overlay
from nemo_lab.errors import MediaNotFound, UnreadableMedia
from nemo_lab.protocol.plan import Watermark

_MARGIN = 0.03
"""Distance from the border, as a part of the shorter side."""


def watermarks(plan: Plan, sources: Mapping[str, Path], matrix: int) -> list[Overlay]:
    """Return the plan's watermarks, ready to be drawn.

    Raises:
        MediaNotFound: a mark's file is not among the sources.
        UnreadableMedia: it is not a picture.
    """
    return [Overlay(_placed(mark, plan.size, sources), matrix) for mark in plan.wishes(Watermark)]


def _placed(mark: Watermark, size: Size, sources: Mapping[str, Path]) -> Image.Image:
    picture = _read(mark, sources)
    width = max(2, round(size[0] * mark.scale))
    height = max(2, round(picture.height * width / picture.width))
    picture = picture.resize((width, height), Image.Resampling.LANCZOS)
    picture.putalpha(picture.getchannel("A").point([round(v * mark.opacity) for v in range(256)]))
    canvas = Image.new("RGBA", size, (0, 0, 0, 0))
    canvas.alpha_composite(picture, _corner(mark.position, size, picture.size))
    return canvas


def _read(mark: Watermark, sources: Mapping[str, Path]) -> Image.Image:
    path = sources.get(mark.file or "")
    if path is None:
        raise MediaNotFound(f"the watermark {mark.file or 'picture'} is not there", path=mark.file)
    try:
        with Image.open(path) as image:
            return ImageOps.exif_transpose(image).convert("RGBA")
    except (OSError, ValueError, Image.DecompressionBombError) as exc:
        raise UnreadableMedia(f"{path.name} is not a picture that can be a watermark", path=path) from exc


def _corner(position: str, size: Size, mark: Size) -> tuple[int, int]:
    """Return the upper left corner of the mark, within the picture."""
    margin = round(min(size) * _MARGIN)
    spare = size[0] - mark[0], size[1] - mark[1]
    left, top = spare[0] // 2, spare[1] // 2
    if "left" in position:
        left = margin
    elif "right" in position:
        left = spare[0] - margin
    if "top" in position:
        top = margin
    elif "bottom" in position:
        top = spare[1] - margin
    return max(0, left), max(0, top)
