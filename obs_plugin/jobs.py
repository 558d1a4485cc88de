# SPDX-License-Identifier: GPL-3.0-only
"""What a recording is on its way through the queue."""

from __future__ import annotations

import json
import os
import sqlite3
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

State = Literal["new", "settled", "uploading", "editing", "rendering", "saved", "failed", "skipped"]
RUNNING: tuple[State, ...] = ("uploading", "editing", "rendering")
ENDED: tuple[State, ...] = ("saved", "failed", "skipped")


@dataclass(frozen=True)
class Wish:
    """What is known about how a recording is to be edited; empty where nothing was said."""

    preset: str = ""
    say: str = ""
    folder: str = ""
    profile: str = ""
    collection: str = ""
    scene: str = ""

    def under(self, other: Wish) -> Wish:
        """Return this, filled up with what another says; what names a preset or a sentence goes first."""
        explicit = bool(self.preset or self.say)
        first, second = (self, other) if explicit or not (other.preset or other.say) else (other, self)
        return Wish(
            **{name: getattr(first, name) or getattr(second, name) for name in self.__dataclass_fields__}
        )


@dataclass(frozen=True)
class Arrival:
    """Word of a recording, which may not be complete yet."""

    path: Path
    source: str
    """Who said so: ``obs`` (websocket), ``script``, ``log``, ``folder``, ``user``."""
    first: Path | None = None
    """First part of the same recording, where it was split."""
    wish: Wish = field(default_factory=Wish)


@dataclass(frozen=True)
class Job:
    """A row of the queue. Times in seconds since 1970."""

    id: int
    path: Path
    first: Path
    source: str
    wish: Wish
    state: State
    reason: str
    note: str
    preset: str
    duration_ms: int | None
    output: Path | None
    progress: float
    attempts: int
    not_before: float
    announced: bool
    arrived: float
    changed: float
    key: str | None
    file: str | None

    def to_json(self) -> dict[str, Any]:
        """Return what a program may want to know of it."""
        return {
            "id": self.id, "recording": str(self.path), "state": self.state,
            "progress": round(self.progress, 3),
            "reason": self.reason, "note": self.note, "preset": self.preset, "source": self.source,
            "output": str(self.output) if self.output else None, "attempts": self.attempts,
            "duration_ms": self.duration_ms, "arrived": self.arrived, "changed": self.changed,
        }  # fmt: skip


def key_of(path: Path, found: os.stat_result) -> str:
    """Return what a sealed recording is known by."""
    return f"{os.path.realpath(path)}|{found.st_size}|{found.st_mtime_ns}"


def file_of(found: os.stat_result) -> str:
    """Return what a recording keeps when it is moved or renamed."""
    return f"{found.st_dev}:{found.st_ino}|{found.st_size}|{found.st_mtime_ns}"


def wish_from(text: str) -> Wish:
    """Return a wish as :func:`wish_text` wrote it."""
    return Wish(**json.loads(text))


def wish_text(wish: Wish) -> str:
    """Return a wish as one line of JSON."""
    return json.dumps({name: value for name, value in vars(wish).items() if value}, ensure_ascii=False)


def job_from(row: sqlite3.Row) -> Job:
    """Return a row of the ledger as a job."""
    return Job(
        **{name: row[name] for name in ("id", "source", "state", "reason", "note", "preset", "duration_ms",
           "progress", "attempts", "not_before", "arrived", "changed", "key", "file")},
        path=Path(row["path"]),
        first=Path(row["first"]),
        wish=wish_from(row["wish"]),
        output=Path(row["output"]) if row["output"] else None,
        announced=bool(row["announced"]),
    )  # fmt: skip
