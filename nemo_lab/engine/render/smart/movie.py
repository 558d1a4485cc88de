"""Write a film by copying what can be copied."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import cache, partial

import av

from nemo_lab.engine.media import MediaInfo
from nemo_lab.engine.render.extras import luggage
from nemo_lab.engine.render.formats import form_of
from nemo_lab.engine.render.frames import FramePool
from nemo_lab.engine.render.job import Job
from nemo_lab.engine.render.look import Colour
from nemo_lab.engine.render.movie import measured, sound_bits
from nemo_lab.engine.render.picture import Pictures, result_colour
from nemo_lab.engine.render.smart.assemble import video_packets
from nemo_lab.engine.render.smart.cuts import main_asset, obstacle, splice_pieces, worth_copying
from nemo_lab.engine.render.smart.decoding import Demand
from nemo_lab.engine.render.smart.errors import CannotSplice
from nemo_lab.engine.render.smart.index import Index, build_index
from nemo_lab.engine.render.smart.planner import SpliceOptions, SplicePlan, plan_splices
from nemo_lab.engine.render.smart.snap import snapped
from nemo_lab.engine.render.smart.sound import CopiedSound, EncodedSound
from nemo_lab.engine.render.smart.soundcopy import EXACT, SoundCopy, plan_sound
from nemo_lab.engine.render.smart.window import WindowEncoder
from nemo_lab.engine.render.smart.windows import PictureMaker, PooledWindows, Windows
from nemo_lab.engine.render.smart.writer import PacketWriter
from nemo_lab.engine.timebase import SAMPLE_RATE
from nemo_lab.errors import UnreadableMedia

CONTAINERS = frozenset({"mp4", "mov", "mkv"})
"""Our formats into which H.264 may be copied."""


@dataclass(frozen=True)
class Spliced:
    """A film that was written."""

    job: Job
    """As it was carried out: in a fast one, ends of cuts were moved."""
    splices: SplicePlan


def write_spliced(job: Job) -> Spliced:
    """Write the film of a plan that has pictures.

    Raises:
        CannotSplice: all of it has to be encoded; what was written so far is of no use.
    """
    try:
        index, job, plan = _planned(job)
        _write(measured(job), index, plan)
    except UnreadableMedia as exc:
        # The full render passes over what is broken.
        raise CannotSplice("the source is damaged") from exc
    return Spliced(job, plan)


def _planned(job: Job) -> tuple[Index, Job, SplicePlan]:
    if not job.plan.pieces:
        raise CannotSplice("there is nothing to copy")
    asset = main_asset(job.plan)
    info = job.infos[asset]
    if reason := obstacle(job.plan, info, job.settings):
        raise CannotSplice(reason)
    index = build_index(job.sources[asset], job.plan.rate)
    if job.settings.fast:
        job = _snapped(job, index)
    pieces = splice_pieces(job.plan, asset, index.count)
    if not worth_copying(pieces):
        raise CannotSplice("edits touch most frames")
    plan = plan_splices(index, pieces, SpliceOptions(compat=bool(job.settings.compat)))
    if any(span.touched for span in plan.encodes) and not _fits_edited(index, info):
        raise CannotSplice("edited pictures have another form than the source's")
    # What is encoded at a join is large, to be as good as what it joins: it must stay the exception.
    if plan.copied < plan.encoded:
        raise CannotSplice("; ".join(plan.reasons) or "most pieces are too short to copy")
    return index, job, plan


def _snapped(job: Job, index: Index) -> Job:
    """Return the job with moved ends of cuts, and with what goes along moved with them."""
    plan = snapped(job.plan, index)
    if plan == job.plan:
        return job
    return replace(job, plan=plan, luggage=luggage(plan, job.sources, job.infos))


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
    copies = _sound_copies(job)
    tags = [job.tag(track) for track in range(job.plan.sounds)]
    bits = sound_bits(job, form, None)
    with ExitStack() as stack:
        makers = stack.enter_context(_Makers(job))
        opened = partial(_opened, index, encoder, makers)
        windows = stack.enter_context(PooledWindows(index, plan.encodes, opened))
        writer = stack.enter_context(
            PacketWriter(job.part, form, index, encoder.configuration, tags, bits, job.luggage, copies)
        )
        sound = CopiedSound(writer, copies) if copies else EncodedSound(writer, job)
        for number, packet in enumerate(video_packets(index, plan, windows), 1):
            writer.packet(packet)
            sound.write_until(number * SAMPLE_RATE // job.plan.rate)
            job.progress.at(number / job.plan.frames * 0.99)
        sound.write_until(job.plan.samples)
        writer.finish()


def _sound_copies(job: Job) -> tuple[SoundCopy, ...]:
    """Return how the sound is copied; nothing if it has to be encoded."""
    asset = main_asset(job.plan)
    try:
        return plan_sound(
            job.plan, job.sources[asset], job.infos[asset], within=None if job.settings.fast else EXACT
        )
    except CannotSplice:
        return ()


def _opened(index: Index, encoder: WindowEncoder, makers: _Makers, demand: Demand) -> Windows:
    """Return what one thread makes windows with."""
    return Windows(index, encoder, makers.new(), demand)


class _Makers(ExitStack):
    """What makes touched frames, for each thread anew."""

    def __init__(self, job: Job) -> None:
        super().__init__()
        self._job = job
        self._colour = cache(partial(result_colour, job.plan, job.sources, job.infos))

    def new(self) -> PictureMaker:
        """Return one more; its files are opened when they are needed, and closed with all others."""
        return _Maker(self._job, self._colour, self)


class _Maker:
    """Makes touched frames as the full render does."""

    def __init__(self, job: Job, colour: Callable[[], Colour], stack: ExitStack) -> None:
        self._job, self._colour, self._stack = job, colour, stack
        self._opened: tuple[Pictures, FramePool] | None = None

    def __call__(self, first: int, count: int) -> Iterator[av.VideoFrame]:
        """Yield frames of the result."""
        if self._opened is None:
            job = self._job
            pictures = Pictures(job.plan, job.sources, job.infos, self._colour(), threads=1)
            self._opened = pictures, self._stack.enter_context(pictures.files())
        pictures, files = self._opened
        return pictures.frames_from(files, first, first + count)
