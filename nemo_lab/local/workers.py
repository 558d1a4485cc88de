"""The worker processes as seen from the server: at most so many at once, one kept warm, killed when told."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Callable
from typing import Any

from nemo_lab import errors
from nemo_lab.errors import BackendUnavailable, NemoError, RenderFailed, UnreadableMedia
from nemo_lab.local.limits import Limits, ending, limits_of
from nemo_lab.local.starting import COMMAND, EarlyProcess, start

Progress = Callable[[float], None]
Worker = Process | EarlyProcess


class Workers:
    """A pool of worker processes.

    Args:
        renders: how many renders may run at once; what is short has slots of its own.
        command: what to start; the tests give another.
        memory: bytes of address space that a process may take, in place of our own limit; 0 is no limit.
    """

    def __init__(
        self, renders: int | None = None, command: tuple[str, ...] = COMMAND, memory: int | None = None
    ) -> None:
        cores = os.cpu_count() or 2
        self._renders = asyncio.Semaphore(renders or max(1, cores // 2))
        self._others = asyncio.Semaphore(max(2, cores))
        self._command = command
        self._memory = memory
        self._idle: list[Worker] = []
        self._all: set[Worker] = set()
        self._waiting = 0
        self._starting: set[asyncio.Task[Worker]] = set()
        self._closed = False

    async def run(
        self,
        job: dict[str, Any],
        *,
        progress: Progress | None = None,
        started: Callable[[], None] | None = None,
    ) -> dict[str, Any]:
        """Do one job in a process of its own; cancelling the call kills the process.

        Args:
            job: what :mod:`nemo_lab.local.worker` understands.
            progress: called with 0 to 1.
            started: called when a slot is free and the work begins.

        Raises:
            NemoError: what went wrong in there, by its own class; or it took more than its limits allow.
            BackendUnavailable: the pool was closed before a process was free.
        """
        limits = limits_of(job["job"], self._memory)
        async with self._slot(job["job"]):
            if started is not None:
                started()
            process = await self._take()
            try:
                async with asyncio.timeout(limits.seconds):
                    answer = await _converse(process, job, limits, progress)
            except TimeoutError:
                await self._kill(process)
                raise UnreadableMedia(f"it takes more than {limits.seconds:.0f} s to read") from None
            except BaseException:
                await self._kill(process)
                raise
            if answer.get("spent"):
                await self._kill(process)
            else:
                await self._keep(process)
        if "error" in answer:
            raise _error(answer["error"])
        result: dict[str, Any] = answer["result"]
        return result

    @property
    def started(self) -> bool:
        """Whether there is a process."""
        return bool(self._all)

    @property
    def busy(self) -> bool:
        """Whether a process is at work."""
        return len(self._all) > len(self._idle)

    async def warm(self, *, whole: bool = False) -> None:
        """Start a process before the first job comes; ``whole``: wait until it has loaded what edits need."""
        if not whole:
            self._idle.append(await self._spawn())
            return
        with contextlib.suppress(NemoError):
            await self.run({"job": "warm"})

    async def close(self) -> None:
        """Kill all processes; what still waits for one gets none."""
        self._closed = True
        self._idle.clear()
        await asyncio.gather(*self._starting, return_exceptions=True)
        await asyncio.gather(*(self._kill(process) for process in list(self._all)))

    @contextlib.asynccontextmanager
    async def _slot(self, job: str) -> AsyncIterator[None]:
        """Wait until a job of this kind may run."""
        slots = self._renders if job == "render" else self._others
        self._waiting += 1
        try:
            await slots.acquire()
        finally:
            self._waiting -= 1
        try:
            yield
        finally:
            slots.release()

    async def _take(self) -> Worker:
        while self._idle:
            process = self._idle.pop()
            if not _gone(process):
                return process
            await self._kill(process)
        return await self._spawn()

    async def _spawn(self) -> Worker:
        """Start a process. A start is not cancelled half-way: who is cancelled meanwhile leaves it idle.

        And none begins after :meth:`close`: asyncio, ending a loop, cancels a start in such a way that it
        waits for ever (for pipes that it no longer connects).
        """
        if self._closed:
            raise BackendUnavailable("the backend closes")
        starting = asyncio.create_task(self._start())
        self._starting.add(starting)
        starting.add_done_callback(self._starting.discard)
        try:
            return await asyncio.shield(starting)
        except asyncio.CancelledError:
            starting.add_done_callback(self._adopt)
            raise

    def _adopt(self, started: asyncio.Task[Worker]) -> None:
        if not started.cancelled() and started.exception() is None:
            self._idle.append(started.result())

    async def _start(self) -> Worker:
        process = await start(self._command)
        self._all.add(process)
        return process

    async def _keep(self, process: Worker) -> None:
        """Keep one process for the next job, and one for each that waits; more than that go."""
        if len(self._idle) > self._waiting or process.returncode is not None:
            await self._kill(process)
        else:
            self._idle.append(process)

    async def _kill(self, process: Worker) -> None:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        if process.stdin is not None:
            process.stdin.close()
        await process.wait()
        self._all.discard(process)  # not before: who closes the pool waits for all that still end


def _gone(process: Worker) -> bool:
    """Tell whether a process has ended, also in the moment before asyncio hears of it."""
    if process.returncode is not None or not hasattr(os, "waitid"):
        return process.returncode is not None
    try:
        return os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
    except ChildProcessError:
        return True


async def _converse(
    process: Worker, job: dict[str, Any], limits: Limits, progress: Progress | None
) -> dict[str, Any]:
    """Return the last line of a worker's answer."""
    assert process.stdin is not None
    assert process.stdout is not None
    bounded = {**job, "limits": {"cpu": limits.cpu, "memory": limits.memory}}
    with contextlib.suppress(ConnectionError):  # it died already: the missing answer tells
        process.stdin.write(json.dumps(bounded).encode() + b"\n")
        await process.stdin.drain()
    while line := await process.stdout.readline():
        message: dict[str, Any] = json.loads(line)
        if "progress" not in message:
            return message
        if progress is not None:
            progress(message["progress"])
    code = await process.wait()
    kind = RenderFailed if job["job"] == "render" else UnreadableMedia
    raise kind(ending(code, limits), remedy="The file may be damaged.")


def _error(data: dict[str, str]) -> NemoError:
    """Return the error that a worker wrote down, as its own class where that takes a plain message."""
    kind = getattr(errors, data["type"], NemoError)
    try:
        error = kind(data["message"], remedy=data["remedy"])
    except TypeError:
        error = NemoError(data["message"], remedy=data["remedy"])
    return error if isinstance(error, NemoError) else NemoError(data["message"], remedy=data["remedy"])
