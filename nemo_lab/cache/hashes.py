"""Hashes of files, each worked out once: remembered as long as size, times and inode stay the same."""

from __future__ import annotations

import hashlib
import json
import os
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

from nemo_lab.errors import Cancelled, UnreadableMedia

if TYPE_CHECKING:
    from nemo_lab.cache.store import Cache

_CHUNK = 1 << 20
_WORTH_BYTES = 4 << 20
"""A smaller file is hashed faster than its hash is looked up."""
_YOUNG_NS = 2_000_000_000
"""A file may be changed again within the same tick of its clock, so a hash of a younger one is not kept."""


class _Lock:
    """A lock that a weak dictionary can hold."""

    def __init__(self) -> None:
        self.held = threading.Lock()


_locks: WeakValueDictionary[str, _Lock] = WeakValueDictionary()
_making = threading.Lock()


class Hashes:
    """SHA-256 of files; two who ask for the same file at once wait for one reading of it."""

    def __init__(self, cache: Cache) -> None:
        self._cache = cache

    def known(self, path: Path) -> str | None:
        """Return the hash of a file if it is remembered."""
        try:
            return self._remembered(path, _stamp(path.stat()))
        except OSError:
            return None

    def of(self, path: Path, stop: threading.Event | None = None) -> str:
        """Return the hash of a file, reading it where needed.

        Raises:
            UnreadableMedia: it cannot be read to its end.
            Cancelled: ``stop`` was set meanwhile.
        """
        with _making:
            lock = _locks.setdefault(str(path.absolute()), _Lock())
        with lock.held:
            try:
                before = _stamp(path.stat())
                known = self._remembered(path, before)
                if known is None:
                    known = _read(path, stop)
                    self._remember(path, before, known)
            except OSError as exc:
                raise UnreadableMedia(f"{path} cannot be read: {exc.strerror}", path=path) from None
        return known

    def _remembered(self, path: Path, stamp: list[int]) -> str | None:
        if stamp[0] < _WORTH_BYTES:
            return None
        kept = self._cache.read("hashes", _name(path))
        try:
            found: dict[str, Any] = json.loads(kept) if kept else {}
            return str(found["sha256"]) if found.get("stamp") == stamp else None
        except (ValueError, TypeError, AttributeError, KeyError):  # something else wrote there
            return None

    def _remember(self, path: Path, before: list[int], sha256: str) -> None:
        young = time.time_ns() - before[1] < _YOUNG_NS
        if before[0] >= _WORTH_BYTES and not young and _stamp(path.stat()) == before:
            self._cache.write("hashes", _name(path), json.dumps({"stamp": before, "sha256": sha256}).encode())


def _stamp(facts: os.stat_result) -> list[int]:
    return [facts.st_size, facts.st_mtime_ns, facts.st_ino]


def _name(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path.absolute())).hexdigest() + ".json"


def _read(path: Path, stop: threading.Event | None) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            if stop is not None and stop.is_set():
                raise Cancelled("stopped while reading")
            digest.update(chunk)
    return digest.hexdigest()
