"""Projects: a session, its files, what was said, and every timeline it ever had."""

from __future__ import annotations

import json
import secrets
import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from nemo_lab.errors import EditError, FileChanged, SessionNotFound
from nemo_lab.local.store import Store
from nemo_lab.protocol.draft import Draft

Origin = Literal["upload", "url", "path", "generated"]
EMPTY = Draft.from_wire({"t": []})
"""The timeline of a new project."""
_UNTOUCHED = (
    "touched < ? AND NOT EXISTS"
    " (SELECT 1 FROM renders WHERE renders.session = sessions.id AND renders.created >= ?)"
)


@dataclass(frozen=True)
class Project:
    """A session as it was when it was read."""

    id: str
    task: str
    user: str
    name: str
    language: str | None
    position: int
    """Which of its timelines is in force; 0 is the empty one that it began with."""
    pending: str | None
    """What was said before the question that waits for an answer."""


@dataclass(frozen=True)
class StoredFile:
    """An uploaded or generated file."""

    id: str
    filename: str
    """As its owner calls it."""
    path: Path
    size: int
    mtime_ns: int
    hash: str | None
    """SHA-256 of the bytes; not taken of files by reference, which may be huge."""
    info: dict[str, Any]
    """What the engine found in it (``MediaInfo`` as JSON)."""
    origin: Origin

    def check(self) -> None:
        """Make sure that the file still is what was uploaded.

        Raises:
            FileChanged: it was changed, moved or removed since.
        """
        try:
            now = self.path.stat()
        except OSError:
            now = None
        if now is None or (now.st_size, now.st_mtime_ns) != (self.size, self.mtime_ns):
            what = "is gone" if now is None else "was changed"
            raise FileChanged(
                f"{self.filename} {what} since it was added", path=self.path, remedy="Add it again."
            )


@dataclass(frozen=True)
class Version:
    """One timeline of a project's history."""

    position: int
    draft: Draft
    said: str
    upload: bool


