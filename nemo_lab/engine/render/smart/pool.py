"""A pool of worker processes over the joins: several are decoded and encoded at once, in any order.

The bytes of a window do not depend on where it was encoded, nor on what was encoded before it, so the
result is the same with any number of workers, and without them.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing, suppress
from types import TracebackType

from nemo_lab.engine.render.smart.assemble import LocalWindows
from nemo_lab.engine.render.smart.decoding import Run, runs_for
from nemo_lab.engine.render.smart.errors import CannotSplice
from nemo_lab.engine.render.smart.order import Order
from nemo_lab.engine.render.smart.planner import Encode
from nemo_lab.engine.render.smart.source import KEYFRAME_EVERY, SourceFormat
from nemo_lab.engine.render.smart.window import EncodedFrame
from nemo_lab.engine.render.smart.worker import job_line, read_packets, source_line

_MOST_WORKERS = 4
_WORTH_A_WORKER = 4
"""Windows: with fewer, starting processes costs more than they save."""
_AHEAD = 6
"""Windows a worker may be ahead of the one that is being written: so many packets are held in memory."""
_LONGEST_GROUP = 8

_Job = tuple[Encode, list[Run]]


class PooledWindows:
    """Makes the packets of encoded spans, those of untouched frames in worker processes.

    Args:
        index: the source.
        source: its format, as encoders need it.
        spans: all spans that will be asked for, in that order.
        local: makes the touched ones, and those that a worker failed to make.
        workers: how many processes; ``None`` is one a core.
    """

    def __init__(
        self,
        index: Order,
        source: SourceFormat,
        spans: Sequence[Encode],
        local: LocalWindows,
        workers: int | None = None,
    ) -> None:
        self._local = local
        jobs = [(span, runs_for(index, span.pieces)) for span in spans if not span.touched]
        self._groups = deque(_grouped(jobs))
        self._made: dict[int, list[bytes] | None] = {}
        self._order = {span.out: number for number, (span, _) in enumerate(jobs)}
        self._reached = 0
        self._closed = False
        self._changed = threading.Condition()
        self._hello = source_line(index.path, source)
        wanted = _cores() if workers is None else workers
        self._count = min(wanted, _MOST_WORKERS, len(self._groups)) if len(jobs) >= _WORTH_A_WORKER else 0
        self._processes: list[subprocess.Popen[bytes]] = []
        self._threads: list[threading.Thread] = []
        self._alive = 0

    def __enter__(self) -> PooledWindows:
        for _ in range(self._count):
            with suppress(OSError):
                self._start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        for process in self._processes:
            process.kill()
        for thread in self._threads:
            thread.join()
        for process in self._processes:
            process.wait()

    def __call__(self, span: Encode) -> Iterable[EncodedFrame]:
        """Return the packets of a span; waits for the worker that makes them."""
        packets = self._take(span.out)
        if packets is None:
            return self._local(span)
        return [EncodedFrame(data, number % KEYFRAME_EVERY == 0) for number, data in enumerate(packets)]

    def _take(self, out: int) -> list[bytes] | None:
        number = self._order.get(out)
        if number is None:
            return None
        with self._changed:
            self._reached = number
            self._changed.notify_all()
            self._changed.wait_for(lambda: out in self._made or not self._alive)
            return self._made.pop(out, None)

    def _start(self) -> None:
        process = subprocess.Popen(
            [sys.executable, "-m", "nemo_lab.engine.render.smart.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self._processes.append(process)
        self._alive += 1
        thread = threading.Thread(target=self._drive, args=(process,), daemon=True)
        self._threads.append(thread)
        thread.start()

    def _drive(self, process: subprocess.Popen[bytes]) -> None:
        """Give one process its jobs until there are no more, or it ends."""
        try:
            with closing(self._jobs()) as jobs:
                self._send(process, self._hello)
                for span, runs in jobs:
                    self._send(process, job_line(runs, span.keep))
                    self._put(span.out, _answer(process))
        except (OSError, EOFError, ValueError):
            process.kill()
        finally:
            with self._changed:
                self._alive -= 1
                self._changed.notify_all()
            for pipe in (process.stdin, process.stdout):
                with suppress(OSError):
                    if pipe is not None:
                        pipe.close()

    def _jobs(self) -> Generator[_Job, None, None]:
        """Yield jobs for one process, never far ahead of what is being written."""
        while group := self._next_group():
            waiting = deque(group)
            try:
                while waiting:
                    self._wait_for_turn(self._order[waiting[0][0].out])
                    if self._closed:
                        return
                    yield waiting[0]
                    waiting.popleft()
            finally:
                # The process is gone: whoever waits for its jobs makes them himself.
                for span, _ in waiting:
                    self._put(span.out, None)

    def _next_group(self) -> list[_Job]:
        with self._changed:
            return self._groups.popleft() if self._groups and not self._closed else []

    def _wait_for_turn(self, number: int) -> None:
        ahead = _AHEAD * self._count
        with self._changed:
            self._changed.wait_for(lambda: self._closed or number <= self._reached + ahead)

    def _put(self, out: int, packets: list[bytes] | None) -> None:
        with self._changed:
            self._made[out] = packets
            self._changed.notify_all()

    @staticmethod
    def _send(process: subprocess.Popen[bytes], line: bytes) -> None:
        assert process.stdin is not None
        process.stdin.write(line)
        process.stdin.flush()


def _answer(process: subprocess.Popen[bytes]) -> list[bytes] | None:
    """Return a job's packets, ``None`` if it failed there."""
    assert process.stdout is not None
    try:
        return read_packets(process.stdout)
    except CannotSplice:
        return None


def _grouped(jobs: Sequence[_Job]) -> Iterator[list[_Job]]:
    """Yield jobs in groups that one process does best: those in which decoding goes on in one GOP."""
    group: list[_Job] = []
    for job in jobs:
        if group and (len(group) == _LONGEST_GROUP or not _goes_on(group[-1][1][-1], job[1][0])):
            yield group
            group = []
        group.append(job)
    if group:
        yield group


def _goes_on(run: Run, following: Run) -> bool:
    return following.entry <= run.needed < following.needed


def _cores() -> int:
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on macOS and Windows
        return os.cpu_count() or 1
