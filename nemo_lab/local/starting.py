"""Starting a worker process: when it is needed, or before the program that needs it is loaded.

It takes a worker half a second to load what it works with, and the program as long to load a server and a
client. Side by side, on two cores, they lose no time.
"""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import sysconfig
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import nemo_lab

COMMAND = (sys.executable, "-P", "-m", "nemo_lab.local.worker")
"""``-P``: a ``json.py`` in the user's folder must not be taken for the library's."""
_LINE_LIMIT = 64 * 1024 * 1024
_early: list[tuple[subprocess.Popen[bytes], socket.socket]] = []


class EarlyProcess:
    """A process that was started early, as asyncio shows its own."""

    def __init__(
        self, process: subprocess.Popen[bytes], reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._process = process
        self.pid, self.stdin, self.stdout = process.pid, writer, reader

    @property
    def returncode(self) -> int | None:
        """How it ended; ``None`` while it runs."""
        return self._process.poll()

    def kill(self) -> None:
        """Kill it."""
        self._process.kill()

    async def wait(self) -> int:
        """Wait for its end."""
        return await asyncio.to_thread(self._process.wait)


@contextmanager
def worker_ahead() -> Iterator[None]:
    """Start a process for the first pool that needs one; what was not needed is killed in the end.

    Not on Windows, where a child takes no socket for its input.
    """
    if sys.platform != "win32":
        ours, theirs = socket.socketpair()
        with theirs:
            end = theirs.fileno()
            process = subprocess.Popen(
                COMMAND, stdin=end, stdout=end, stderr=subprocess.DEVNULL, env=_environment()
            )
        _early.append((process, ours))
    try:
        yield
    finally:
        while _early:
            process, ours = _early.pop()
            ours.close()
            process.kill()
            process.wait()


async def start(command: tuple[str, ...]) -> Process | EarlyProcess:
    """Return a process with a stream to its input and one from its output; one that was started early, if
    there is one of this command."""
    if command == COMMAND and _early:
        process, ours = _early.pop()
        reader, writer = await asyncio.open_connection(sock=ours, limit=_LINE_LIMIT)
        return EarlyProcess(process, reader, writer)
    return await asyncio.create_subprocess_exec(
        *command, stdin=PIPE, stdout=PIPE, stderr=DEVNULL, env=_environment(), limit=_LINE_LIMIT
    )


def _environment() -> dict[str, str]:
    """Return our environment, in which the child finds this very package."""
    home = str(Path(nemo_lab.__file__).parents[1])
    if home in sysconfig.get_paths().values():
        return dict(os.environ)
    path = [entry for entry in (os.environ.get("PYTHONPATH"), home) if entry]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(path)}
