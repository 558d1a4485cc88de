"""Write a film by copying what can be copied."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from pathlib import Path

from nemo_lab.engine.media import MediaInfo, open_media, reading
from nemo_lab.engine.render.extras import luggage
from nemo_lab.engine.render.formats import form_of
from nemo_lab.engine.render.job import Job
from nemo_lab.engine.render.memory import give_back_large_blocks
from nemo_lab.engine.render.movie import measured, sound_bits
from nemo_lab.engine.render.smart.assemble import video_packets
from nemo_lab.engine.render.smart.cuts import (
    TICKS,
    Schedule,
    main_asset,
    obstacle,
    scheduled,
    worth_copying,
)
from nemo_lab.engine.render.smart.demand import Wants, untouched
from nemo_lab.engine.render.smart.encoders import encoder_for
from nemo_lab.engine.render.smart.errors import CannotSplice
from nemo_lab.engine.render.smart.gops import plan_gops, read_gop_order
from nemo_lab.engine.render.smart.index import PIXEL_FORMATS, Index, read_index
from nemo_lab.engine.render.smart.order import Order
from nemo_lab.engine.render.smart.planner import SpliceOptions, SplicePlan, plan_splices
from nemo_lab.engine.render.smart.snap import snapped
from nemo_lab.engine.render.smart.sound import CopiedSound, EncodedSound
from nemo_lab.engine.render.smart.soundcopy import EXACT, SoundCopy, plan_sound
from nemo_lab.engine.render.smart.touched import TouchedFrames
from nemo_lab.engine.render.smart.windows import PooledWindows, Windows
from nemo_lab.engine.render.smart.writer import PacketWriter
from nemo_lab.engine.timebase import SAMPLE_RATE
from nemo_lab.errors import UnreadableMedia

CONTAINERS = frozenset({"mp4", "mov", "mkv"})
"""Our formats into which H.264 may be copied."""


_FULL_RANGE = 2


@dataclass(frozen=True)
class Spliced:
    """A film that is copied for the most part."""

    job: Job
    """As it is carried out: in a fast one, ends of cuts are moved."""
    order: Order
    schedule: Schedule
    plan: SplicePlan


def write_spliced(job: Job) -> Spliced:
    """Write the film of a plan that has pictures.

    Raises:
        CannotSplice: all of it has to be encoded; what was written so far is of no use.
    """
    try:
        film = _planned(job)
        _write(replace(film, job=measured(film.job)))
    except UnreadableMedia as exc:
        # The full render passes over what is broken.
        raise CannotSplice("the source is damaged") from exc
    return film


def _planned(job: Job) -> Spliced:
    if not job.plan.pieces:
        raise CannotSplice("there is nothing to copy")
    asset = main_asset(job.plan)
    info = job.infos[asset]
    if reason := obstacle(job.plan, info, job.settings):
        raise CannotSplice(reason)
    order = _read(job.sources[asset], job.plan.rate)
    if job.settings.fast and isinstance(order, Index) and not info.vfr:
        job = _snapped(job, order)
    schedule = scheduled(job.plan, asset, order, vfr=info.vfr)
    if not worth_copying(schedule.pieces):
        raise CannotSplice("edits touch most frames")
    if isinstance(order, Index):
        plan = plan_splices(order, schedule.pieces, SpliceOptions(compat=bool(job.settings.compat)))
    else:
        plan = plan_gops(order, schedule.pieces)
    if any(span.touched for span in plan.encodes) and not _fits_edited(order, info):
        raise CannotSplice("edited pictures have another form than the source's")
    # What is encoded at a join is large, to be as good as what it joins: it must stay the exception.
    if plan.copied < plan.encoded:
        raise CannotSplice("; ".join(plan.reasons) or "most pieces are too short to copy")
    return Spliced(job, order, schedule, plan)


def _snapped(job: Job, index: Index) -> Job:
    """Return the job with moved ends of cuts, and with what goes along moved with them."""
    plan = snapped(job.plan, index)
    if plan == job.plan:
        return job
    return replace(job, plan=plan, luggage=luggage(plan, job.sources, job.infos))


def _read(path: Path, rate: Fraction) -> Order:
    """Read the order of a source: as finely as its slices are understood."""
    with open_media(path) as container, reading(path):
        context = container.streams.video[0].codec_context
        fine = context.name == "h264" and context.pix_fmt in PIXEL_FORMATS
        return (read_index if fine else read_gop_order)(container, path, rate)


def _fits_edited(order: Order, info: MediaInfo) -> bool:
    """Whether pictures of the full render, upright and in limited range, are like the coded ones."""
    source = order.format
    upright = (source.width, source.height) == (info.width, info.height) and not info.rotation
    limited = source.colors[0] != _FULL_RANGE and not source.pixel_format.startswith("yuvj")
    return upright and not info.mirrored and limited and source.pixel_format.startswith("yuv420p")


def _write(film: Spliced) -> None:
    job, order, schedule, plan = film.job, film.order, film.schedule, film.plan
    source = replace(order.format, poc_step=plan.poc_step)
    encoder = encoder_for(source, job.quality)
    form = form_of(job.settings)
    job.progress.stage(1.0)
    copies = _sound_copies(job)
    tags = [job.tag(track) for track in range(job.plan.sounds)]
    bits = sound_bits(job, form, None)
    with ExitStack() as stack:
        wants: Wants = partial(untouched, order)
        maker = None
        if any(span.touched for span in plan.encodes):
            give_back_large_blocks()
            touched = stack.enter_context(TouchedFrames(job, schedule, order))
            wants, maker = touched.wants, touched.maker
        opened = partial(Windows, order, encoder, maker)
        windows = stack.enter_context(PooledWindows(order, plan.encodes, wants, opened))
        writer = stack.enter_context(
            PacketWriter(
                job.part, form, order, schedule, encoder.configuration, tags, bits, job.luggage, copies
            )
        )
        sound = CopiedSound(writer, copies) if copies else EncodedSound(writer, job)
        rate = job.plan.rate
        for number, packet in enumerate(video_packets(order, plan, windows)):
            writer.packet(packet)
            end = schedule.ticks[number] + schedule.duration(number)
            sound.write_until(end * SAMPLE_RATE * rate.denominator // (TICKS * rate.numerator))
            job.progress.at(end / schedule.end * 0.99)
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
