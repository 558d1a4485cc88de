"""Where everything is kept: one SQLite file, safe for several processes and for a pulled plug.

WAL lets readers and one writer work at once; ``synchronous=FULL`` makes a commit survive power loss. Every
change goes through :meth:`Store.write`, which takes the write lock at its start, so that what was read
inside it cannot change before it is written.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from nemo_lab.errors import ConfigError, DiskFull, OutputNotWritable

SCHEMA_VERSION = 1
_BUSY_SECONDS = 20.0

_SCHEMA = """
CREATE TABLE users (
    id TEXT PRIMARY KEY,
    client TEXT UNIQUE,            -- SHA-256 of the client id: the id itself can fetch a token
    available INTEGER NOT NULL,    -- credits that are neither spent nor held
    created REAL NOT NULL
);
CREATE TABLE tokens (
    hash TEXT PRIMARY KEY,         -- SHA-256: a stolen store opens nothing
    user TEXT NOT NULL REFERENCES users(id),
    address TEXT NOT NULL,
    created REAL NOT NULL,
    expires REAL
);
CREATE TABLE holds (
    id TEXT PRIMARY KEY,
    user TEXT NOT NULL REFERENCES users(id),
    amount INTEGER NOT NULL,
    owner TEXT NOT NULL
);
CREATE TABLE sessions (
    id TEXT PRIMARY KEY,
    task TEXT NOT NULL UNIQUE,
    user TEXT NOT NULL,
    name TEXT NOT NULL,
    language TEXT,
    created REAL NOT NULL,
    touched REAL NOT NULL,
    position INTEGER NOT NULL,     -- the draft in force
    pending TEXT                   -- what the user was asked about, if an answer is due
);
CREATE TABLE claims (
    session TEXT PRIMARY KEY REFERENCES sessions(id) ON DELETE CASCADE,
    token TEXT NOT NULL,
    expires REAL NOT NULL
);
CREATE TABLE drafts (
    session TEXT NOT NULL REFERENCES sessions(id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    draft TEXT NOT NULL,
    said TEXT NOT NULL,            -- the words that led to it
    upload INTEGER NOT NULL,       -- made by an upload, not by an edit
    PRIMARY KEY (session, position)
);
CREATE TABLE assets (
    id TEXT PRIMARY KEY,
    session TEXT NOT NULL REFERENCES sessions(id) ON DELETE CASCADE,
    filename TEXT NOT NULL,
    path TEXT NOT NULL,
    size INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    hash TEXT,                     -- SHA-256, of files that were copied here
    info TEXT NOT NULL,
    origin TEXT NOT NULL,          -- upload, url, path or generated
    created REAL NOT NULL
);
CREATE INDEX assets_of_session ON assets(session);
CREATE TABLE messages (
    session TEXT NOT NULL REFERENCES sessions(id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    role TEXT NOT NULL,
    text TEXT NOT NULL,
    created REAL NOT NULL,
    PRIMARY KEY (session, number)
);
CREATE TABLE renders (
    user TEXT NOT NULL,
    id TEXT NOT NULL,              -- chosen by the client
    session TEXT NOT NULL REFERENCES sessions(id) ON DELETE CASCADE,
    folder TEXT NOT NULL UNIQUE,   -- chosen by us
    request TEXT NOT NULL,         -- SHA-256 of draft and output: what makes a repeat the same
    format TEXT NOT NULL,
    status TEXT NOT NULL,
    progress REAL NOT NULL,
    cancelled INTEGER NOT NULL DEFAULT 0,
    report TEXT,
    error TEXT,
    owner TEXT NOT NULL,
    created REAL NOT NULL,
    completed REAL,
    PRIMARY KEY (user, id)
);
"""


class Store:
    """One connection to the file, shared by the threads of this process.

    Args:
        path: the file; it and its folder are made when missing.
        clock: seconds since 1970.

    Raises:
        ConfigError: the file was made by a newer version, or is no store of ours.
        OutputNotWritable: it cannot be made or written.
    """

    def __init__(self, path: Path, clock: Callable[[], float] = time.time) -> None:
        self.path = path
        self.clock = clock
        self._lock = threading.RLock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._db = sqlite3.connect(
                path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
            )
        except (OSError, sqlite3.Error) as exc:
            raise OutputNotWritable(f"the project store {path} cannot be opened: {exc}", path=path) from exc
        try:
            self._prepare()
        except BaseException:
            self._db.close()
            raise

    def _prepare(self) -> None:
        self._db.row_factory = sqlite3.Row
        try:
            for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
                self._db.execute(f"PRAGMA {pragma}")
            path_mode(self.path)
        except sqlite3.DatabaseError as exc:
            remedy = "Move it away, or set NEMO_DATA_DIR to another folder."
            raise ConfigError(f"{self.path} is not a project store: {exc}", remedy=remedy) from exc
        with self.write() as db:
            version = db.execute("PRAGMA user_version").fetchone()[0]
            if version > SCHEMA_VERSION:
                raise ConfigError(
                    f"{self.path} was made by a newer nemo_lab",
                    remedy="Update nemo_lab, or set NEMO_DATA_DIR to another folder.",
                )
            if version == 0:
                for statement in _SCHEMA.split(";\n"):
                    db.execute(statement)
                db.execute(f"PRAGMA user_version={SCHEMA_VERSION}")

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """Give a connection in a write transaction: all of the block happens, or none of it.

        Raises:
            DiskFull: no space left for it.
            OutputNotWritable: the disk refused, or another process held the store for too long.
        """
        with self._lock:
            try:
                self._db.execute("BEGIN IMMEDIATE")
                try:
                    yield self._db
                    self._db.execute("COMMIT")
                finally:
                    if self._db.in_transaction:
                        self._db.execute("ROLLBACK")
            except sqlite3.OperationalError as exc:
                raise self._named(exc) from exc

    def all(self, sql: str, *values: Any) -> list[sqlite3.Row]:
        """Return the rows of a query."""
        with self._lock:
            try:
                return self._db.execute(sql, values).fetchall()
            except sqlite3.OperationalError as exc:
                raise self._named(exc) from exc

    def one(self, sql: str, *values: Any) -> sqlite3.Row | None:
        """Return the first row of a query, or ``None``."""
        rows = self.all(sql, *values)
        return rows[0] if rows else None

    def close(self) -> None:
        """Close the connection; a second call does nothing."""
        with self._lock:
            self._db.close()

    def _named(self, error: sqlite3.OperationalError) -> DiskFull | OutputNotWritable:
        if "full" in str(error):
            return DiskFull(f"no space left for the project store {self.path}", path=self.path)
        return OutputNotWritable(
            f"the project store {self.path} cannot be used: {error}",
            path=self.path,
            remedy="Check the disk, and that no other program holds the file.",
        )


def path_mode(path: Path) -> None:
    """Make a file readable by its owner alone, where the system knows such a thing."""
    path.chmod(0o600)
