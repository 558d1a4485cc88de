# SPDX-License-Identifier: GPL-3.0-only
"""A lock that ends with its process, however that ends: SQLite's own, which every system has."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path
from types import TracebackType
from typing import Self


class Lock:
    """At most one holder at a time on this machine.

    Args:
        path: the file that stands for it; it stays when the lock is given up.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._held: sqlite3.Connection | None = None

    def acquire(self, timeout: float = 0.0) -> bool:
        """Take it, waiting so many seconds at most; return whether it is held now.

        Raises:
            OSError: the file cannot be made.
        """
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        end = time.monotonic() + timeout
        while True:
            connection = sqlite3.connect(self._path, timeout=0, isolation_level=None, check_same_thread=False)
            try:
                connection.execute("BEGIN EXCLUSIVE")
            except sqlite3.OperationalError as exc:
                connection.close()
                if "locked" not in str(exc):
                    raise OSError(str(exc)) from None
                if time.monotonic() >= end:
                    return False
                time.sleep(0.05)
            else:
                self._held = connection
                return True

    def release(self) -> None:
        """Give it up; harmless when it is not held."""
        if self._held is not None:
            self._held.close()
            self._held = None

    def taken(self) -> bool:
        """Return whether somebody holds it."""
        probe = Lock(self._path)
        if not self._path.exists() or not probe.acquire():
            return self._path.exists()
        probe.release()
        return False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()
