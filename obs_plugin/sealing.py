# SPDX-License-Identifier: GPL-3.0-only
"""The seal test: whether a recording is complete, so that it may be touched.

OBS's "recording stopped" is not that: a hybrid MP4 is flushed up to seconds after the event, and a recording
that is paused or of a low bitrate does not grow for long while it is not complete. What counts is the file:
its own structure says that it ended, no process has it open for writing, and it has been quiet for a while.
"""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple

from obs_plugin.containers import shape_of

State = Literal["missing", "empty", "busy", "unsealed", "changing", "sealed", "salvage", "lost"]
"""``salvage``: its writer died, but what is there can be played; ``lost``: nothing of it can."""
FileId = tuple[int, int]
"""Device and inode: a path is text that may differ between namespaces (Flatpak, chroot)."""
_PROC = Path("/proc")
_ACCESS = 0o3
"""Mask of the access mode among the flags in ``fdinfo`` (fcntl.h); 0 is read only."""


@dataclass(frozen=True)
class Patience:
    """How long what must last, in seconds."""

    quiet: float = 1.0
    """Unchanged, where the file's end is marked and it can be seen who writes to it."""
    quiet_unseen: float = 5.0
    """Unchanged, where one of the two is missing."""
    abandoned: float = 30.0
    """Not written to for so long without an end: its writer died."""
    abandoned_unseen: float = 600.0
    """The same, where it cannot be seen who writes to it."""


class Verdict(NamedTuple):
    """What the test says about one file."""

    state: State
    stat: os.stat_result | None = None
    duration_ms: int | None = None


class SealTest:
    """Looks at files again and again and remembers how they were before.

    Args:
        patience: how long what must last.
        sees_writers: whether it can be seen who has a file open; found out when not given.
    """

    def __init__(self, patience: Patience | None = None, *, sees_writers: bool | None = None) -> None:
        self._patience = patience or Patience()
        self._sees = (_PROC / "self" / "fdinfo").is_dir() if sees_writers is None else sees_writers
        self._quiet_since: dict[Path, tuple[tuple[int, int], float]] = {}

    def look(
        self, paths: Iterable[Path], recording: Callable[[Path], bool] | None = None
    ) -> dict[Path, Verdict]:
        """Return what can be said about each file now.

        Args:
            paths: the files.
            recording: whether OBS is known to be writing to one.
        """
        stats = {path: _stat(path) for path in paths}
        present = {path: found for path, found in stats.items() if found is not None}
        wanted = {(found.st_dev, found.st_ino) for found in present.values()}
        written = (
            open_for_writing(wanted, {path.suffix for path in present}) if self._sees and wanted else set()
        )
        verdicts = {path: Verdict("missing") for path, found in stats.items() if found is None}
        for path, found in present.items():
            busy = (found.st_dev, found.st_ino) in written or (recording is not None and recording(path))
            verdicts[path] = self._judge(path, found, busy=busy)
        for path in verdicts:
            if verdicts[path].state not in {"changing", "unsealed"}:
                self._quiet_since.pop(path, None)
        return verdicts

    def _judge(self, path: Path, found: os.stat_result, *, busy: bool) -> Verdict:
        if busy:
            return Verdict("busy", found)
        age = time.time() - found.st_mtime
        abandoned = age > (self._patience.abandoned if self._sees else self._patience.abandoned_unseen)
        if not found.st_size:
            return Verdict("lost" if abandoned else "empty", found)
        try:
            shape = shape_of(path)
        except OSError:
            return Verdict("missing")
        quiet = self._quiet(path, found, marked=shape.sealed is True)
        if shape.sealed is False:
            if not (abandoned and quiet):
                return Verdict("unsealed", found)
            return Verdict("salvage" if shape.readable else "lost", found, shape.duration_ms)
        return Verdict("sealed" if quiet else "changing", found, shape.duration_ms)

    def _quiet(self, path: Path, found: os.stat_result, *, marked: bool) -> bool:
        """Tell whether size and time of change have been the same for long enough, by our own clock."""
        now, shown = time.monotonic(), (found.st_size, found.st_mtime_ns)
        before = self._quiet_since.get(path)
        if before is None or before[0] != shown:
            self._quiet_since[path] = (shown, now)
            return False
        enough = self._patience.quiet if marked and self._sees else self._patience.quiet_unseen
        return now - before[1] >= enough


def _stat(path: Path) -> os.stat_result | None:
    try:
        found = path.stat()
    except (OSError, ValueError):
        return None
    return found if stat.S_ISREG(found.st_mode) else None


def open_for_writing(wanted: set[FileId], suffixes: set[str]) -> set[FileId]:
    """Return those of the files that any process has open for writing (Linux; others of the same user).

    Args:
        wanted: device and inode of each file.
        suffixes: endings of their names; what is called otherwise is not even looked at, since a look
            at a file on a dead network drive may take for ever.
    """
    found: set[FileId] = set()
    for process in _PROC.iterdir():
        if process.name.isdecimal():
            found |= _written_by(process, wanted, suffixes)
    return found


def _written_by(process: Path, wanted: set[FileId], suffixes: set[str]) -> set[FileId]:
    found: set[FileId] = set()
    try:
        entries = list((process / "fd").iterdir())
    except OSError:  # it ended, or is another user's
        return found
    for entry in entries:
        try:
            if entry.readlink().suffix not in suffixes:
                continue
            seen = entry.stat()
            file = (seen.st_dev, seen.st_ino)
            if file in wanted and _flags(process / "fdinfo" / entry.name) & _ACCESS:
                found.add(file)
        except (OSError, ValueError):
            continue
    return found


def _flags(fdinfo: Path) -> int:
    """Return the flags that a file was opened with; proc(5): ``flags:`` in octal."""
    for line in fdinfo.read_text().splitlines():
        if line.startswith("flags:"):
            return int(line.split()[1], 8)
    return 0
