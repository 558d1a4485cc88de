# SPDX-License-Identifier: GPL-3.0-only
"""What the watcher does, in a small file: the scripts inside OBS show it."""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Sequence
from pathlib import Path

from obs_plugin.jobs import RUNNING, Job


class StatusFile:
    """The file; written whole, and only when what it says has changed.

    Args:
        path: where.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._written = ""
        self.line = ""
        """The last status in one line."""

    def write(self, jobs: Sequence[Job], connection: str, *, running: bool, trouble: str = "") -> bool:
        """Say what is going on; return whether that is news. Not being able to is no error.

        Args:
            jobs: those that wait or run.
            connection: to OBS, in words.
            running: whether the watcher goes on.
            trouble: what keeps it from its work, in words.
        """
        self.line = trouble or line_of(jobs) if running else "the watcher does not run"
        text = json.dumps(
            {"line": self.line, "connection": connection, "running": running, "trouble": trouble,
             "pid": os.getpid()}
        )  # fmt: skip
        if text == self._written:
            return False
        scratch = self._path.with_name(f".{self._path.name}.part")
        with contextlib.suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            scratch.write_text(text, encoding="utf-8")
            scratch.replace(self._path)
            self._written = text
        return True


def line_of(jobs: Sequence[Job]) -> str:
    """Return in one line what is being done: ``rendering 45 %: talk.mkv (2 more)``."""
    if not jobs:
        return "nothing to do"
    job = next((job for job in jobs if job.state in RUNNING), jobs[0])
    what = (
        f"{job.state} {job.progress:.0%}"
        if job.state in RUNNING and not job.reason
        else job.reason or job.state
    )
    more = f" ({len(jobs) - 1} more)" if len(jobs) > 1 else ""
    return f"{what}: {job.path.name}{more}"


def ago(at: float) -> str:
    """Return how long ago something was, for people."""
    seconds = max(0.0, time.time() - at)
    for size, unit in ((86_400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds / size:.0f} {unit} ago"
    return f"{seconds:.0f} s ago"
