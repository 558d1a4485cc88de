"""Write an animated GIF with a palette of its own."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import av
import av.filter
from av.filter.context import FilterContext
from av.video.frame import VideoFrame

from nemo_lab.engine.render.canvas import even
from nemo_lab.engine.render.formats import FORMATS
from nemo_lab.engine.render.job import Job
from nemo_lab.engine.render.picture import Pictures
from nemo_lab.errors import RenderFailed

_SAMPLES = 120
"""Pictures from which the palette is made."""
_TRIES = 5
_SMALLEST = 32


def write_gif(job: Job) -> Job:
    """Write the plan as a GIF, smaller until it fits; return the job as it was carried out in the end.

    Raises:
        RenderFailed: it cannot be made that small.
    """
    limit = job.settings.max_bytes
    for _ in range(_TRIES):
        _encode(job)
        size = job.part.stat().st_size
        if limit is None or size <= limit:
            return job
        scale = Fraction((0.85 * limit / size) ** 0.5).limit_denominator(1000)
        smaller = even(job.plan.size[0] * scale), even(job.plan.size[1] * scale)
        if min(smaller) < _SMALLEST:
            break
        job = replace(job, plan=replace(job.plan, size=smaller))
    raise RenderFailed(
        f"the GIF did not fit into {limit} bytes", remedy="Cut more, or export as mp4, which is far smaller."
    )


def _encode(job: Job) -> None:
    job.progress.stage(0.3)
    palette = _palette(job)
    job.progress.stage(0.95 if job.settings.max_bytes else 1.0)
    form, plan = FORMATS["gif"], job.plan
    options = form.options | {"fflags": "+bitexact"}
    with av.open(str(job.part), "w", format=form.container, options=options) as out:
        stream = out.add_stream("gif", rate=plan.rate)
        stream.width, stream.height = plan.size
        stream.pix_fmt = "pal8"
        stream.codec_context.time_base = 1 / plan.rate
        painter = _Painter(plan.size, palette)
        for number, frame in enumerate(Pictures(plan, job.sources, job.infos).frames()):
            painted = painter.paint(frame, number)
            painted.pts, painted.time_base = number, 1 / plan.rate
            out.mux(stream.encode(painted))
            job.progress.at((number + 1) / plan.frames)
        out.mux(stream.encode(None))


def _buffer(graph: av.filter.Graph, size: tuple[int, int], form: str) -> FilterContext:
    return graph.add("buffer", None, video_size=f"{size[0]}x{size[1]}", pix_fmt=form, time_base="1/1000")


def _palette(job: Job) -> VideoFrame:
    """Return the 256 colours that serve all pictures best."""
    graph = av.filter.Graph()
    head = _buffer(graph, job.plan.size, "yuv420p")
    for name, options in (("palettegen", {"stats_mode": "diff"}), ("buffersink", {})):
        node = graph.add(name, None, **options)
        head.link_to(node)
        head = node
    graph.configure()
    step = max(1, job.plan.frames // _SAMPLES)
    pictures = Pictures(job.plan, job.sources, job.infos)
    for number, frame in enumerate(pictures.frames()):
        if number % step == 0:
            frame.pts, frame.time_base = number, Fraction(1, 1000)
            graph.vpush(frame)
        job.progress.at((number + 1) / job.plan.frames)
    graph.vpush(None)
    return graph.vpull()


class _Painter:
    """Turns pictures into ones of 256 colours."""

    def __init__(self, size: tuple[int, int], palette: VideoFrame) -> None:
        self._graph = av.filter.Graph()
        source = _buffer(self._graph, size, "yuv420p")
        colours = _buffer(self._graph, (palette.width, palette.height), palette.format.name)
        paint = self._graph.add("paletteuse", None, dither="bayer", bayer_scale="4", diff_mode="rectangle")
        sink = self._graph.add("buffersink")
        source.link_to(paint, 0, 0)
        colours.link_to(paint, 0, 1)
        paint.link_to(sink)
        self._graph.configure()
        palette.pts, palette.time_base = 0, Fraction(1, 1000)
        self._graph.vpush(palette, at=1)
        self._graph.vpush(None, at=1)

    def paint(self, frame: VideoFrame, number: int) -> VideoFrame:
        """Return the picture in the palette's colours."""
        frame.pts, frame.time_base = number, Fraction(1, 1000)
        self._graph.vpush(frame, at=0)
        return self._graph.vpull()
