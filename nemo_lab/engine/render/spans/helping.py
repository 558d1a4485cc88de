"""Who takes part in a film that is exchanged through a folder: threads of this process, here or elsewhere."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable
from pathlib import Path

from pydantic import TypeAdapter

from nemo_lab.engine.render.encode import Writer
from nemo_lab.engine.render.formats import form_of
from nemo_lab.engine.render.job import Job, Progress
from nemo_lab.engine.render.movie import sound_bits
from nemo_lab.engine.render.spans.exchange import Exchange
from nemo_lab.engine.render.spans.film import Film, SpanEncoder
from nemo_lab.engine.render.spans.sound import packets_of, sound_parts

_LOOK_SECONDS = 0.2


class Helpers:
    """Threads of this process that take part, until the block ends.

    Args:
        exchange: where.
        encoders: how many.
        sound_apart: one more thread makes the sound, if nobody does; else the first of the encoders, before
            it begins with spans: shared with those, a core would not have it ready when all else is done.
        made: called for every frame that is made, by any thread.
        fail: told what went wrong.
    """

    def __init__(
        self,
        exchange: Exchange,
        encoders: int,
        made: Callable[[], None],
        fail: Callable[[BaseException], None],
        *,
        sound_apart: bool = True,
    ) -> None:
        self._exchange, self._made, self._fail = exchange, made, fail
        self._closed = threading.Event()
        works = [self._make_spans if sound_apart else self._make_both] * encoders
        works += [self._make_sound] * sound_apart
        self._threads = [threading.Thread(target=self._run, args=(work,), daemon=True) for work in works]

    def __enter__(self) -> Helpers:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closed.set()
        for thread in self._threads:
            thread.join()

    def wait(self) -> None:
        """Wait until nothing is left to be begun."""
        for thread in self._threads:
            thread.join()

    def _run(self, work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException as exc:  # noqa: BLE001 - told to the one who waits
            self._fail(exc)

    def _make_both(self) -> None:
        self._make_sound()
        self._make_spans()

    def _make_spans(self) -> None:
        encoder = SpanEncoder(self._exchange.film)
        end: int | None = None
        try:
            while not self._stopped() and (span := self._exchange.next_span(end)) is not None:
                if self._exchange.make(encoder, span, self._made, self._stopped):
                    end = span[1]
        finally:
            encoder.close()

    def _make_sound(self) -> None:
        """Make the sound of the whole film, with the encoders of a file that is never finished."""
        if self._stopped() or not self._exchange.claim_sound():
            return
        exchange, film = self._exchange, self._exchange.film
        scratch = exchange.folder / f".sound.{secrets.token_hex(4)}"
        job = Job(
            film.plan, film.sources, film.infos, film.settings, scratch, Progress(lambda fraction: None)
        )
        form = form_of(film.settings)
        tags = [None] * film.plan.sounds
        with (
            Writer(scratch, form, None, tags, sound_bits(job, form, None)) as writer,
            exchange.touching_sound(),
        ):
            writer.begin()
            for part in sound_parts(job, writer, film.spans):
                if self._stopped():
                    break
                if part.rest:
                    exchange.put_sound(film.plan.frames, packets_of(part.rest))
                exchange.put_sound(part.first, packets_of(part.packets))
            writer.put_rest(())
        scratch.unlink(missing_ok=True)

    def _stopped(self) -> bool:
        return self._closed.is_set() or self._exchange.over


class Share:
    """Keeps this process to a number of cores, on the average: the others may be another's.

    Args:
        cores: how many.
    """

    def __init__(self, cores: int) -> None:
        self._cores = cores
        self._began, self._used = time.monotonic(), time.process_time()

    def keep(self) -> None:
        """Wait as long as more was used than that many cores give."""
        used, passed = time.process_time() - self._used, time.monotonic() - self._began
        time.sleep(max(0.0, used / self._cores - passed))


def help_with(folder: Path, count: int) -> int:
    """Take part in the film of a folder until it is over; return how many frames were made here.

    Args:
        folder: through which it is exchanged.
        count: cores that may be used.

    Waits for the film to be announced: the leader may be listening to the sound still. A fault here is the
    leader's to find: it makes what is missing, and says what is wrong with it.
    """
    while not (folder / "film.json").exists():
        if (folder / "over").exists() or not folder.is_dir():
            return 0
        time.sleep(_LOOK_SECONDS)
    film = TypeAdapter(Film).validate_json((folder / "film.json").read_bytes())
    made: list[int] = []
    share = Share(count)

    def count_frame() -> None:
        made.append(1)
        share.keep()

    exchange, encoders = Exchange(folder, film), film.encoders_for(count)
    with Helpers(exchange, encoders, count_frame, lambda _: None, sound_apart=encoders < count) as helpers:
        helpers.wait()
    return len(made)
