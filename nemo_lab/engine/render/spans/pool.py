"""The worker processes of a film, and which of them makes what.

A worker goes on where its last span ended, which costs no seek; one that has nothing left takes over the
later half of the longest stretch that another has before it. So all are busy to the end, whatever their
number and however hard single spans are.
"""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType

import nemo_lab
from nemo_lab.engine.render.spans.film import Film, Span
from nemo_lab.engine.render.spans.packets import read_packed
from nemo_lab.engine.render.spans.shelf import Shelf
from nemo_lab.engine.render.spans.worker import greeting, request

FAILED = b"failed"
"""Stands on the shelf for a span that a worker could not make."""


class Stretches:
    """Divides spans among workers."""

    def __init__(self, count: int) -> None:
        self._rest = [(0, count)]

    def next(self, mine: int | None) -> tuple[int | None, int | None]:
        """Return the number of the span to do next and the stretch it is from, ``None`` when all is given.

        Args:
            mine: the stretch that the worker is at, ``None`` if it has none yet.
        """
        if mine is None or self._rest[mine][0] >= self._rest[mine][1]:
            longest = max(range(len(self._rest)), key=lambda at: self._rest[at][1] - self._rest[at][0])
            low, high = self._rest[longest]
            if low >= high:
                return None, None
            # A stretch that nobody has begun is taken whole.
            middle = low if low == 0 else (low + high) // 2
            self._rest[longest] = low, middle
            self._rest.append((middle, high))
            mine = len(self._rest) - 1
        low, high = self._rest[mine]
        self._rest[mine] = low + 1, high
        return low, mine


class SpanPool:
    """Makes all spans of a film in worker processes and puts them on a shelf, by their first frame.

    Args:
        film: what to make.
        shelf: where to put it; :data:`FAILED` for what could not be made.
        workers: how many processes.
        made: called for every frame that is made, by any thread.
    """

    def __init__(self, film: Film, shelf: Shelf, workers: int, made: Callable[[], None]) -> None:
        self._shelf, self._made = shelf, made
        self._spans = film.spans
        self._greeting = greeting(film)
        self._count = workers
        self._lock = threading.Lock()
        self._stretches = Stretches(len(self._spans))
        self._closed = False
        self._processes: list[subprocess.Popen[bytes]] = []
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> SpanPool:
        for _ in range(self._count):
            self._threads.append(threading.Thread(target=self._drive, daemon=True))
            self._threads[-1].start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._lock:
            self._closed = True
            for process in self._processes:
                process.kill()
        for thread in self._threads:
            thread.join()

    def _drive(self) -> None:
        """Give one process its spans until there are no more; a span it fails at is left to the parent."""
        process: subprocess.Popen[bytes] | None = None
        number, mine = self._next(None)
        while number is not None:
            span = self._spans[number]
            try:
                process = process or self._started()
                part = self._answer(process, span)
            except (OSError, EOFError, ValueError):
                _end(process)
                process, part = None, FAILED
            try:
                self._shelf.put(span[0], part)
            except OSError as exc:
                self._shelf.fail(exc)
                break
            number, mine = self._next(mine)
        _end(process)

    def _next(self, mine: int | None) -> tuple[int | None, int | None]:
        with self._lock:
            return (None, None) if self._closed else self._stretches.next(mine)

    def _started(self) -> subprocess.Popen[bytes]:
        with self._lock:
            if self._closed:
                raise EOFError
            process = subprocess.Popen(
                # -P: a module in the user's folder must not be taken for one of ours.
                [sys.executable, "-P", "-m", "nemo_lab.engine.render.spans.worker"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=environment(),
            )
            self._processes.append(process)
        assert process.stdin is not None
        process.stdin.write(self._greeting)
        return process

    def _answer(self, process: subprocess.Popen[bytes], span: Span) -> bytes:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(request(span))
        process.stdin.flush()
        packets = []
        for packet in read_packed(process.stdout):
            packets.append(packet)
            self._made()
        return b"".join(packets)


def _end(process: subprocess.Popen[bytes] | None) -> None:
    if process is None:
        return
    process.kill()
    for pipe in (process.stdin, process.stdout):
        with suppress(OSError):
            if pipe is not None:
                pipe.close()
    process.wait()


def environment() -> dict[str, str]:
    """Return our environment, in which a child finds this very package."""
    home = str(Path(nemo_lab.__file__).parents[1])
    if home in sysconfig.get_paths().values():
        return dict(os.environ)
    path = [entry for entry in (os.environ.get("PYTHONPATH"), home) if entry]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(path)}


def cores() -> int:
    """Return how many cores this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on macOS and Windows
        return os.cpu_count() or 1
