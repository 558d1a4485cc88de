"""From a render plan to pieces for splicing: which frames show a source as it is; pure."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from nemo_lab.engine.media import MediaInfo
from nemo_lab.engine.render.model import Piece as Stretch
from nemo_lab.engine.render.model import Plan
from nemo_lab.engine.render.smart.order import Order
from nemo_lab.engine.render.smart.planner import Piece
from nemo_lab.engine.timebase import ms_to_frame, round_half_up
from nemo_lab.protocol.plan import Denoise, Export, Fade, Mute, Normalize, Volume

TICKS = 512
"""Units of time per frame; players like a time base that is fine enough."""
CODECS = frozenset({"h264", "hevc"})
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
    return "" if info.video_codec in CODECS else f"the source is {info.video_codec}"


@dataclass(frozen=True)
class Schedule:
    """What the result shows, and when."""

    pieces: list[Piece]
    ticks: Sequence[int]
    """When each frame is shown, in :data:`TICKS` per frame of the plan's rate."""
    end: int
    """Ticks of the whole."""

    def plan_frame(self, number: int) -> int:
        """Return which frame of the plan lies where this frame of the result is shown."""
        return self.ticks[number] // TICKS

    def duration(self, number: int) -> int:
        """Return how many ticks a frame is shown."""
        last = number + 1 >= len(self.ticks)
        return (self.end if last else self.ticks[number + 1]) - self.ticks[number]


def scheduled(plan: Plan, asset: str, order: Order, *, vfr: bool = False) -> Schedule:
    """Return the result as pieces of the source, with the frames that anything else shows as touched.

    Where the source's rate varies, untouched frames keep their own times.

    Args:
        plan: the result.
        asset: the file that is copied from.
        order: its frames.
        vfr: whether its rate varies.
    """
    grid = order.grid
    steady = not vfr and all(place == frame for frame, place in enumerate(grid))
    runs = _runs(_shown(plan, asset, grid[-1] + 1))
    if steady:
        return Schedule(list(runs), range(0, plan.frames * TICKS, TICKS), plan.frames * TICKS)
    pieces: list[Piece] = []
    ticks: list[int] = []
    at = 0
    for run in runs:
        if run.first is None:
            pieces.append(run)
            ticks += range(at * TICKS, (at + run.count) * TICKS, TICKS)
        else:
            first, own = _own_times(order, run.first, run.count, at)
            pieces.append(Piece(len(own), first))
            ticks += own
        at += run.count
    return Schedule(pieces, ticks, at * TICKS)


def _own_times(order: Order, place: int, count: int, at: int) -> tuple[int, list[int]]:
    """Return the first frame of a stretch of grid places, and when it and the ones after it are shown."""
    grid = order.grid
    first = bisect_left(grid, place)
    first -= grid[first] > place and first > 0
    end = bisect_left(grid, place + count)
    own = [
        (at - place) * TICKS + round_half_up(order.time_of(k) * order.rate * TICKS) for k in range(first, end)
    ]
    late = bisect_right(own, at * TICKS) - 1
    if late > 0:  # several lie before the cut: the last of them is what is on screen there
        first, own = first + late, own[late:]
    own[0] = at * TICKS
    return first, own


def _shown(plan: Plan, asset: str, places: int) -> list[int | None]:
    """Return which place of the source's grid each frame of the plan shows untouched."""
    shown: list[int | None] = [None] * plan.frames
    for stretch in plan.pieces:
        if stretch.asset == asset and _is_plain(stretch, plan):
            for offset in range(min(stretch.count, places - stretch.source_frame)):
                if 0 <= stretch.first + offset < plan.frames:
                    shown[stretch.first + offset] = stretch.source_frame + offset
    for first, end in _touched(plan):
        for number in range(max(0, first), min(end, plan.frames)):
            shown[number] = None
    return shown


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
