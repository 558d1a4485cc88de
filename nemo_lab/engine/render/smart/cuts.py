"""From a render plan to pieces for splicing: which frames show a source as it is; pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby

from nemo_lab.engine.media import MediaInfo
from nemo_lab.engine.render.model import Piece as Stretch
from nemo_lab.engine.render.model import Plan
from nemo_lab.engine.render.smart.planner import Piece
from nemo_lab.engine.timebase import ms_to_frame
from nemo_lab.protocol.plan import Denoise, Export, Fade, Mute, Normalize, Volume

_SOUND_ONLY = (Normalize, Denoise, Volume, Mute)
"""Effects that leave the picture alone."""
_WORTH_IT = 0.5
"""Share of the frames that must be untouched; below, one good encode of all is smaller."""


def main_asset(plan: Plan) -> str:
    """Return the file that most frames come from."""
    frames: Counter[str] = Counter()
    for stretch in plan.pieces:
        frames[stretch.asset] += stretch.count
    return frames.most_common(1)[0][0]


def obstacle(plan: Plan, info: MediaInfo, settings: Export) -> str:
    """Return why every picture of the result differs from the source's; empty if it need not."""
    if settings.max_bytes or settings.quality in {"low", "medium"}:
        return "a size or quality was asked for"
    if plan.size != (info.width, info.height) or plan.size != plan.base:
        return "the picture's size changes"
    if any(not isinstance(effect, (*_SOUND_ONLY, Fade)) for effect in plan.effects):
        return "an effect lies on the whole picture"
    if plan.rate != info.frame_rate:
        return "the frame rate changes"
    if info.video_codec != "h264":
        return f"the source is {info.video_codec}"
    return "variable frame rate" if info.vfr else ""


def splice_pieces(plan: Plan, asset: str, source_frames: int) -> list[Piece]:
    """Return the result as pieces of the source, with the frames that anything else shows as touched.

    Args:
        plan: the result.
        asset: the file that is copied from.
        source_frames: how many frames it has.
    """
    shown: list[int | None] = [None] * plan.frames
    for stretch in plan.pieces:
        if stretch.asset == asset and _is_plain(stretch, plan):
            for offset in range(min(stretch.count, source_frames - stretch.source_frame)):
                if 0 <= stretch.first + offset < plan.frames:
                    shown[stretch.first + offset] = stretch.source_frame + offset
    for first, end in _touched(plan):
        for number in range(max(0, first), min(end, plan.frames)):
            shown[number] = None
    return list(_runs(shown))


def worth_copying(pieces: Sequence[Piece]) -> bool:
    """Whether enough frames are untouched."""
    untouched = sum(piece.count for piece in pieces if piece.first is not None)
    return untouched > _WORTH_IT * sum(piece.count for piece in pieces)


def _is_plain(stretch: Stretch, plan: Plan) -> bool:
    return (
        stretch.speed == 1
        and stretch.source_frame >= 0
        and stretch.source_rate == plan.rate
        and all(isinstance(effect, _SOUND_ONLY) for effect in stretch.effects)
    )


def _touched(plan: Plan) -> Iterator[tuple[int, int]]:
    """Yield (first, end) of frames that show more than one source picture."""
    for stretch in plan.pieces:
        if stretch.blend_out:
            yield stretch.blend_out.first, stretch.blend_out.end
    for caption in plan.captions:
        yield caption.first, caption.end
    for fade in plan.wishes(Fade):
        if fade.target != "audio":
            length = max(1, ms_to_frame(fade.duration_ms, plan.rate))
            yield (0, length) if fade.direction == "in" else (plan.frames - length, plan.frames)


def _runs(shown: Sequence[int | None]) -> Iterator[Piece]:
    """Yield stretches in which the source runs on, and stretches without it."""
    for _, group in groupby(
        enumerate(shown), key=lambda pair: None if pair[1] is None else pair[1] - pair[0]
    ):
        frames = [source for _, source in group]
        yield Piece(len(frames), frames[0])
