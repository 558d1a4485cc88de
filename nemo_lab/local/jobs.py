"""Renders: each runs once, in a worker process, and its row in the store tells how far it is.

``pending → processing → completed | failed``; a cancelled render is a failed one whose error is
"cancelled". A render belongs to the server that began it: when that one is dead, the render failed.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import shutil
import sqlite3
import time
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nemo_lab.errors import NemoError, NotReady, RateLimited, SessionNotFound, UsageError
from nemo_lab.local.lease import Lease
from nemo_lab.local.projects import Project, StoredFile
from nemo_lab.local.store import Store
from nemo_lab.local.workers import Workers
from nemo_lab.protocol.draft import Draft
from nemo_lab.protocol.messages import render_download_path
from nemo_lab.protocol.plan import Export
from nemo_lab.protocol.renders import RenderStatus

_WRITE_EVERY = 0.5
"""Seconds between two notes of progress in the store."""
_RUNNING = "('pending', 'processing')"
MOST_RUNNING = 1000
"""Renders of one server that may wait or run; each that waits costs some memory."""
_INTERRUPTED = "interrupted: the program that rendered it ended"
CANCELLED = "cancelled"


@dataclass(frozen=True)
class Order:
    """What is to be rendered."""

    id: str
    draft: Draft
    settings: Export
    sources: dict[str, StoredFile]
    shared: str | None = None
    """A folder in which other machines help."""

    @property
    def digest(self) -> str:
        """What two orders have in common when they ask for the same file."""
        wish = [self.draft.to_wire(), self.settings.model_dump(mode="json")]
        return hashlib.sha256(json.dumps(wish, sort_keys=True).encode()).hexdigest()

    def check(self) -> None:
        """Make sure that it can be rendered at all.

        Raises:
            NotReady: the timeline is empty.
            UsageError: the timeline names a file that the project does not have.
            FileChanged: a file is no longer what was uploaded.
        """
        if not self.draft.ready:
            raise NotReady(
                "there is nothing on the timeline", remedy="Upload a file, or generate one, first."
            )
        used = {segment.asset for track in self.draft.tracks for segment in track.segments if segment.asset}
        for asset in sorted(used):
            if asset not in self.sources:
                raise UsageError("the draft names a file that this project does not have")
            self.sources[asset].check()


class Jobs:
    """All renders in a store."""

    def __init__(self, store: Store, workers: Workers, lease: Lease, folder: Path) -> None:
        self._store = store
        self._workers = workers
        self._lease = lease
        self._folder = folder
        self._tasks: dict[tuple[str, str], asyncio.Task[None]] = {}
        self._coming = 0

    async def submit(self, project: Project, order: Order) -> sqlite3.Row:
        """Begin a render, or return the one that this very order began before.

        Raises:
            NotReady, UsageError, FileChanged: see :meth:`Order.check`; or the id was used for another.
            RateLimited: :data:`MOST_RUNNING` wait already.
        """
        waiting = len(self._tasks) + self._coming
        if waiting >= MOST_RUNNING and (project.user, order.id) not in self._tasks:
            raise RateLimited(f"{MOST_RUNNING} renders wait already")
        self._coming += 1
        try:
            row, new = await asyncio.to_thread(self._enter, project, order)
        finally:
            self._coming -= 1
        if new:
            key = (project.user, order.id)
            task = asyncio.create_task(self._run(key, order, self.target(row)))
            self._tasks[key] = task
            task.add_done_callback(lambda _: self._tasks.pop(key, None))
        return row

    def _enter(self, project: Project, order: Order) -> tuple[sqlite3.Row, bool]:
        old = self._store.one("SELECT * FROM renders WHERE user = ? AND id = ?", project.user, order.id)
        if old is None:
            order.check()
        values = (project.user, order.id, project.id, uuid.uuid4().hex, order.digest,
                  order.settings.format or "mp4", self._lease.id, self._store.clock())  # fmt: skip
        with self._store.write() as db:
            new = db.execute(
                "INSERT INTO renders"
                " (user, id, session, folder, request, format, status, progress, owner, created)"
                " VALUES (?, ?, ?, ?, ?, ?, 'pending', 0, ?, ?) ON CONFLICT(user, id) DO NOTHING", values,
            ).rowcount  # fmt: skip
        row = self.get(project.user, order.id)
        if not new and row["request"] != order.digest:
            raise UsageError("duplicate id: another render has it", remedy="Choose a new id.")
        return row, bool(new)

    def get(self, user: str, render: str) -> sqlite3.Row:
        """Return a render's row; one whose server died in the middle is marked as failed.

        Raises:
            SessionNotFound: the user has no such render.
        """
        sql = "SELECT * FROM renders WHERE user = ? AND id = ?"
        row = self._store.one(sql, user, render)
        if row is None:
            raise SessionNotFound("there is no render with this id", status=404, code=404)
        if row["status"] in {"pending", "processing"} and not self._lease.alive(row["owner"]):
            self._fail((user, render), _INTERRUPTED)
            shutil.rmtree(self.target(row).parent, ignore_errors=True)
            row = self._store.one(sql, user, render)
            assert row is not None
        return row

    async def cancel(self, user: str, render: str) -> sqlite3.Row:
        """Stop a render; one that has ended stays as it is. Works across processes.

        Raises:
            SessionNotFound: the user has no such render.
        """
        await asyncio.to_thread(self.get, user, render)
        if await asyncio.to_thread(self._fail, (user, render), CANCELLED, cancelled=True):
            task = self._tasks.get((user, render))
            if task is not None:
                task.cancel()
                await asyncio.wait([task])
        return await asyncio.to_thread(self.get, user, render)

    def file(self, user: str, render: str) -> Path:
        """Return a finished render's file.

        Raises:
            SessionNotFound: there is no such render, or no file of it.
        """
        row = self.get(user, render)
        path = self.target(row)
        if row["status"] != "completed" or not path.is_file():
            raise SessionNotFound("this render has no file", status=404, code=404)
        return path

    def folders(self, session: str) -> list[Path]:
        """Return where the renders of a project lie."""
        rows = self._store.all("SELECT folder FROM renders WHERE session = ?", session)
        return [self._folder / str(row["folder"]) for row in rows]

    def recover(self) -> None:
        """Mark what dead servers left unfinished as failed."""
        for row in self._store.all(f"SELECT user, id FROM renders WHERE status IN {_RUNNING}"):  # noqa: S608
            self.get(row["user"], row["id"])

    def tidy(self, before: float) -> None:
        """Remove renders made before a time, and folders that belong to none."""
        with self._store.write() as db:
            db.execute(f"DELETE FROM renders WHERE created < ? AND status NOT IN {_RUNNING}", (before,))  # noqa: S608
        kept = {row["folder"] for row in self._store.all("SELECT folder FROM renders")}
        for path in self._folder.glob("*"):
            # One that is not in the store yet may belong to a render that begins at this moment.
            if path.name not in kept and path.stat().st_mtime < self._store.clock() - 3600:
                shutil.rmtree(path, ignore_errors=True)

    async def close(self) -> None:
        """Stop all renders of this server."""
        tasks = list(self._tasks.items())
        for key, task in tasks:
            await asyncio.to_thread(self._fail, key, _INTERRUPTED)
            task.cancel()
        await asyncio.gather(*(task for _, task in tasks), return_exceptions=True)

    async def _run(self, key: tuple[str, str], order: Order, target: Path) -> None:
        """Render, and write down how it ended."""
        job = {
            "job": "render",
            "draft": order.draft.to_wire(),
            "sources": {asset: str(file.path) for asset, file in order.sources.items()},
            "target": str(target),
            "settings": order.settings.model_dump(mode="json"),
            "shared": order.shared,
        }
        try:
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            report = await self._workers.run(
                job, progress=self._follow(key), started=lambda: self._advance(key, 0)
            )
            done = "UPDATE renders SET status = 'completed', progress = 1, report = ?, completed = ?"
            await asyncio.to_thread(self._update, key, done, json.dumps(report), self._store.clock())
        except NemoError as exc:
            await asyncio.to_thread(self._fail, key, str(exc))
        except OSError as exc:
            await asyncio.to_thread(self._fail, key, f"the render's folder cannot be made: {exc.strerror}")
        finally:
            if self.status(key) != "completed":
                shutil.rmtree(target.parent, ignore_errors=True)

    def status(self, key: tuple[str, str]) -> str:
        """Return where a render of ``(user, id)`` stands."""
        row = self._store.one("SELECT status FROM renders WHERE user = ? AND id = ?", *key)
        return row["status"] if row else CANCELLED

    def _follow(self, key: tuple[str, str]) -> Any:
        """Return a function that notes progress, and stops the render when it was cancelled elsewhere."""
        last = time.monotonic()

        def follow(fraction: float) -> None:
            nonlocal last
            if time.monotonic() - last >= _WRITE_EVERY:
                last = time.monotonic()
                self._advance(key, fraction)

        return follow

    def _advance(self, key: tuple[str, str], fraction: float) -> None:
        if not self._update(key, "UPDATE renders SET status = 'processing', progress = ?", fraction):
            raise NemoError(CANCELLED)

    def _fail(self, key: tuple[str, str], error: str, *, cancelled: bool = False) -> bool:
        sql = "UPDATE renders SET status = 'failed', error = ?, completed = ?, cancelled = ?"
        return self._update(key, sql, error, self._store.clock(), cancelled)

    def _update(self, key: tuple[str, str], sql: str, *values: Any) -> bool:
        """Change a render that is still running; return whether it was."""
        with self._store.write() as db:
            where = f" WHERE user = ? AND id = ? AND status IN {_RUNNING}"
            return bool(db.execute(sql + where, (*values, *key)).rowcount)

    def target(self, row: sqlite3.Row) -> Path:
        """Return where a render's file lies when it is done."""
        return self._folder / str(row["folder"]) / f"render.{row['format']}"


def described(row: sqlite3.Row, base: str, *, path: Path | None = None) -> dict[str, Any]:
    """Return a render as the API shows it: both documented shapes in one.

    Args:
        row: the render.
        base: this server's address.
        path: where its file lies, for a client that may name files by their paths.
    """
    report = json.loads(row["report"]) if row["report"] else {}
    url = base + render_download_path(row["id"]) if row["status"] == "completed" else None
    output = {"url": url, "duration": report.get("duration_ms", 0) / 1000, "size": report.get("size_bytes"),
              "x_path": None if path is None else str(path)}  # fmt: skip
    status = RenderStatus.model_validate(
        {
            "id": row["id"],
            "status": row["status"],
            # The vendor's first reply says 5, not 0.
            "progress": round(5 + 95 * row["progress"], 1),
            "output": output if url else None,
            "outputUrl": url,
            "createdAt": round(row["created"] * 1000),
            "completedAt": round(row["completed"] * 1000) if row["completed"] else None,
            "error": row["error"],
            "report": report or None,
        }
    )
    reply = status.to_reply()
    if row["cancelled"]:
        reply["cancelled"] = True
    return reply
