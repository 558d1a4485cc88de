"""How much may be kept: bytes of uploads and renders, and what goes when it is too much or too old.

Files that a project has by reference are not ours and do not count, nor does a render that the user has a
link of. Nothing that was touched within a day is removed to make room; then an upload is refused instead.
"""

from __future__ import annotations

import asyncio
import errno
import shutil
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from nemo_lab.errors import DiskFull
from nemo_lab.local.jobs import Jobs
from nemo_lab.local.projects import Projects

KEPT_SECONDS = 30 * 24 * 3600.0
"""Projects and renders that nobody touched for so long are removed."""
_SAFE_SECONDS = 24 * 3600.0
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
Spend = Callable[[int], None]
"""Told how many bytes are about to be written; raises when they may not be."""


class Quota:
    """Of one data folder.

    Args:
        home: where ``sessions`` and ``renders`` lie.
        projects: the projects in it.
        jobs: the renders in it.
        limit: bytes that it may hold.
        clock: seconds since 1970.
    """

    def __init__(
        self, home: Path, projects: Projects, jobs: Jobs, limit: int, clock: Callable[[], float]
    ) -> None:
        self._home, self._projects, self._jobs = home, projects, jobs
        self._limit, self._clock = limit, clock
        self._kept: int | None = None
        self._lock = threading.Lock()

    def forget_old(self) -> None:
        """Remove what nobody touched for :data:`KEPT_SECONDS`, and what belongs to nothing. Blocks."""
        old = self._clock() - KEPT_SECONDS
        for session in self._projects.untouched(old):
            self._forget(session, old)
        self._jobs.tidy(old)
        self._sweep()

    def tidy(self, room: int = 0) -> None:
        """Remove what is old, then, until there is ``room``, what was not touched for longest. Blocks."""
        self.forget_old()
        kept = _bytes_in(self._home / "sessions") + _bytes_in(self._home / "renders")
        today = self._clock() - _SAFE_SECONDS
        for session in self._projects.untouched(today):
            if kept + room <= self._limit:
                break
            kept -= self._forget(session, today)
        with self._lock:
            self._kept = kept

    @asynccontextmanager
    async def admit(self, size: int = 0) -> AsyncIterator[Spend]:
        """Let an upload of at least ``size`` bytes come in; what this yields is to be told of all bytes
        before they are written.

        Raises:
            DiskFull: that is more than may be kept, or than the disk holds.
        """
        if self._kept is None or self._kept + size > self._limit:
            await asyncio.to_thread(self.tidy, size)
        mine = 0

        def spend(more: int) -> None:
            nonlocal mine
            mine += more
            if self._keep(more) > self._limit:
                raise self._full()

        try:
            if self._keep(0) + size > self._limit:
                raise self._full()
            yield spend
        except BaseException as exc:
            self._keep(-mine)
            if isinstance(exc, OSError) and exc.errno in _FULL:
                remedy = "Free some space on the disk."
                raise DiskFull("no space left for the upload", remedy=remedy) from exc
            raise

    def _keep(self, more: int) -> int:
        """Count bytes in; return how many are kept by now."""
        with self._lock:
            self._kept = (self._kept or 0) + more
            return self._kept

    def _forget(self, session: str, before: float) -> int:
        """Remove a project that nobody touched since; return the bytes that this freed."""
        folders = [self._home / "sessions" / session, *self._jobs.folders(session)]
        if not self._projects.drop(session, before):
            return 0
        freed = sum(map(_bytes_in, folders))
        for folder in folders:
            shutil.rmtree(folder, ignore_errors=True)
        return freed

    def _sweep(self) -> None:
        """Remove the folders of projects that are gone, which a dead server left."""
        kept = self._projects.ids()
        for path in (self._home / "sessions").glob("*"):
            with suppress(OSError):
                if path.name not in kept and path.stat().st_mtime < self._clock() - _SAFE_SECONDS:
                    shutil.rmtree(path, ignore_errors=True)

    def _full(self) -> DiskFull:
        return DiskFull(
            f"no room for the upload: at most {self._limit / 1024**3:.3g} GB are kept",
            remedy="Remove files under NEMO_DATA_DIR, or set NEMO_DATA_LIMIT to more bytes.",
        )


def free(_: int) -> None:
    """Spend without limit."""


def _bytes_in(folder: Path) -> int:
    """Return the bytes that the files of a folder take, and nobody else has."""
    total = 0
    for path in folder.rglob("*"):
        try:
            stat = path.lstat()
        except OSError:  # removed meanwhile
            continue
        if path.is_file() and stat.st_nlink == 1:
            total += stat.st_size
    return total
