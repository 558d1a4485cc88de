# SPDX-License-Identifier: GPL-3.0-only
"""The durable queue: one row for each recording, from the first word about it until its result is saved.

::

    new ──► settled ──► uploading ──► editing ──► rendering ──► saved
     │         ▲  └──────────┴───────────┴────────────┴──────►  failed ──► (retry) settled
     └► skipped└── network down, disk full, watcher killed: waits, and is taken up again

A recording is known by path, size and time of change together, and only after the seal test: before it, those
are not final. Every step is written before it is taken, so that after a kill the row says what was going on.
There is one watcher (it holds a lock), so a row in the middle of its way has an owner that is dead or itself.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from nemo_lab.errors import DiskFull, OutputNotWritable, UsageError
from obs_plugin.jobs import (
    ENDED,
    RUNNING,
    Arrival,
    Job,
    State,
    file_of,
    job_from,
    key_of,
    wish_from,
    wish_text,
)

_LEAST_BYTES = 65_536
"""With less than this free, what cannot be written fails for want of space."""
_SCHEMA = """
CREATE TABLE IF NOT EXISTS jobs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    key TEXT UNIQUE,
    file TEXT,
    path TEXT NOT NULL,
    first TEXT NOT NULL,
    source TEXT NOT NULL,
    wish TEXT NOT NULL,
    state TEXT NOT NULL,
    reason TEXT NOT NULL DEFAULT '',
    note TEXT NOT NULL DEFAULT '',
    preset TEXT NOT NULL DEFAULT '',
    duration_ms INTEGER,
    output TEXT,
    progress REAL NOT NULL DEFAULT 0,
    attempts INTEGER NOT NULL DEFAULT 0,
    not_before REAL NOT NULL DEFAULT 0,
    owner TEXT NOT NULL DEFAULT '',
    announced INTEGER NOT NULL DEFAULT 0,
    arrived REAL NOT NULL,
    changed REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS by_state ON jobs(state);
