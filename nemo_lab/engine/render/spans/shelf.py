"""Finished parts that wait for their turn: in memory while they are few, then in a file without a name."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Callable, Hashable
from pathlib import Path
from types import TracebackType
from typing import IO

_IN_MEMORY = 8 * 1024 * 1024
"""Bytes."""
_PATIENCE = 0.1
"""Seconds after which one who waits is asked whether to go on."""


class Shelf:
    """Parts by key, put by any thread and taken by one.

    The file has no name, so nothing is left of it however the process ends.

    Args:
        folder: where there is room for it.
    """

    def __init__(self, folder: Path, in_memory: int = _IN_MEMORY) -> None:
        self._folder = folder
        self._room = in_memory
        self._changed = threading.Condition()
        self._parts: dict[Hashable, bytes] = {}
        self._stored: dict[Hashable, tuple[int, int]] = {}
        self._file: IO[bytes] | None = None
        self._fault: BaseException | None = None

    def put(self, key: Hashable, part: bytes) -> None:
        """Put a part there.

        Raises:
            OSError: no space is left.
        """
        with self._changed:
            if len(part) <= self._room:
                self._room -= len(part)
                self._parts[key] = part
            else:
                self._stored[key] = self._store(part)
            self._changed.notify_all()

    def fail(self, fault: BaseException) -> None:
        """Let the one who takes hear of a fault."""
        with self._changed:
            self._fault = self._fault or fault
            self._changed.notify_all()

    def take(self, key: Hashable, waiting: Callable[[], None] = lambda: None) -> bytes:
        """Return a part, once it is there; ``waiting`` is called now and then until it is.

        Raises:
            BaseException: the fault that was reported, or what ``waiting`` raises.
        """
        while True:
            waiting()
            with self._changed:
                self._changed.wait_for(lambda: self._fault or self._has(key), _PATIENCE)
                if self._fault is not None:
                    raise self._fault
                if self._has(key):
                    return self._removed(key)

    def _has(self, key: Hashable) -> bool:
        return key in self._parts or key in self._stored

    def _removed(self, key: Hashable) -> bytes:
        if key in self._parts:
            part = self._parts.pop(key)
            self._room += len(part)
            return part
        place, size = self._stored.pop(key)
        assert self._file is not None
        self._file.seek(place)
        return self._file.read(size)

    def _store(self, part: bytes) -> tuple[int, int]:
        if self._file is None:
            self._file = tempfile.TemporaryFile(dir=self._folder)  # noqa: SIM115 - closed by __exit__
        place = self._file.seek(0, 2)
        self._file.write(part)
        return place, len(part)

    def __enter__(self) -> Shelf:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()
