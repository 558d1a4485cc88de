# SPDX-License-Identifier: GPL-3.0-only
"""One edit as the watcher sees it: a process below OBS's priority, whose words come as messages."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import sysconfig
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

COMMAND = (sys.executable, "-P", "-m", "obs_plugin.edit_child")
"""``-P``: nothing in the folder that the watcher was started in may be taken for a library."""
AHEAD = "--ahead"
"""The argument by which the process is told that there is time to prepare."""
_WINDOWS_BELOW_NORMAL = 0x4000


@dataclass(frozen=True)
class Task:
    """What is to be edited, and how."""

    inputs: tuple[Path, ...]
    output: Path
    project: str
    lock: Path
    recipe: Path | None = None
    say: str = ""
    backend: str | None = None
    over_limit: str = "refuse"

    def line(self) -> bytes:
        """Return it as the process reads it."""
        data = {
            "inputs": [str(path) for path in self.inputs],
            "output": str(self.output),
            "project": self.project,
            "lock": str(self.lock),
            "recipe": str(self.recipe) if self.recipe else "",
            "say": self.say,
            "backend": self.backend,
            "over_limit": self.over_limit,
        }
        return json.dumps(data, ensure_ascii=False).encode() + b"\n"


@dataclass(frozen=True)
class Told:
    """One message of the edit of a job; ``{"ended": code}`` is the last one."""

    job_id: int
    message: dict[str, Any] = field(default_factory=dict)


class Edit:
    """A process that edits once it is told what. What it says is put into a queue as :class:`Told`.

    Args:
        ahead: there is time yet: it is to load all that it will need.
        command: what to start; tests give another.

    Raises:
        OSError: it cannot be started.
    """

    def __init__(self, *, ahead: bool = False, command: tuple[str, ...] = COMMAND) -> None:
        self.job_id = 0
        self.started = time.monotonic()
        options: dict[str, Any] = {"start_new_session": True}
        if sys.platform == "win32":
            options = {"creationflags": _WINDOWS_BELOW_NORMAL}
        self._process = subprocess.Popen(
            (*command, AHEAD) if ahead else command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, env=_environment(), **options,
        )  # fmt: skip
        self._processors = _processors()

    @property
    def lives(self) -> bool:
        """Whether the process is there."""
        return self._process.poll() is None

    def begin(self, job_id: int, task: Task, told: queue.Queue[Any]) -> None:
        """Begin with a job.

        Args:
            job_id: which.
            task: what to do.
            told: where its messages go.
        """
        self.job_id = job_id
        threading.Thread(target=self._listen, args=(task.line(), told), daemon=True).start()

    def leave_room(self, room: bool) -> None:
        """Leave half of the processors to OBS, or take all (Linux; elsewhere priority alone must do)."""
        if not self._processors:
            return
        half = self._processors[-max(1, len(self._processors) // 2) :]
        for thread in _threads(self._process.pid):
            with contextlib.suppress(OSError):
                os.sched_setaffinity(thread, half if room else self._processors)

    def hold(self, still: bool) -> None:
        """Let all that the process has started keep still, or go on (Linux).

        The process itself goes on: it is idle then, and it must hear of the watcher's end.
        """
        for member in _members(self._process.pid):
            if member != self._process.pid:
                with contextlib.suppress(OSError):
                    os.kill(member, signal.SIGSTOP if still else signal.SIGCONT)

    def stop(self) -> None:
        """End it and all that it started."""
        if sys.platform == "win32":
            self._process.kill()
        else:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        if not self.job_id:  # nobody listens who would do it
            self._close()

    def _listen(self, line: bytes, told: queue.Queue[Any]) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with contextlib.suppress(OSError):
            self._process.stdin.write(line)
            self._process.stdin.flush()
        for said in self._process.stdout:
            with contextlib.suppress(ValueError):
                told.put(Told(self.job_id, json.loads(said)))
        code = self._process.wait()
        self._close()
        told.put(Told(self.job_id, {"ended": code}))

    def _close(self) -> None:
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):  # what it did not read any more
                    pipe.close()


def _processors() -> list[int]:
    """Return the processors that may be used; none where that cannot be said."""
    return sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []


def _members(leader: int) -> Iterator[int]:
    """Return a process and those that it started, by their numbers (Linux)."""
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if os.getpgid(int(folder.name)) == leader:
                yield int(folder.name)


def _threads(leader: int) -> Iterator[int]:
    """Return all threads of a process and of those that it started, by their numbers (Linux)."""
    for member in _members(leader):
        with contextlib.suppress(OSError):
            yield from (int(entry.name) for entry in Path(f"/proc/{member}/task").iterdir())


def _environment() -> dict[str, str]:
    """The process must find what this one found, wherever it is started."""
    root = str(Path(__file__).parents[1])
    if root in sysconfig.get_paths().values():
        return dict(os.environ)
    path = [entry for entry in (os.environ.get("PYTHONPATH"), root) if entry]
    return os.environ | {"PYTHONPATH": os.pathsep.join(path)}
