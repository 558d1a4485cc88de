"""The size of the picture: of the source, after the effects, and of the result."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction

from nemo_lab.engine.render.model import Size
from nemo_lab.engine.timebase import round_half_up
from nemo_lab.protocol.draft import Draft
from nemo_lab.protocol.plan import Export, Operation, Reframe, Resize, Rotate

_BOXES: dict[str, Size] = {
    "youtube": (1920, 1080),
    "tiktok": (1080, 1920),
    "reels": (1080, 1920),
    "shorts": (1080, 1920),
}
_GIF_SIDE = 640
_PREVIEW_SIDE = 480
"""The shorter side of a preview, at most."""
_MAX_SIDE = 8192
"""Largest side that every H.264 encoder takes."""


def even(length: Fraction | int) -> int:
    """Return the nearest even number: 4:2:0 chroma has one value for two pixels."""
    return max(2, 2 * round_half_up(Fraction(length) / 2))


def shaped(size: Size, effect: Operation) -> Size:
    """Return the size of the picture after one effect."""
    width, height = size
    if isinstance(effect, Rotate) and effect.degrees % 180:
        return height, width
    if isinstance(effect, Reframe):
        return reframed(size, effect)
    if isinstance(effect, Resize):
        return _resized(size, effect)
    return size


def aspect_of(effect: Reframe) -> Fraction:
    """Return width over height as a number."""
    across, down = effect.aspect.split(":")
    return Fraction(int(across) or 1, int(down) or 1)


def reframed(size: Size, effect: Reframe) -> Size:
    """Return the size after a reframe: cropping takes from the longer side, padding adds to the other."""
    width, height = size
    aspect = aspect_of(effect)
    wide = Fraction(width, height) > aspect
    if effect.mode == "crop":
        return (
            (min(even(height * aspect), width), height)
            if wide
            else (width, min(even(width / aspect), height))
        )
    # A padded picture keeps the pixel count of the one that goes in, as near as the aspect lets it.
    short = min(width, height)
    return (even(short), even(short / aspect)) if aspect < 1 else (even(short * aspect), even(short))


def _resized(size: Size, effect: Resize) -> Size:
    width, height = size
    if effect.width and effect.height:
        return even(effect.width), even(effect.height)
    if effect.height:
        return even(Fraction(width * effect.height, height)), even(effect.height)
    if effect.width:
        return even(effect.width), even(Fraction(height * effect.width, width))
    return size


def base_size(draft: Draft, effects: Sequence[Operation], sources: Iterable[Size]) -> Size:
    """Return the picture into which pieces are fitted before the effects on the whole.

    The draft states it as ``x_base`` once an effect has changed the shape. Else it states the size after its
    effects; the base is the source's size that leads there. A draft that says nothing takes the first
    source's.
    """
    base = draft.metadata.get("x_base")
    if isinstance(base, list) and len(base) == 2 and all(isinstance(side, int) and side > 0 for side in base):
        return even(base[0]), even(base[1])
    sizes = [(even(width), even(height)) for width, height in sources]
    stated = (draft.metadata.get("width"), draft.metadata.get("height"))
    if not all(isinstance(side, int) and side > 0 for side in stated):
        return sizes[0] if sizes else (1920, 1080)
    target = even(stated[0]), even(stated[1])  # type: ignore[arg-type]
    for size in sizes:
        if _near(_after(size, effects), target):
            return size
    return target if _after(target, effects) == target or not sizes else sizes[0]


def _after(size: Size, effects: Iterable[Operation]) -> Size:
    for effect in effects:
        size = shaped(size, effect)
    return even(size[0]), even(size[1])


def _near(one: Size, other: Size) -> bool:
    return all(abs(a - b) <= 2 for a, b in zip(one, other, strict=True))


def export_size(base: Size, effects: Iterable[Operation], settings: Export) -> Size:
    """Return the size of the result.

    A preset's box only ever makes a picture smaller; a height that was asked for is kept to the pixel
    (or one less, since sides are even), upwards too.
    """
    size = _after(base, effects)
    if settings.preset:
        size = _within(size, _box(size, settings.preset))
    if settings.height:
        size = even(Fraction(size[0] * settings.height, size[1])), max(2, settings.height // 2 * 2)
    elif settings.format == "gif":
        size = _within(size, (_GIF_SIDE, _GIF_SIDE))
    return _within(size, (_MAX_SIDE, _MAX_SIDE))


def _box(size: Size, preset: str) -> Size:
    if preset == "preview":
        return (_PREVIEW_SIDE, _MAX_SIDE) if size[0] < size[1] else (_MAX_SIDE, _PREVIEW_SIDE)
    width, height = _BOXES[preset]
    upright = size[0] < size[1]
    return (height, width) if preset == "youtube" and upright else (width, height)


def _within(size: Size, box: Size) -> Size:
    scale = min(Fraction(1), Fraction(box[0], size[0]), Fraction(box[1], size[1]))
    return even(size[0] * scale), even(size[1] * scale)