CREATE INDEX IF NOT EXISTS by_path ON jobs(path);
CREATE INDEX IF NOT EXISTS by_file ON jobs(file);
CREATE TABLE IF NOT EXISTS history (
    job INTEGER NOT NULL, at REAL NOT NULL, state TEXT NOT NULL, reason TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS made (path TEXT PRIMARY KEY);
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""


class Ledger:
    """The queue in one SQLite file; use each object on one thread.

    Args:
        path: the file; its folder is created, for this user alone.

    Raises:
        OutputNotWritable: it cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._db = sqlite3.connect(path, timeout=15, isolation_level=None)
            self._db.row_factory = sqlite3.Row
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=FULL")
            self._db.executescript(_SCHEMA)
        except (OSError, sqlite3.Error) as exc:
            raise unwritten(path, exc) from None

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    # --- what comes in

    def arrive(self, arrival: Arrival) -> int | None:
        """Take word of a recording; return its job, or ``None`` when it is one of our own results.

        The same recording may be spoken of by several, in any order and any number of times.
        """
        path = Path(os.path.realpath(arrival.path))
        try:
            found = path.stat()
        except (OSError, ValueError):
            found = None
        with self._write() as db:
            if db.execute("SELECT 1 FROM made WHERE path = ?", (str(path),)).fetchone():
                return None
            known = self._known(path, found)
            if known is not None:
                self._merge(known, arrival)
                return int(known["id"])
            first = Path(os.path.realpath(arrival.first)) if arrival.first else path
            now = time.time()
            row = db.execute(
                "INSERT INTO jobs (path, first, source, wish, state, file, arrived, changed)"
                " VALUES (?, ?, ?, ?, 'new', ?, ?, ?)",
                (str(path), str(first), arrival.source, wish_text(arrival.wish),
                 file_of(found) if found else None, now, now),
            )  # fmt: skip
            self._note(int(row.lastrowid or 0), "new", arrival.source)
            return int(row.lastrowid or 0)

    def _known(self, path: Path, found: os.stat_result | None) -> sqlite3.Row | None:
        row = self._one("SELECT * FROM jobs WHERE state = 'new' AND path = ?", str(path))
        if row is None and found is not None:
            row = self._one("SELECT * FROM jobs WHERE key = ?", key_of(path, found))
        if row is None and found is not None and found.st_size:
            # Renamed since (other plugins do that): the same file by device, inode, size and time.
            row = self._one("SELECT * FROM jobs WHERE file = ?", file_of(found))
        return row

    def _merge(self, row: sqlite3.Row, arrival: Arrival) -> None:
        if row["state"] not in ("new", "settled"):
            return
        wish = wish_from(row["wish"]).under(arrival.wish)
        first = row["first"]
        if arrival.first is not None and first == row["path"]:
            first = os.path.realpath(arrival.first)
        self._db.execute(
            "UPDATE jobs SET wish = ?, first = ?, not_before = 0 WHERE id = ?",
            (wish_text(wish), first, row["id"]),
        )

    # --- the way of a job

    def settle(
        self, job: Job, found: os.stat_result, *, duration_ms: int | None = None, note: str = ""
    ) -> bool:
        """The recording is complete; return ``False`` when it is one that was known already."""
        key = key_of(job.path, found)
        with self._write() as db:
            same = self._one("SELECT id FROM jobs WHERE key = ? AND id != ?", key, job.id)
            if same is not None:
                db.execute("DELETE FROM jobs WHERE id = ?", (job.id,))
                return False
            db.execute(
                "UPDATE jobs SET key = ?, file = ?, duration_ms = ?, note = ?, not_before = 0 WHERE id = ?",
                (key, file_of(found), duration_ms, note, job.id),
            )
            self._move(job.id, "settled", note)
        return True

    def moved(self, job: Job, path: Path) -> None:
        """Follow a recording that another program renamed before it was complete."""
        with self._write() as db:
            db.execute("UPDATE jobs SET path = ?, first = ? WHERE id = ?",
                       (str(path), str(path if job.first == job.path else job.first), job.id))  # fmt: skip

    def explain(self, job: Job, reason: str) -> None:
        """Note why a job is not further yet."""
        if job.reason != reason:
            with self._write() as db:
                db.execute(
                    "UPDATE jobs SET reason = ? WHERE id = ? AND state = ?", (reason, job.id, job.state)
                )

    def begin(self, job: Job, output: Path, *, preset: str, owner: str, joined: Iterable[Job] = ()) -> bool:
        """Note that it is about to be sent, and where its result goes; ``False`` when it may not any more."""
        with self._write() as db:
            row = self._one("SELECT state FROM jobs WHERE id = ?", job.id)
            if row is None or row["state"] != "settled":
                return False
            db.execute("INSERT OR IGNORE INTO made VALUES (?)", (os.path.realpath(output),))
            for part in joined:
                self._move(part.id, "skipped", f"joined into job {job.id}")
            db.execute(
                "UPDATE jobs SET output = ?, preset = ?, owner = ?, progress = 0, attempts = attempts + 1"
                " WHERE id = ?", (str(output), preset, owner, job.id),
            )  # fmt: skip
            self._move(job.id, "uploading")
        return True

    def progress(self, job_id: int, state: State, fraction: float) -> None:
        """Note how far a running job is; one that was skipped meanwhile stays so."""
        with self._write() as db:
            row = self._one("SELECT state FROM jobs WHERE id = ?", job_id)
            if row is None or row["state"] not in RUNNING:
                return
            db.execute("UPDATE jobs SET progress = ? WHERE id = ?", (fraction, job_id))
            if row["state"] != state:
                self._move(job_id, state)

    def end(self, job_id: int, state: State, reason: str = "", *, note: str = "") -> None:
        """It is over: saved, failed or skipped. What the user skipped meanwhile stays so, unless saved."""
        with self._write() as db:
            row = self._one("SELECT state, note FROM jobs WHERE id = ?", job_id)
            if row is None or (row["state"] in ENDED and state != "saved"):
                return
            said = "; ".join(filter(None, (row["note"], note)))
            db.execute("UPDATE jobs SET owner = '', note = ?, progress = ? WHERE id = ?",
                       (said, 1.0 if state == "saved" else 0.0, job_id))  # fmt: skip
            self._move(job_id, state, reason)

    def wait(self, job_id: int, reason: str, seconds: float, *, spent: bool = True) -> None:
        """Put it back into the queue for a while; ``spent`` is whether that counts as an attempt."""
        with self._write() as db:
            row = self._one("SELECT state, key FROM jobs WHERE id = ?", job_id)
            if row is None or row["state"] in ENDED:
                return
            db.execute(
                "UPDATE jobs SET not_before = ?, owner = '', attempts = attempts - ? WHERE id = ?",
                (time.time() + seconds, 0 if spent or row["state"] not in RUNNING else 1, job_id),
            )
            self._move(job_id, "settled" if row["key"] else "new", reason)

    def reconcile(self) -> list[Job]:
        """Return the jobs that were on their way when the last watcher ended."""
        return self._jobs(f"state IN {RUNNING}")

    def announce(self, job_id: int) -> bool:
        """Return whether nobody was told of its end yet; from now on somebody was."""
        with self._write() as db:
            changed = db.execute("UPDATE jobs SET announced = 1 WHERE id = ? AND NOT announced", (job_id,))
            return bool(changed.rowcount)

    # --- what users ask for

    def retry(self, job_id: int) -> Job:
        """Put a failed or skipped job back into the queue.

        Raises:
            UsageError: there is no such job, or it has not ended in failure.
        """
        job = self.job(job_id)
        if job.state not in ("failed", "skipped"):
            raise UsageError(
                f"job {job_id} is {job.state}", remedy="Only what failed or was skipped can be retried."
            )
        with self._write() as db:
            db.execute("UPDATE jobs SET attempts = 0, not_before = 0, announced = 0 WHERE id = ?", (job_id,))
            self._move(job_id, "settled" if job.key else "new", "retry")
        return self.job(job_id)

    def skip(self, job_id: int) -> Job:
        """Take a job out of the queue; one that runs is stopped by the watcher.

        Raises:
            UsageError: there is no such job, or it has ended.
        """
        job = self.job(job_id)
        if job.state in ("saved", "skipped"):
            raise UsageError(f"job {job_id} is {job.state} already")
        with self._write():
            self._move(job_id, "skipped", "by the user")
        return self.job(job_id)

    def job(self, job_id: int) -> Job:
        """Return a job.

        Raises:
            UsageError: there is none of that number.
        """
        found = self._jobs("id = ?", job_id)
        if not found:
            raise UsageError(f"there is no job {job_id}", remedy="nemo obs history shows their numbers.")
        return found[0]

    def jobs(self, *states: State, limit: int = 1000) -> list[Job]:
        """Return the jobs in these states, or all, the newest last."""
        names = "', '".join(states)
        where = f"state IN ('{names}')" if states else "1"
        return self._jobs(f"{where} ORDER BY id DESC LIMIT {int(limit)}")[::-1]

    def due(self, state: State) -> list[Job]:
        """Return the jobs in a state whose time has come, the oldest first."""
        now = time.time()
        # A clock that was set back must not leave a job waiting for days.
        return self._jobs(
            "state = ? AND (not_before <= ? OR not_before > ? + 3600) ORDER BY id", state, now, now
        )

    def parts(self, first: Path) -> list[Job]:
        """Return all parts of a recording that was split, in order."""
        return self._jobs("first = ? ORDER BY id", str(first))

    def history(self, job_id: int) -> list[tuple[float, str, str]]:
        """Return (when, state, reason) of each step of a job."""
        rows = self._db.execute(
            "SELECT at, state, reason FROM history WHERE job = ? ORDER BY rowid", (job_id,)
        )
        return [(row["at"], row["state"], row["reason"]) for row in rows]

    def is_ours(self, path: Path) -> bool:
        """Return whether a file is a result of ours."""
        return self._one("SELECT 1 FROM made WHERE path = ?", os.path.realpath(path)) is not None

    def fact(self, name: str, default: str) -> str:
        """Return a fact that is kept for good; the first one to ask decides it."""
        with self._write() as db:
            db.execute("INSERT OR IGNORE INTO facts VALUES (?, ?)", (name, default))
            row = db.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
        return str(row["value"])

    # --- inside

    def _move(self, job_id: int, state: State, reason: str = "") -> None:
        row = self._one("SELECT state, reason FROM jobs WHERE id = ?", job_id)
        if row is not None and (row["state"], row["reason"]) == (state, reason):
            return
        self._db.execute("UPDATE jobs SET state = ?, reason = ?, changed = ? WHERE id = ?",
                         (state, reason, time.time(), job_id))  # fmt: skip
        self._note(job_id, state, reason)

    def _note(self, job_id: int, state: State, reason: str) -> None:
        self._db.execute("INSERT INTO history VALUES (?, ?, ?, ?)", (job_id, time.time(), state, reason))

    def _one(self, sql: str, *values: Any) -> sqlite3.Row | None:
        row: sqlite3.Row | None = self._db.execute(sql, values).fetchone()
        return row

    def _jobs(self, where: str, *values: Any) -> list[Job]:
        rows = self._db.execute(f"SELECT * FROM jobs WHERE {where}", values)  # noqa: S608 - our own text
        return [job_from(row) for row in rows]

    @contextmanager
    def _write(self) -> Iterator[sqlite3.Connection]:
        """One transaction: all of it is on the disk when the block is left, or nothing.

        Raises:
            DiskFull, OutputNotWritable: it could not be written.
        """
        try:
            self._db.execute("BEGIN IMMEDIATE")
            yield self._db
            self._db.execute("COMMIT")
        except sqlite3.Error as exc:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise unwritten(self.path, exc) from None
        except BaseException:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise


def _is_full(folder: Path) -> bool:
    try:
        return shutil.disk_usage(folder).free < _LEAST_BYTES
    except OSError:
        return False


def unwritten(path: Path, error: Exception) -> DiskFull | OutputNotWritable:
    """Return the error for what could not be written: there is no space, or something else is wrong."""
    text = str(error)
    # SQLite says "disk I/O error" where it cannot extend the memory that its readers share.
    if "full" in text or "No space" in text or _is_full(path.parent):
        return DiskFull(f"no space left in {path.parent}", path=path, remedy="Free some space.")
    return OutputNotWritable(f"{path} cannot be written: {text}", path=path)
