"""Write a film by encoding it in spans."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, suppress

from nemo_lab.engine.render.encode import Writer
from nemo_lab.engine.render.formats import form_of, span_threads
from nemo_lab.engine.render.job import Job
from nemo_lab.engine.render.memory import give_back_large_blocks
from nemo_lab.engine.render.movie import sound_bits
from nemo_lab.engine.render.picture import result_colour
from nemo_lab.engine.render.spans.film import Film, Span, SpanEncoder
from nemo_lab.engine.render.spans.leading import Leader, SharedSound
from nemo_lab.engine.render.spans.packets import Packet, unpacked
from nemo_lab.engine.render.spans.pool import SpanPool, cores
from nemo_lab.engine.render.spans.shelf import Shelf
from nemo_lab.engine.render.spans.sound import SoundTracks
from nemo_lab.engine.render.video import VideoSpec

_MOST_CORES = 8


def write_in_spans(job: Job, workers: int | None = None) -> None:
    """Write picture and sound of the plan.

    Args:
        job: the render; its plan has a picture.
        workers: encoders at once, each in a thread besides this one, 0 for one in this thread; ``None`` for
            as many as keep all cores busy, or none where others help: their cores may be these.
    """
    try:
        _write(job, workers)
    finally:
        if job.shared is not None:
            with suppress(OSError):
                (job.shared / "over").touch()


def _write(job: Job, workers: int | None) -> None:
    give_back_large_blocks()
    form = form_of(job.settings)
    colour = result_colour(job.plan, job.sources, job.infos)
    codec = form.video or ""
    threads = span_threads(codec, job.plan.size)
    spec = VideoSpec(codec, job.quality, job.plan.size, job.plan.rate, colour, threads=threads)
    tags = [job.tag(track) for track in range(job.plan.sounds)]
    bits = sound_bits(job, form, None)
    job.progress.stage(1.0)
    with ExitStack() as stack:
        shelf = stack.enter_context(Shelf(job.part.parent))
        writer = stack.enter_context(Writer(job.part, form, spec, tags, bits, job.luggage))
        writer.begin()
        film = Film(job.plan, job.sources, job.infos, spec, writer.wants_global_header, job.settings)
        most = film.encoders_for(min(cores(), _MOST_CORES))
        if job.shared is not None:
            leader = stack.enter_context(Leader(job, film, workers or 0, most))
            picture: _Picture | Leader = leader
        else:
            picture = stack.enter_context(_Picture(job, film, shelf, most if workers is None else workers))
        sound: SoundTracks | SharedSound
        if job.shared is not None and film.shares_sound:
            sound = SharedSound(leader, writer)
        else:
            sound = stack.enter_context(SoundTracks(job, writer, film.spans, shelf))
        for span in film.spans:
            for packet in sound.packets(span, picture.tell):
                writer.put(packet, picture=False)
            for packet in picture.packets(span):
                writer.put(packet, picture=True)
        sound.finish()


class _Picture(ExitStack):
    """The packets of the picture, from threads where there are any."""

    def __init__(self, job: Job, film: Film, shelf: Shelf, workers: int) -> None:
        super().__init__()
        self._job, self._film, self._shelf = job, film, shelf
        self._made = 0
        self._workers = min(workers, len(film.spans))
        if self._workers:
            self.enter_context(SpanPool(film, shelf, self._workers, self._count))
        else:
            self._encoder = SpanEncoder(film)
            self.callback(self._encoder.close)

    def packets(self, span: Span) -> Iterator[Packet]:
        """Yield the packets of a span."""
        if self._workers:
            yield from unpacked(self._shelf.take(span[0], self.tell))
            return
        for packet in self._encoder.encode(span):
            self._count()
            self.tell()
            yield packet

    def tell(self) -> None:
        """Tell how far it is."""
        self._job.progress.at(self._made / self._film.plan.frames * 0.99)

    def _count(self) -> None:
        self._made += 1
