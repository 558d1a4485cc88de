"""Render a draft to a file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from nemo_lab.engine.media import MediaInfo, probe
from nemo_lab.engine.render.canvas import shaped
from nemo_lab.engine.render.extras import NOTHING, Luggage, luggage
from nemo_lab.engine.render.formats import FORMATS, form_of
from nemo_lab.engine.render.gif import write_gif
from nemo_lab.engine.render.hardware import with_encoder
from nemo_lab.engine.render.job import Job, Progress
from nemo_lab.engine.render.model import Plan
from nemo_lab.engine.render.movie import write_movie
from nemo_lab.engine.render.output import whole_file, writing
from nemo_lab.engine.render.plan import make_plan
from nemo_lab.engine.render.smart.errors import CannotSplice
from nemo_lab.engine.render.smart.movie import CONTAINERS, write_spliced
from nemo_lab.engine.render.smart.planner import SplicePlan
from nemo_lab.engine.render.spans.movie import write_in_spans
from nemo_lab.engine.render.still import write_still
from nemo_lab.engine.render.tracks import arranged
from nemo_lab.engine.timebase import format_rate, round_half_up
from nemo_lab.errors import EditError
from nemo_lab.protocol.draft import Draft, TrackType
from nemo_lab.protocol.plan import Export, ExportFormat
from nemo_lab.protocol.report import RenderReport


def render(
    draft: Draft,
    sources: Mapping[str, Path],
    target: Path,
    settings: Export,
    *,
    progress: Callable[[float], None] = lambda fraction: None,
    infos: Mapping[str, MediaInfo] | None = None,
    shared: Path | None = None,
) -> RenderReport:
    """Render the whole timeline to ``target``, which appears whole or not at all.

    Args:
        draft: the timeline.
        sources: the files by the ids that its segments use.
        target: where to write; what is there is replaced.
        settings: format, height, quality and limits; no format is taken from the target's name.
        progress: told the fraction done, 0 to 1, never less than before. What it raises ends the render.
        infos: facts about the sources, where they are known already.
        shared: a folder in which other machines help (:mod:`nemo_lab.engine.render.spans.exchange`).

    Raises:
        NotReady: nothing lies on the timeline.
        EditError: the format cannot hold what the timeline has, or the encoder named does not work here.
        MediaError: a source is missing or broken.
        OutputNotWritable, DiskFull: the target cannot be written.
        RenderFailed: anything else that went wrong.
    """
    # FFmpeg takes what stands before a colon for a protocol, but never in an absolute path.
    target = Path(target).absolute()
    settings = settings.model_copy(update={"format": _format(target, settings)})
    known = _known(draft, sources, infos or {})
    plan, settings = _planned(draft, sources, known, settings)
    told = Progress(progress)
    with whole_file(target) as part, writing(target):
        job = Job(plan, sources, known, settings, part, told, _luggage(plan, sources, known, settings))
        made = _write(replace(job, shared=shared))
        size_bytes = part.stat().st_size
    told.end()
    return _report(job, made, size_bytes)


def _format(target: Path, settings: Export) -> ExportFormat:
    wanted = settings.format or target.suffix.lower().lstrip(".")
    for known in FORMATS:
        if wanted == known:
            return known
    raise EditError(
        f"“{target.suffix or target.name}” is no format that can be written",
        remedy=f"Use one of {', '.join(FORMATS)}.",
    )


def _known(draft: Draft, sources: Mapping[str, Path], infos: Mapping[str, MediaInfo]) -> dict[str, MediaInfo]:
    """Return facts about the sources that the draft uses."""
    used = [asset for asset in _assets(draft) if asset in sources]
    return {asset: infos.get(asset) or probe(sources[asset]) for asset in used}


def _planned(
    draft: Draft, sources: Mapping[str, Path], infos: Mapping[str, MediaInfo], settings: Export
) -> tuple[Plan, Export]:
    """Return what is to be made, and the settings with an encoder that works."""
    plan = arranged(make_plan(draft, infos, settings), sources, infos, settings)
    if not plan.frames:
        return plan, settings
    settings, notes = with_encoder(settings, plan.size)
    return replace(plan, notes=plan.notes + notes), settings


def _luggage(
    plan: Plan, sources: Mapping[str, Path], infos: Mapping[str, MediaInfo], settings: Export
) -> Luggage:
    """Return what goes along; pictures alone carry nothing."""
    return NOTHING if settings.format in {"gif", "png"} else luggage(plan, sources, infos)


def _assets(draft: Draft) -> list[str]:
    tracks = [track for track in draft.tracks if track.type in {TrackType.VIDEO, TrackType.AUDIO}]
    return sorted({segment.asset for track in tracks for segment in track.segments if segment.asset})


class _Made(NamedTuple):
    """A file that was written."""

    job: Job
    """As it was carried out in the end."""
    plan: SplicePlan | None = None
    """What was copied, if anything was."""
    codec: str = ""
    """Of what was copied."""
    because: tuple[str, ...] = ()
    """Why (other) frames were not."""

    @property
    def frames(self) -> int:
        """How many there are; copies keep the rhythm of the source."""
        return self.plan.copied + self.plan.encoded if self.plan else self.job.plan.frames


def _write(job: Job) -> _Made:
    """Write the file in the way of its format."""
    if job.settings.format == "png":
        write_still(job)
        return _Made(job)
    if job.settings.format == "gif":
        return _Made(write_gif(job))
    if not job.plan.frames:
        return _Made(write_movie(job))
    if job.settings.format not in CONTAINERS:
        return _Made(_write_encoded(job))
    try:
        film = write_spliced(job)
    except CannotSplice as exc:
        return _Made(_write_encoded(job), because=(exc.reason,))
    return _Made(film.job, film.plan, film.order.format.codec, film.plan.reasons)


def _write_encoded(job: Job) -> Job:
    """Encode every frame: all cores at spans, unless all of it has to share a number of bytes or a card."""
    if job.settings.max_bytes is not None or job.settings.encoder is not None:
        return write_movie(job)
    write_in_spans(job)
    return job


def _report(wanted: Job, made: _Made, size_bytes: int) -> RenderReport:
    done, plan = made.job, made.job.plan
    assert done.settings.format is not None
    form = form_of(done.settings)
    moving = bool(plan.frames) and done.settings.format != "png"
    frames = made.frames if moving else min(plan.frames, 1)
    copied = made.plan.copied if made.plan else 0
    return RenderReport(
        format=done.settings.format,
        duration_ms=round_half_up(plan.samples * 1000 / 48_000) if done.settings.format != "png" else 0,
        width=plan.size[0] if plan.frames else 0,
        height=plan.size[1] if plan.frames else 0,
        rate=format_rate(plan.rate) if moving else "",
        frames=frames,
        frames_copied=copied,
        frames_encoded=frames - copied,
        encoded_because=made.because,
        size_bytes=size_bytes,
        video_codec=(made.codec or form.video or "") if plan.frames else "",
        audio_codec=(form.audio or "") if plan.sounds else "",
        audio_tracks=plan.sounds,
        notes=_notes(wanted, done),
    )


def _notes(wanted: Job, done: Job) -> tuple[str, ...]:
    """Say what is otherwise than it was asked for."""
    notes = [*done.plan.notes, *done.luggage.notes]
    width, height = done.plan.size
    natural = done.plan.base
    for effect in done.plan.effects:
        natural = shaped(natural, effect)
    if done.plan.size != wanted.plan.size:
        notes.append(f"Made smaller to fit: {width}x{height}.")
    elif done.settings.format == "gif" and width < natural[0] and not done.settings.height:
        notes.append(f"GIFs are large, so this one is {width}x{height}; ask for a height to change it.")
    return tuple(notes)
