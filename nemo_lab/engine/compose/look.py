"""The picture's shape and look: on the whole as effects of the draft, on a stretch as effects of segments."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nemo_lab.engine.compose.files import find_asset
from nemo_lab.engine.compose.model import Asset, Skip
from nemo_lab.engine.compose.ranges import shown
from nemo_lab.engine.compose.titles import title
from nemo_lab.engine.compose.words import amount, number, word
from nemo_lab.engine.compose.work import Work
from nemo_lab.engine.render.canvas import base_size, shaped
from nemo_lab.protocol.plan import (
    Blur,
    Color,
    Fade,
    Flip,
    Operation,
    Reframe,
    Resize,
    Rotate,
    Title,
    Watermark,
    Zoom,
    parse_operation,
)

_COLORS = ("brightness", "contrast", "saturation", "temperature")


def put_effect(
    work: Work, op: Operation, *, replaces: Callable[[dict[str, Any]], bool] | None = None
) -> None:
    """Add an operation on the whole, in place of others of its kind (or of those that ``replaces`` names)."""
    gone = replaces or (lambda effect: effect.get("op") == op.op)
    work.effects = [effect for effect in work.effects if not gone(effect)]
    work.effects.append(op.model_dump(mode="json", exclude_none=True))


def fade(work: Work, op: Fade) -> None:
    """Fade the whole in or out, in place of an earlier fade of the same end."""
    if op.target == "video" and not work.has_picture:
        raise Skip("no_picture")
    length = min(op.duration_ms, work.length)
    if length < op.duration_ms:
        work.note("fade_clamped", length=amount(length))

    def replaces(effect: dict[str, Any]) -> bool:
        same_end = effect.get("op") == "fade" and effect.get("direction") == op.direction
        return same_end and op.target in {"both", effect.get("target")}

    put_effect(work, op.model_copy(update={"duration_ms": length}), replaces=replaces)
    work.say(f"fade_{op.direction}", length=amount(length), what=word(work.language, op.target))


def reframe(work: Work, op: Reframe) -> None:
    """Another aspect ratio, made of the whole picture whatever it was reframed to before."""
    across, down = (int(part) for part in op.aspect.split(":"))
    if not across or not down or not 1 / 8 <= across / down <= 8:
        raise Skip("bad_aspect", aspect=op.aspect)
    mode = word(work.language, "blurred" if op.mode == "blur" else op.mode)
    _reshape(work, op, word(work.language, "reframe", aspect=op.aspect, mode=mode))


def resize(work: Work, op: Resize) -> None:
    """Another size in pixels; one side alone keeps the aspect."""
    if op.height is None and op.width is None:
        raise Skip("resize_how")
    _reshape(work, op, word(work.language, "resize"))


def rotate(work: Work, op: Rotate) -> None:
    """Turn clockwise, on top of how it is turned already."""
    _need_picture(work)
    before = _size(work)
    total, last = op.degrees, work.effects[-1] if work.effects else {}
    if last.get("op") == "rotate":
        total += last["degrees"]
        work.effects.pop()
    if total % 360:
        turned = Rotate.model_validate({"degrees": total % 360})
        put_effect(work, turned, replaces=lambda _: False)
    set_size(work)
    what = word(work.language, "rotate", degrees=op.degrees)
    if before == _size(work):
        work.say("look", what=what, where="")
    else:
        work.say("canvas", what=what, before=before, after=_size(work))


def flip(work: Work, op: Flip) -> None:
    """Mirror; said again right after, it is as before."""
    _need_picture(work)
    effect = op.model_dump(mode="json")
    if work.effects and work.effects[-1] == effect:
        work.effects.pop()
    else:
        work.effects.append(effect)
    work.say("look", what=word(work.language, f"flip_{op.axis}"), where="")


def color(work: Work, op: Color) -> None:
    """Adjust colours; several adjustments add up."""
    values = {name: getattr(op, name) for name in _COLORS if getattr(op, name) is not None}
    if not values:
        raise Skip("look_how")
    texts = [word(work.language, name, value=_signed(name, value)) for name, value in values.items()]
    _apply(work, op, word(work.language, "color", values=", ".join(texts)), adds_up=True)


def blur(work: Work, op: Blur) -> None:
    """Soften the picture."""
    _apply(work, op, word(work.language, "blur"))


def zoom(work: Work, op: Zoom) -> None:
    """Enlarge the picture's centre."""
    _apply(work, op, word(work.language, "zoom", factor=number(op.factor)))


