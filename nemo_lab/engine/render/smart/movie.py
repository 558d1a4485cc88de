"""Write a film by copying what can be copied."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from functools import cache, partial

import av

from nemo_lab.engine.media import MediaInfo
from nemo_lab.engine.render.formats import form_of
from nemo_lab.engine.render.job import Job
from nemo_lab.engine.render.look import Colour
from nemo_lab.engine.render.movie import levelled, measured, sound_bits, write_until
from nemo_lab.engine.render.picture import Pictures, result_colour
from nemo_lab.engine.render.smart.assemble import video_packets
from nemo_lab.engine.render.smart.cuts import main_asset, obstacle, splice_pieces, worth_copying
from nemo_lab.engine.render.smart.decoding import Demand
from nemo_lab.engine.render.smart.errors import CannotSplice
from nemo_lab.engine.render.smart.index import Index, build_index
from nemo_lab.engine.render.smart.planner import SpliceOptions, SplicePlan, plan_splices
from nemo_lab.engine.render.smart.window import WindowEncoder
from nemo_lab.engine.render.smart.windows import PooledWindows, Windows
from nemo_lab.engine.render.smart.writer import PacketWriter
from nemo_lab.engine.timebase import SAMPLE_RATE
from nemo_lab.errors import UnreadableMedia

CONTAINERS = frozenset({"mp4", "mov", "mkv"})
"""Our formats into which H.264 may be copied."""


DEFAULT = SpliceOptions()


def write_spliced(job: Job, options: SpliceOptions = DEFAULT) -> SplicePlan:
    """Write the film of a plan that has pictures; return what was copied.

    Raises:
        CannotSplice: all of it has to be encoded; what was written so far is of no use.
    """
    try:
        index, plan = _planned(job, options)
        _write(measured(job), index, plan)
    except UnreadableMedia as exc:
        # The full render passes over what is broken.
        raise CannotSplice("the source is damaged") from exc
    return plan


def _planned(job: Job, options: SpliceOptions) -> tuple[Index, SplicePlan]:
    if not job.plan.pieces:
        raise CannotSplice("there is nothing to copy")
    asset = main_asset(job.plan)
    info = job.infos[asset]
    if reason := obstacle(job.plan, info, job.settings):
        raise CannotSplice(reason)
    index = build_index(job.sources[asset], job.plan.rate)
    pieces = splice_pieces(job.plan, asset, index.count)
    if not worth_copying(pieces):
        raise CannotSplice("edits touch most frames")
    plan = plan_splices(index, pieces, options)
    if any(span.touched for span in plan.encodes) and not _fits_edited(index, info):
        raise CannotSplice("edited pictures have another form than the source's")
    # What is encoded at a join is large, to be as good as what it joins: it must stay the exception.
    if plan.copied < plan.encoded:
        raise CannotSplice("; ".join(plan.reasons) or "most pieces are too short to copy")
    return index, plan


def _fits_edited(index: Index, info: MediaInfo) -> bool:
    """Whether pictures of the full render, upright and in limited range, are like the coded ones."""
    source = index.format
    upright = (source.width, source.height) == (info.width, info.height) and not info.rotation
    return upright and not info.mirrored and source.pixel_format == "yuv420p"


def _write(job: Job, index: Index, plan: SplicePlan) -> None:
    source = replace(index.format, poc_step=plan.poc_step)
    encoder = WindowEncoder(source)
    form = form_of(job.settings)
    job.progress.stage(1.0)
    sounds = [levelled(job, track) for track in range(job.plan.sounds)]
    tags = [job.tag(track) for track in range(job.plan.sounds)]
    bits = sound_bits(job, form, None)
    with ExitStack() as stack:
        opened = _opener(job, index, encoder)
        windows = stack.enter_context(PooledWindows(index, plan.encodes, opened))
        writer = stack.enter_context(
            PacketWriter(job.part, form, index, encoder.configuration, tags, bits, job.luggage)
        )
        heard = 0
        for number, packet in enumerate(video_packets(index, plan, windows), 1):
            writer.packet(packet)
            heard = write_until(writer, sounds, heard, number * SAMPLE_RATE // job.plan.rate)
            job.progress.at(number / job.plan.frames * 0.99)
        while heard < job.plan.samples and sounds:
            heard = write_until(writer, sounds, heard, heard + 1)
        writer.finish()


def _opener(job: Job, index: Index, encoder: WindowEncoder) -> Callable[[Demand], Windows]:
    """Return what opens the sources anew for each thread that makes windows."""
    colour = cache(partial(result_colour, job.plan, job.sources, job.infos))

    def opened(demand: Demand) -> Windows:
        return Windows(index, encoder, _Maker(job, colour), demand)

    return opened


class _Maker:
    """Makes touched frames as the full render does; opened when the first is needed."""

    def __init__(self, job: Job, colour: Callable[[], Colour]) -> None:
        self._job, self._colour = job, colour
        self._pictures: Pictures | None = None

    def __call__(self, first: int, count: int) -> Iterator[av.VideoFrame]:
        """Yield frames of the result."""
        if self._pictures is None:
            job = self._job
            self._pictures = Pictures(job.plan, job.sources, job.infos, self._colour(), threads=1)
        return self._pictures.frames(first, first + count)
