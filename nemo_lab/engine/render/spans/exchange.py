"""Spans of one film made on several machines, exchanged through a folder that all of them see.

::

    film.json        what to make; put there by the leader, which joins the spans and makes the sound
    <first>.claim    somebody makes the span that begins at this frame; touched while it is being made
    <first>.part     the packets of its picture; appears whole
    sound.claim      somebody makes the whole sound
    sound<first>.part  the packets of a span's sound
    over             the leader wants no more

What is in a part depends on the film alone, so it does not matter who makes it, nor whether two do: the
result is the same, byte for byte, as on one machine. A helper that dies leaves at most one claim behind; what
it was at is made by the leader when the claim was not touched for a while.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from pydantic import TypeAdapter

from nemo_lab.engine.render.spans.film import Film, Span, SpanEncoder
from nemo_lab.engine.render.spans.packets import Packet, part_of

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
        self._watched: tuple[str, int, float] | None = None

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

    def claim_sound(self) -> bool:
        """Claim the sound; return whether nobody else had."""
        if not self.film.plan.sounds or not self.film.shares_sound:
            return False
        try:
            self._claim("sound").touch(exist_ok=False)
        except FileExistsError:
            return False
        return True

    def leave_sound(self) -> None:
        """Let another make the sound."""
        self._claim("sound").unlink(missing_ok=True)

    @contextlib.contextmanager
    def touching_sound(self) -> Iterator[None]:
        """Show that the sound is being made, until the block ends: listening alone can take minutes."""
        done = threading.Event()

        def touch() -> None:
            while not done.wait(_TOUCH_SECONDS):
                with contextlib.suppress(OSError):
                    os.utime(self._claim("sound"))

        thread = threading.Thread(target=touch, daemon=True)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()

    def put_sound(self, first: int, packets: Iterable[Packet]) -> None:
        """Put the sound of a span there, or what is left after the last, under the number of frames."""
        _put(self._part(f"sound{first}"), part_of(packets))

    def take(self, span: Span, waiting: Callable[[], None]) -> bytes | None:
        """Return the packets of a span's picture, once they are there, and remove them; ``None`` when its
        maker died, or nobody began it for so long: then it is the caller's to make.

        Args:
            span: which.
            waiting: called now and then meanwhile; what it raises ends it.
        """
        part = self._take(str(span[0]), str(span[0]), waiting)
        if part is None:
            self._claim(span[0]).touch()
        return part

    def take_sound(self, first: int, waiting: Callable[[], None]) -> bytes | None:
        """Return what was put by :meth:`put_sound`, as :meth:`take` does."""
        return self._take(f"sound{first}", "sound", waiting)

    def _take(self, name: str, claim: str, waiting: Callable[[], None]) -> bytes | None:
        part = self._part(name)
        while True:
            waiting()
            with contextlib.suppress(FileNotFoundError):
                packets = part.read_bytes()
                part.unlink()
                return packets
            if self._dead(claim):
                self._watched = None
                return None
            time.sleep(_LOOK_SECONDS)

    def _dead(self, claim: str) -> bool:
        """Return whether a claim did not change for too long, or is not there and no other changed either:
        who is at another part, the whole sound for instance, comes to this one later."""
        try:
            stamp = self._claim(claim).stat().st_mtime_ns
        except FileNotFoundError:
            stamp = max((path.stat().st_mtime_ns for path in self.folder.glob("*.claim")), default=0)
        now = time.monotonic()
        if self._watched is None or self._watched[:2] != (claim, stamp):
            self._watched = claim, stamp, now
        return now - self._watched[2] > DEAD_SECONDS

    def _claim(self, name: int | str) -> Path:
        return self.folder / f"{name}.claim"

    def _part(self, name: int | str) -> Path:
        return self.folder / f"{name}.part"


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