def take_still(work: Work, op: Watermark) -> None:
    """Take the picture of a watermark off the main track, where uploading it has put it."""
    _need_picture(work)
    asset = _mark_file(work, op)
    others = [piece for piece in work.pieces if piece.segment.asset != asset.id]
    if others and len(others) < len(work.pieces):
        work.pieces = others
        work.note("still_taken", name=asset.name)


def watermark(work: Work, op: Watermark) -> None:
    """Lay an uploaded picture over the whole, or a text, which is a small title from start to end."""
    _need_picture(work)
    if op.text is not None:
        title(work, Title(text=op.text, start_ms=0, duration_ms=None, position=op.position, size=0.7))
        return
    asset = _mark_file(work, op)
    put_effect(work, op.model_copy(update={"file": asset.id}))
    work.say("watermark", name=asset.name, position=op.position)


def _mark_file(work: Work, op: Watermark) -> Asset:
    pictures = [asset for asset in work.library.values() if asset.info.kind == "image"]
    if op.file:
        return find_asset(work.library, op.file, fits=lambda asset: asset.info.kind == "image")
    if len(pictures) != 1:
        raise Skip("watermark_how")
    return pictures[0]


def _apply(work: Work, op: Color | Blur | Zoom, what: str, *, adds_up: bool = False) -> None:
    """Put a look on the whole, or on the segments of a stretch."""
    _need_picture(work)
    start, end = work.resolve(op.start_ms, op.end_ms)
    bare = op.model_copy(update={"start_ms": None, "end_ms": None})
    if (start, end) == (0, work.was_length):
        put_effect(work, bare, replaces=(lambda _: False) if adds_up else None)
        work.say("look", what=what, where="")
        return
    effect = bare.model_dump(mode="json", exclude_none=True)
    inside = work.carve(work.now(start, end))
    for n, piece in enumerate(work.pieces):
        if inside[n]:
            kept = [e for e in piece.segment.effects if adds_up or e.get("op") != op.op]
            work.pieces[n] = piece.with_segment(effects=(*kept, effect))
    where = shown(start, end)
    work.say("look", what=what, where=word(work.language, "where", range=where))


def _reshape(work: Work, op: Reframe | Resize, what: str) -> None:
    """Put an effect that changes the picture's size, in place of an earlier one of its kind."""
    _need_picture(work)
    before, effects = _size(work), list(work.effects)
    put_effect(work, op)
    set_size(work)
    if _size(work) == before:
        work.effects = effects
        raise Skip("same_size", fault=False, size=before)
    work.say("canvas", what=what, before=before, after=_size(work))


def set_size(work: Work) -> None:
    """Bring the timeline's stated size in line with its effects."""
    size = _base(work)
    for effect in work.effects:
        size = shaped(size, parse_operation(effect))
    work.metadata |= {"width": size[0], "height": size[1]}


def _base(work: Work) -> tuple[int, int]:
    """Return the picture before the effects on the whole."""
    stated = work.metadata.get("x_base")
    if isinstance(stated, list) and len(stated) == 2:
        return int(stated[0]), int(stated[1])
    before = [parse_operation(effect) for effect in work.draft.effects]
    sizes = [
        (info.width, info.height) for info in (work.asset(p).info for p in work.pieces) if info.has_video
    ]
    base = base_size(work.draft, before, sizes)
    work.metadata["x_base"] = list(base)
    return base


def _size(work: Work) -> str:
    return f"{work.metadata.get('width')}x{work.metadata.get('height')}"


def _need_picture(work: Work) -> None:
    if not work.has_picture:
        raise Skip("no_picture")


def _signed(name: str, value: float) -> str:
    return number(value) if name == "saturation" else f"{value * 100:+.0f}%"
