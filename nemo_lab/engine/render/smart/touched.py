"""Making the frames that an edit touches, as the full render does, from pictures that joins decode too."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from fractions import Fraction

import av

from nemo_lab.engine.render.frames import FramePool, PictureSource
from nemo_lab.engine.render.job import Job
from nemo_lab.engine.render.picture import Pictures, result_colour
from nemo_lab.engine.render.smart.cuts import Schedule, main_asset
from nemo_lab.engine.render.smart.decoding import FrameReader
from nemo_lab.engine.render.smart.demand import untouched
from nemo_lab.engine.render.smart.index import Index
from nemo_lab.engine.render.smart.order import Order
from nemo_lab.engine.render.smart.planner import Encode
from nemo_lab.engine.render.smart.windows import PictureMaker


class TouchedFrames(ExitStack):
    """What makes touched frames; holds the files open that they are made from.

    Args:
        job: what to show.
        schedule: when.
        order: the file that most of it comes from, upright.
    """

    def __init__(self, job: Job, schedule: Schedule, order: Order) -> None:
        super().__init__()
        self._job, self._schedule, self._order = job, schedule, order
        self._asset = main_asset(job.plan)
        self._colour = result_colour(job.plan, job.sources, job.infos)

    def wants(self, span: Encode) -> Sequence[int]:
        """Return the positions of the pictures that a span asks its reader for, in that order."""
        if not span.touched:
            return untouched(self._order, span)
        if not isinstance(self._order, Index):
            return ()
        plan, found = self._job.plan, []
        for number in self._numbers(span.out, span.count):
            pieces = [plan.pieces[at] for at in plan.on_screen(number)]
            shown = [
                piece.source_position(number, plan.rate) for piece in pieces if piece.asset == self._asset
            ]
            found += [_position_at(self._order, place) for place in shown]
        return found

    def maker(self, reader: FrameReader) -> PictureMaker:
        """Return what makes frames of the result with one thread."""
        job = self._job
        shared = {self._asset: _OnGrid(self._order, reader)} if isinstance(self._order, Index) else {}
        files = self.enter_context(_Files(job, shared))
        pictures = Pictures(job.plan, job.sources, job.infos, self._colour)

        def made(first: int, count: int) -> Iterator[av.VideoFrame]:
            wanted = [self._schedule.plan_frame(k) for k in range(first, first + count)]
            numbers = self._numbers(first, count)
            frames = pictures.frames_from(files, numbers.start, numbers.stop)
            for number, frame in zip(numbers, frames, strict=True):
                for _ in range(wanted.count(number)):
                    yield frame

        return made

    def _numbers(self, first: int, count: int) -> range:
        """Return the frames of the plan that are made for some of the result."""
        return range(self._schedule.plan_frame(first), self._schedule.plan_frame(first + count - 1) + 1)


class _Files(FramePool):
    """All files, of which some are read elsewhere."""

    def __init__(self, job: Job, shared: Mapping[str, PictureSource]) -> None:
        super().__init__(job.sources, job.infos, threads=1)
        self._shared = shared

    def take(self, asset: str, position: int) -> PictureSource:
        """Return what reads this file."""
        return self._shared.get(asset) or super().take(asset, position)


class _OnGrid:
    """The pictures of the copied file by their place on its grid."""

    pixel_aspect = Fraction(1)

    def __init__(self, order: Order, reader: FrameReader) -> None:
        self._order, self._reader = order, reader

    def at(self, place: int) -> av.VideoFrame:
        """Return the picture that is shown at a place of the grid."""
        return self._reader.frame(_position_at(self._order, place))


def _position_at(order: Order, place: int) -> int:
    """Return the position of what is shown at a place of the grid: the picture there, or the last before."""
    return order.positions[max(0, bisect_right(order.grid, place) - 1)]
