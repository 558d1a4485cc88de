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
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from obs_plugin import priority

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
        self._processors = priority.processors()

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
        """Step far aside for OBS, which records, or as far as for an OBS that only runs."""
        priority.step_aside(self._process.pid, self._processors, far=room)

    def hold(self, still: bool) -> None:
        """Let all that the process has started keep still, or go on (Linux)."""
        priority.hold(self._process.pid, still=still)

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


def _environment() -> dict[str, str]:
    """The process must find what this one found, wherever it is started."""
    root = str(Path(__file__).parents[1])
    if root in sysconfig.get_paths().values():
        return dict(os.environ)
    path = [entry for entry in (os.environ.get("PYTHONPATH"), root) if entry]
    return os.environ | {"PYTHONPATH": os.pathsep.join(path)}