class Projects:
    """All projects in a store. A project of another user does not exist."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def create(self, user: str, name: str, language: str | None) -> Project:
        """Make a new project with an empty timeline."""
        now = self._store.clock()
        session = str(10**18 + secrets.randbelow(9 * 10**18))
        row = (session, f"task_{uuid.uuid4().hex}", user, name, language, now, now, 0, None)
        with self._store.write() as db:
            db.execute("INSERT INTO sessions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
            _insert(db, session, 0, EMPTY, "", upload=True)
        return self.get(user, session)

    def get(self, user: str, session: str) -> Project:
        """Return a project.

        Raises:
            SessionNotFound: the user has none with this id.
        """
        row = self._store.one("SELECT * FROM sessions WHERE id = ? AND user = ?", session, user)
        if row is None:
            raise SessionNotFound(f"session not found: {session[:64]}")
        names = ("id", "task", "user", "name", "language", "position", "pending")
        return Project(**{name: row[name] for name in names})

    def draft(self, project: Project) -> Draft:
        """Return the timeline in force."""
        return self.version(project, project.position).draft

    def version(self, project: Project, position: int) -> Version:
        """Return one timeline of the history.

        Raises:
            EditError: the history does not reach there.
        """
        sql = "SELECT * FROM drafts WHERE session = ? AND position = ?"
        row = self._store.one(sql, project.id, position)
        if row is None:
            raise EditError("there is nothing to redo" if position > 0 else "there is nothing to undo")
        return Version(position, Draft.from_wire(json.loads(row["draft"])), row["said"], bool(row["upload"]))

    def append(self, project: Project, after: int, draft: Draft, said: str, *, upload: bool = False) -> int:
        """Put a timeline behind the one at ``after``, in force; what could have been redone is dropped.

        Raises:
            EditError: another process edited the project meanwhile.
        """
        with self._in_force(project) as db:
            db.execute("DELETE FROM drafts WHERE session = ? AND position > ?", (project.id, after))
            _insert(db, project.id, after + 1, draft, said, upload=upload)
            db.execute("UPDATE sessions SET position = ? WHERE id = ?", (after + 1, project.id))
        return after + 1

    def move(self, project: Project, position: int) -> None:
        """Put another timeline of the history in force (undo, redo).

        Raises:
            EditError: another process edited the project meanwhile.
        """
        with self._in_force(project) as db:
            db.execute("UPDATE sessions SET position = ? WHERE id = ?", (position, project.id))

    @contextmanager
    def _in_force(self, project: Project) -> Iterator[sqlite3.Connection]:
        """Open a change of the history on condition that it is still as ``project`` says."""
        with self._store.write() as db:
            sql = "UPDATE sessions SET touched = ? WHERE id = ? AND position = ?"
            if not db.execute(sql, (self._store.clock(), project.id, project.position)).rowcount:
                raise EditError("the project was edited elsewhere meanwhile", remedy="Say it again.")
            yield db

    def say(self, project: Project, role: Literal["user", "agent"], text: str) -> None:
        """Write down what was said."""
        now = self._store.clock()
        with self._store.write() as db:
            db.execute(
                "INSERT INTO messages SELECT ?, COALESCE(MAX(number), 0) + 1, ?, ?, ?"
                " FROM messages WHERE session = ?",
                (project.id, role, text, now, project.id),
            )
            db.execute("UPDATE sessions SET touched = ? WHERE id = ?", (now, project.id))

    def ask(self, project: Project, pending: str | None) -> None:
        """Remember what an answer of the user will belong to; ``None`` forgets it."""
        with self._store.write() as db:
            db.execute("UPDATE sessions SET pending = ? WHERE id = ?", (pending, project.id))

    def add_file(self, project: Project, file: StoredFile) -> None:
        """Add a file to a project."""
        row = (file.id, project.id, file.filename, str(file.path), file.size, file.mtime_ns, file.hash,
               json.dumps(file.info), file.origin, self._store.clock())  # fmt: skip
        with self._store.write() as db:
            db.execute("INSERT INTO assets VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row)

    def files(self, project: Project) -> list[StoredFile]:
        """Return the files of a project, in the order in which they came."""
        sql = "SELECT * FROM assets WHERE session = ? ORDER BY created, rowid"
        return [_file(row) for row in self._store.all(sql, project.id)]

    def file(self, user: str, asset: str) -> StoredFile:
        """Return one file.

        Raises:
            SessionNotFound: no project of the user has it.
        """
        sql = "SELECT a.* FROM assets a JOIN sessions s ON s.id = a.session WHERE a.id = ? AND s.user = ?"
        row = self._store.one(sql, asset, user)
        if row is None:
            raise SessionNotFound("no project of yours has this file")
        return _file(row)

    def ids(self) -> set[str]:
        """Return the ids of all projects, whosoever they are."""
        return {str(row["id"]) for row in self._store.all("SELECT id FROM sessions")}

    def untouched(self, before: float) -> list[str]:
        """Return the ids of projects that nobody touched or rendered since ``before``, the oldest first."""
        sql = f"SELECT id FROM sessions WHERE {_UNTOUCHED} ORDER BY touched"  # noqa: S608 - our words
        return [str(row["id"]) for row in self._store.all(sql, before, before)]

    def drop(self, session: str, before: float) -> bool:
        """Drop a project, whosoever it is, unless somebody touched or rendered it since ``before``; return
        whether it was dropped."""
        sql = f"DELETE FROM sessions WHERE {_UNTOUCHED} AND id = ?"  # noqa: S608 - our words
        with self._store.write() as db:
            return bool(db.execute(sql, (before, before, session)).rowcount)


def _insert(
    db: sqlite3.Connection, session: str, position: int, draft: Draft, said: str, *, upload: bool
) -> None:
    row = (session, position, json.dumps(draft.to_wire()), said, upload)
    db.execute("INSERT INTO drafts VALUES (?, ?, ?, ?, ?)", row)


def _file(row: sqlite3.Row) -> StoredFile:
    return StoredFile(
        id=row["id"], filename=row["filename"], path=Path(row["path"]), size=row["size"],
        mtime_ns=row["mtime_ns"], hash=row["hash"], info=json.loads(row["info"]), origin=row["origin"],
    )  # fmt: skip
