"""What became of each recording of a batch, in one SQLite file in the output folder.

One process at a time holds it, by a lock that ends with the process. A killed batch loses nothing but the
work under way; a power failure may lose the last entries too, whose files are then found finished by their
records.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict

from nemo_lab.errors import OutputNotWritable, UsageError
from nemo_lab.recipes.batch.listing import free_name
from nemo_lab.recipes.reuse import record_of

FOLDER = ".nemo-batch"
VERSION = 1
Status = Literal["waiting", "done", "failed"]
_FIELDS = (
    "status", "error", "kind", "before_ms", "after_ms", "size_bytes", "sha256", "reused", "why", "notes",
    "seconds", "picture", "finished",
)  # fmt: skip
_SCHEMA = """
CREATE TABLE items (
    source TEXT PRIMARY KEY,       -- absolute path
    target TEXT NOT NULL UNIQUE,   -- file name in the output folder
    stamp TEXT NOT NULL,           -- size and time of the recording when it was done
    wish TEXT NOT NULL,            -- what was to be done with it
    status TEXT NOT NULL,
    error TEXT NOT NULL, kind TEXT NOT NULL,
    before_ms INTEGER NOT NULL, after_ms INTEGER NOT NULL, size_bytes INTEGER NOT NULL, sha256 TEXT NOT NULL,
    reused TEXT NOT NULL, why TEXT NOT NULL, notes TEXT NOT NULL,
    seconds REAL NOT NULL, picture TEXT NOT NULL, finished REAL NOT NULL
);
"""


class Item(BaseModel):
    """One recording of a batch. Times in ms, ``seconds`` of work, ``finished`` in seconds since 1970."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: str
    target: str
    """Name of the result in the output folder."""
    status: Status = "waiting"
    error: str = ""
    kind: str = ""
    """Class of the error."""
    before_ms: int = 0
    after_ms: int = 0
    size_bytes: int = 0
    sha256: str = ""
    reused: str = ""
    why: str = ""
    notes: str = ""
    seconds: float = 0.0
    picture: str = ""
    """A still of the result, as a path from the output folder."""
    finished: float = 0.0


class Ledger:
    """The ledger of an output folder, made when missing; to be closed.

    Raises:
        UsageError: another batch is at work on the folder.
        OutputNotWritable: it cannot be written there.
    """

    def __init__(self, out: Path) -> None:
        self.out = out
        try:
            (out / FOLDER).mkdir(parents=True, exist_ok=True)
            self._lock = _locked(out / FOLDER / "lock.sqlite3", out)
            self._db = _opened(out / FOLDER / "ledger.sqlite3")
        except (OSError, sqlite3.Error) as exc:
            raise OutputNotWritable(f"{out} cannot be used: {exc}", path=out) from None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._db.close()
        self._lock.close()

    def enter(self, sources: Sequence[tuple[Path, str]], wish: str) -> list[Item]:
        """Enter the recordings of a run, each under a name of its own; return what is known of each.

        Args:
            sources: the recordings, with the ending of their results.
            wish: what is to be done with each.

        One that is done already, with the same wish, and whose recording and result are as they were, is
        ``done``; all others are ``waiting``.
        """
        known = {row["source"]: row for row in self._db.execute("SELECT * FROM items")}
        taken = {str(row["target"]).casefold() for row in known.values()}
        there = {entry.name.casefold(): entry for entry in self.out.iterdir() if entry.is_file()}
        fresh: list[dict[str, Any]] = []
        items = []
        for path, ending in sources:
            source = str(path)
            row = known.get(source)
            if row is not None and row["target"].rpartition(".")[2] == ending:
                items.append(_as_it_is(row, there.get(str(row["target"]).casefold()), wish))
                continue
            name = self._name(path, ending, taken, there)
            taken.add(name.casefold())
            why = "" if row is None else "the format was changed"
            items.append(Item(source=source, target=name, why=why))
            fresh.append({"stamp": "", "wish": wish, **Item(source=source, target=name).model_dump()})
        names = ("source", "target", "stamp", "wish", *_FIELDS)
        values = ", ".join(f":{name}" for name in names)
        self._db.execute("BEGIN")
        self._db.executemany(
            f"INSERT OR REPLACE INTO items ({', '.join(names)}) VALUES ({values})",  # noqa: S608 - our own names
            fresh,
        )
        self._db.execute("COMMIT")
        return items

    def note(self, item: Item, wish: str) -> None:
        """Write down how an item ended."""
        values = item.model_dump()
        setters = ", ".join(f"{name} = :{name}" for name in _FIELDS)
        self._db.execute(
            f"UPDATE items SET stamp = :stamp, wish = :wish, {setters} WHERE source = :source",  # noqa: S608
            {**values, "stamp": stamp_of(item.source), "wish": wish},
        )

    def items(self, sources: Iterable[str]) -> Iterator[Item]:
        """Yield what is written down of recordings, in order."""
        known = {row["source"]: row for row in self._db.execute("SELECT * FROM items")}
        for source in sources:
            yield _item(known[source])

    def _name(self, source: Path, ending: str, taken: set[str], there: dict[str, Path]) -> str:
        """Return a name that no other result has, nor a file that somebody else put there."""

        def used(name: str) -> bool:
            return name in taken or (name in there and _of_another(there[name], source))

        return free_name(source.stem, ending, used)


def stamp_of(source: str) -> str:
    """Return what changes when a recording does."""
    try:
        facts = Path(source).stat()
    except OSError:
        return ""
    return f"{facts.st_size}:{facts.st_mtime_ns}"


def _as_it_is(row: sqlite3.Row, result: Path | None, wish: str) -> Item:
    item = _item(row)
    if item.status == "waiting":
        return item
    why = ""
    if item.status == "failed":
        why = "it failed last time"
    elif row["wish"] != wish:
        why = "the recipe, the engine or the backend was changed"
    elif row["stamp"] != stamp_of(item.source):
        why = "the recording was changed"
    elif result is None or result.stat().st_size != item.size_bytes:
        why = "the result is gone or was changed"
    return item if not why else Item(source=item.source, target=item.target, why=why)


def _item(row: sqlite3.Row) -> Item:
    return Item(source=row["source"], target=row["target"], **{name: row[name] for name in _FIELDS})


def _of_another(path: Path, source: Path) -> bool:
    """Return whether a file was not made from this recording, as far as its record tells."""
    record = record_of(path)
    return record is None or [fact.path for fact in record.inputs] != [str(source)]


def _opened(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    db.row_factory = sqlite3.Row
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = NORMAL")
    version = db.execute("PRAGMA user_version").fetchone()[0]
    if version > VERSION:
        db.close()
        raise OSError("its ledger was written by a newer nemo_lab")
    if not version:
        db.executescript(f"BEGIN; {_SCHEMA} PRAGMA user_version = {VERSION}; COMMIT;")
    return db


def _locked(path: Path, out: Path) -> sqlite3.Connection:
    lock = sqlite3.connect(path, timeout=0, isolation_level=None, check_same_thread=False)
    try:
        lock.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError:
        lock.close()
        raise UsageError(
            f"another batch is at work on {out}", remedy="Wait for it, or choose another --out."
        ) from None
    return lock
