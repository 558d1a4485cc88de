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
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

COMMAND = (sys.executable, "-P", "-m", "obs_plugin.edit_child")
"""``-P``: nothing in the folder that the watcher was started in may be taken for a library."""
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
        }
        return json.dumps(data, ensure_ascii=False).encode() + b"\n"


@dataclass(frozen=True)
class Told:
    """One message of the edit of a job; ``{"ended": code}`` is the last one."""

    job_id: int
    message: dict[str, Any] = field(default_factory=dict)


class Edit:
    """A running edit. What it says is put into a queue as :class:`Told`.

    Args:
        job_id: which job's.
        task: what to do.
        told: where its messages go.
        few_threads: whether OBS needs the processors now: then half of them must do.
        command: what to start; tests give another.
    """

    def __init__(
        self,
        job_id: int,
        task: Task,
        told: queue.Queue[Any],
        *,
        few_threads: bool = False,
        command: tuple[str, ...] = COMMAND,
    ) -> None:
        self.job_id = job_id
        options: dict[str, Any] = {"start_new_session": True}
        if sys.platform == "win32":
            options = {"creationflags": _WINDOWS_BELOW_NORMAL}
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            env=_environment(), **options,
        )  # fmt: skip
        self.use_few_threads(few_threads)
        self._told = told
        threading.Thread(target=self._listen, args=(task.line(),), daemon=True).start()

    def use_few_threads(self, few: bool) -> None:
        """Leave half of the processors to OBS, or none (Linux; elsewhere priority alone must do)."""
        if not few or not hasattr(os, "sched_setaffinity"):
            return
        mine = sorted(os.sched_getaffinity(0))
        with contextlib.suppress(OSError):
            os.sched_setaffinity(self._process.pid, mine[-max(1, len(mine) // 2) :])

    def stop(self) -> None:
        """End it and all that it started."""
        if sys.platform == "win32":
            self._process.kill()
        else:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def _listen(self, line: bytes) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with contextlib.suppress(OSError):
            self._process.stdin.write(line)
            self._process.stdin.flush()
        for said in self._process.stdout:
            with contextlib.suppress(ValueError):
                self._told.put(Told(self.job_id, json.loads(said)))
        code = self._process.wait()
        self._process.stdin.close()
        self._process.stdout.close()
        self._told.put(Told(self.job_id, {"ended": code}))


def _environment() -> dict[str, str]:
    """The process must find what this one found, wherever it is started."""
    root = str(Path(__file__).parents[1])
    if root in sysconfig.get_paths().values():
        return dict(os.environ)
    path = [entry for entry in (os.environ.get("PYTHONPATH"), root) if entry]
    return os.environ | {"PYTHONPATH": os.pathsep.join(path)}
