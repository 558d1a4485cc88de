"""Spans of one film made on several machines, exchanged through a folder that all of them see.

::

    film.json        what to make; put there by the leader, which joins the spans and makes the sound
    <first>.claim    somebody makes the span that begins at this frame; touched while it is being made
    <first>.part     the span's packets; appears whole
    over             the leader wants no more

A span's packets depend on the film alone, so it does not matter who makes it, nor whether two do: the result
is the same, byte for byte, as on one machine. A helper that dies leaves at most one claim behind, whose span
the leader makes itself when the claim was not touched for a while.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import threading
import time
from collections.abc import Callable
from pathlib import Path

from pydantic import TypeAdapter

from nemo_lab.engine.render.spans.film import Film, Span, SpanEncoder
from nemo_lab.engine.render.spans.packets import part_of

_TOUCH_SECONDS = 2.0
"""How often a claim is touched while its span is being made."""
DEAD_SECONDS = 30.0
"""A claim not touched for so long has no maker; by the leader's watch, for clocks of machines differ."""
_LOOK_SECONDS = 0.05


class Exchange:
    """The folder of one film.

    Args:
        folder: on storage that all who take part see; there already.
        film: what is made.
    """

    def __init__(self, folder: Path, film: Film) -> None:
        self.folder, self.film = folder, film
        self._firsts = [first for first, _ in film.spans]
        self._watched: tuple[int, int, float] | None = None

    def announce(self) -> None:
        """Tell the helpers what to make.

        Raises:
            OSError: the folder cannot be written.
        """
        _put(self.folder / "film.json", TypeAdapter(Film).dump_json(self.film))

    @property
    def over(self) -> bool:
        """Whether the leader wants no more, or is gone with its folder."""
        return (self.folder / "over").exists() or not self.folder.is_dir()

    def next_span(self, after: int | None) -> Span | None:
        """Claim a span: the one that follows ``after``, which costs no seek, else one in the middle of the
        longest stretch that nobody has begun; ``None`` when there is none left.

        Args:
            after: number of the frame at which the last span ended.
        """
        while True:
            taken = {path.stem for path in self.folder.glob("*.claim")}
            free = [number for number, first in enumerate(self._firsts) if str(first) not in taken]
            if not free:
                return None
            chosen = self._firsts.index(after) if after in self._firsts else -1
            if chosen not in free:
                chosen = _middle(free)
            with contextlib.suppress(FileExistsError):  # another was faster: look again
                self._claim(self._firsts[chosen]).touch(exist_ok=False)
                return self.film.spans[chosen]

    def make(
        self, encoder: SpanEncoder, span: Span, made: Callable[[], None], stop: Callable[[], bool]
    ) -> bool:
        """Make a span and put it there; return whether it was not stopped."""
        packets, touched = [], time.monotonic()
        for packet in encoder.encode(span):
            packets.append(packet)
            made()
            if time.monotonic() - touched > _TOUCH_SECONDS:
                touched = time.monotonic()
                if stop():
                    return False
                with contextlib.suppress(OSError):
                    os.utime(self._claim(span[0]))
        _put(self._part(span[0]), part_of(packets))
        return True

    def take(self, span: Span, waiting: Callable[[], None]) -> bytes | None:
        """Return the packets of a span, once they are there, and remove them; ``None`` when its maker died.

        Args:
            span: which.
            waiting: called now and then meanwhile; what it raises ends it.
        """
        part = self._part(span[0])
        while True:
            waiting()
            with contextlib.suppress(FileNotFoundError):
                packets = part.read_bytes()
                part.unlink()
                return packets
            if self._dead(span[0]):
                return None
            time.sleep(_LOOK_SECONDS)

    def _dead(self, first: int) -> bool:
        """Return whether a claim did not change for too long, or is not there though nobody is at work."""
        try:
            stamp = self._claim(first).stat().st_mtime_ns
        except FileNotFoundError:
            stamp = 0
        now = time.monotonic()
        if self._watched is None or self._watched[:2] != (first, stamp):
            self._watched = first, stamp, now
        return now - self._watched[2] > DEAD_SECONDS

    def _claim(self, first: int) -> Path:
        return self.folder / f"{first}.claim"

    def _part(self, first: int) -> Path:
        return self.folder / f"{first}.part"


class Helpers:
    """Threads of this process that take part, until the block ends.

    Args:
        exchange: where.
        count: how many.
        made: called for every frame that is made, by any thread.
        fail: told what went wrong.
    """

    def __init__(
        self, exchange: Exchange, count: int, made: Callable[[], None], fail: Callable[[BaseException], None]
    ) -> None:
        self._exchange, self._made, self._fail = exchange, made, fail
        self._closed = threading.Event()
        self._threads = [threading.Thread(target=self._run, daemon=True) for _ in range(count)]

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

    def _run(self) -> None:
        try:
            encoder = SpanEncoder(self._exchange.film)
            try:
                self._make_with(encoder)
            finally:
                encoder.close()
        except BaseException as exc:  # noqa: BLE001 - told to the one who waits
            self._fail(exc)

    def _make_with(self, encoder: SpanEncoder) -> None:
        span = self._exchange.next_span(None)
        while span is not None and self._exchange.make(encoder, span, self._made, self._stopped):
            span = None if self._stopped() else self._exchange.next_span(span[1])

    def _stopped(self) -> bool:
        return self._closed.is_set() or self._exchange.over


def help_with(folder: Path, count: int) -> int:
    """Take part in the film of a folder until it is over; return how many frames were made here.

    Waits for the film to be announced: the leader may be listening to the sound still. A fault here is the
    leader's to find: it makes what is missing, and says what is wrong with it.
    """
    while not (folder / "film.json").exists():
        if (folder / "over").exists() or not folder.is_dir():
            return 0
        time.sleep(_LOOK_SECONDS * 4)
    film = TypeAdapter(Film).validate_json((folder / "film.json").read_bytes())
    made: list[int] = []
    with Helpers(Exchange(folder, film), count, lambda: made.append(1), lambda fault: None) as helpers:
        helpers.wait()
    return len(made)


def _middle(free: list[int]) -> int:
    """Return the first of the free numbers when all before are free, else the middle of the longest run."""
    runs: list[list[int]] = []
    for number in free:
        if runs and runs[-1][-1] == number - 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    longest = max(runs, key=len)
    return longest[0] if longest[0] == 0 else longest[len(longest) // 2]


def _put(path: Path, content: bytes) -> None:
    """Write a file that appears whole."""
    scratch = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    scratch.write_bytes(content)
    scratch.replace(path)
