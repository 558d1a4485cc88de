"""Who is alive: each server holds a lock that the system takes away when its process dies.

Work in the store names its owner. After a crash another server finds the owner's lock free and knows that
nobody will finish the work. The lock is SQLite's own, which every system has; a process id would not do,
as the system gives it to somebody else.
"""

from __future__ import annotations

import sqlite3
import uuid
from pathlib import Path


class Lease:
    """The lock of one server, held until :meth:`close` or the end of the process."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.id = uuid.uuid4().hex
        self._folder = folder
        self._path = _path(folder, self.id)
        self._lock = _lock(self._path)

    def alive(self, owner: str) -> bool:
        """Return whether the server called ``owner`` still runs; clears away what a dead one left."""
        if owner == self.id:
            return True
        path = _path(self._folder, owner)
        if not path.exists():
            return False
        try:
            lock = _lock(path)
        except sqlite3.OperationalError:
            return True
        _release(lock, path)
        return False

    def sweep(self) -> None:
        """Clear away the locks of all servers that are dead."""
        for path in self._folder.glob("*.lease"):
            self.alive(path.stem)

    def close(self) -> None:
        """Give the lock up."""
        _release(self._lock, self._path)


def any_alive(folder: Path) -> bool:
    """Return whether a server runs that holds its lock in this folder."""
    for path in folder.glob("*.lease"):
        try:
            _lock(path).close()
        except sqlite3.OperationalError:
            return True
    return False


def _path(folder: Path, owner: str) -> Path:
    return folder / f"{owner}.lease"


def _lock(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=0, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("BEGIN EXCLUSIVE")
    except BaseException:
        connection.close()
        raise
    return connection


def _release(lock: sqlite3.Connection, path: Path) -> None:
    lock.close()
    path.unlink(missing_ok=True)
