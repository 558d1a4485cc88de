"""The one who joins a film that others help to make: takes what they put into the folder, and steps in where
one of them died."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

from nemo_lab.engine.render.encode import Writer
from nemo_lab.engine.render.job import Job
from nemo_lab.engine.render.spans.exchange import Exchange
from nemo_lab.engine.render.spans.film import Film, Span, SpanEncoder
from nemo_lab.engine.render.spans.helping import Helpers
from nemo_lab.engine.render.spans.packets import Packet, unpacked


class Leader(ExitStack):
    """Gives the packets of the picture. Leaves the work to others, whose cores may be these, until one of
    them was found dead, or nobody came.

    Args:
        job: the render; with a shared folder.
        film: what is made.
        workers: encoders here that take part from the beginning.
        most: encoders here that take part when others fail.
    """

    def __init__(self, job: Job, film: Film, workers: int, most: int) -> None:
        super().__init__()
        assert job.shared is not None
        self._job, self._film, self._most = job, film, most
        self._taken = 0
        self._fault: BaseException | None = None
        self._encoder = SpanEncoder(film)
        self.callback(self._encoder.close)
        self.exchange = Exchange(job.shared, film)
        self.exchange.announce()
        self._takes_part = workers > 0
        if self._takes_part:
            self._begin(workers)

    def packets(self, span: Span) -> Iterator[Packet]:
        """Yield the packets of a span; one whose maker died is made here."""
        part = self.exchange.take(span, self.tell)
        if part is None:
            self.take_part()
        yield from unpacked(part) if part is not None else self._encoder.encode(span)
        self._taken = span[1]

    def take_part(self) -> None:
        """Have threads here take part from now on."""
        if not self._takes_part:
            self._takes_part = True
            self._begin(self._most)

    def make_sound(self) -> None:
        """Have it made by whoever is free, a thread of its own here at the latest."""
        self.exchange.leave_sound()
        self.take_part()
        self._begin(0)

    def tell(self) -> None:
        """Tell how far it is.

        Raises:
            BaseException: what went wrong in a thread here.
        """
        if self._fault is not None:
            raise self._fault
        self._job.progress.at(self._taken / self._film.plan.frames * 0.99)

    def _begin(self, encoders: int) -> None:
        self.enter_context(Helpers(self.exchange, encoders, lambda: None, self._fail))

    def _fail(self, fault: BaseException) -> None:
        self._fault = self._fault or fault


class SharedSound:
    """Gives the packets of the sound, which somebody makes who takes part.

    Args:
        leader: of the film.
        writer: into which the sound goes.
    """

    def __init__(self, leader: Leader, writer: Writer) -> None:
        self._leader, self._writer = leader, writer
        self._film = leader.exchange.film

    def packets(self, span: Span, waiting: Callable[[], None]) -> Iterator[Packet]:
        """Yield the packets of a span, once they are there; ``waiting`` is called now and then meanwhile."""
        if self._film.plan.sounds:
            yield from unpacked(self._taken(span[0], waiting))

    def finish(self) -> None:
        """Write what came last, after all else was written, and the index."""
        if self._film.plan.sounds:
            for packet in unpacked(self._taken(self._film.plan.frames, self._leader.tell)):
                self._writer.put(packet, picture=False)
        self._writer.put_rest(())

    def _taken(self, first: int, waiting: Callable[[], None]) -> bytes:
        while (part := self._leader.exchange.take_sound(first, waiting)) is None:
            self._leader.make_sound()
        return part
