# SPDX-License-Identifier: GPL-3.0-only
"""Below OBS's priority: a process and all that it started, as far as the system lets us say so (Linux)."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

_BESIDE, _BEHIND = 5, 19
"""How nice a session is: beside an OBS that only runs, and behind one that records."""


def step_aside(leader: int, processors: list[int], *, far: bool) -> None:
    """Step aside for OBS.

    Far aside, an edit has half of the processors, only while nobody else wants them, and its reads and writes
    wait for everybody else's (sched(7): ``SCHED_IDLE`` brings the idle class of ioprio_set(2) along).

    Args:
        leader: of a session of its own.
        processors: all that may be used; none where that cannot be said.
        far: OBS records; else it only runs.
    """
    if sys.platform != "linux":
        return
    # Where sessions share a processor as groups, what a process is nice to is its own session only (sched(7),
    # "The autogroup feature"): without this no priority reaches OBS.
    with contextlib.suppress(OSError):
        Path(f"/proc/{leader}/autogroup").write_text(str(_BEHIND if far else _BESIDE))
    half = processors[-max(1, len(processors) // 2) :]
    policy = os.SCHED_IDLE if far else os.SCHED_OTHER
    for thread in _threads(leader):
        with contextlib.suppress(OSError):
            os.sched_setaffinity(thread, half if far else processors)
        with contextlib.suppress(OSError):  # the way back is not open to everybody: then it ends as it is
            os.sched_setscheduler(thread, policy, os.sched_param(0))


def hold(leader: int, *, still: bool) -> None:
    """Let all that a process has started keep still, or go on.

    The process itself goes on: it must hear of the watcher's end.
    """
    for member in _members(leader):
        if member != leader:
            with contextlib.suppress(OSError):
                os.kill(member, signal.SIGSTOP if still else signal.SIGCONT)


def processors() -> list[int]:
    """Return the processors that may be used; none where that cannot be said."""
    return sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []


def _members(leader: int) -> Iterator[int]:
    """Return a process and those that it started, by their numbers."""
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if os.getpgid(int(folder.name)) == leader:
                yield int(folder.name)


def _threads(leader: int) -> Iterator[int]:
    """Return all threads of a process and of those that it started, by their numbers."""
    for member in _members(leader):
        with contextlib.suppress(OSError):
            yield from (int(entry.name) for entry in Path(f"/proc/{member}/task").iterdir())
