"""Runs on the cloud that were begun and did not end: the same run takes them up, for every message costs.

A note lies in the data folder from when the project was created until the result is saved; it holds the
session's id. Whoever carries the run out holds a lock on it, which the system takes away when the process
dies, so two runs at once never share a project.
"""

from __future__ import annotations

import os
from pathlib import Path
from types import TracebackType
from typing import Self

from nemo_lab.client.vault import private_folder, try_lock
from nemo_lab.errors import EditError, MediaError, SessionNotFound, UsageError

_HOPELESS = (EditError, MediaError, SessionNotFound, UsageError)
"""After these the same project would only fail again."""
_LONGEST = 4096


class Unfinished:
    """One run's note, held while it is entered.

    Args:
        data_dir: the data folder.
        wish: a name (hexadecimal) for all that the run is to do.
    """

    def __init__(self, data_dir: Path, wish: str) -> None:
        self._path = data_dir / "sessions" / "unfinished" / wish[:32]
        self._held: int | None = None
        self.session_id = ""
        """The session that an earlier run of the same left behind; empty when there is none."""

    def note(self, session_id: str) -> None:
        """Keep the session that this run has made; where nothing can be kept, go on without."""
        if self._held is not None:
            os.write(self._held, session_id.encode())
            os.fsync(self._held)

    def __enter__(self) -> Self:
        try:
            private_folder(self._path.parent.parent)
            private_folder(self._path.parent)
            held = os.open(self._path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o600)
        except OSError:
            return self
        if try_lock(held):
            self._held = held
            self.session_id = os.read(held, _LONGEST).decode("utf-8", "replace")
        else:
            os.close(held)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._held is None:
            return
        if kind is None or issubclass(kind, _HOPELESS):
            self._path.unlink(missing_ok=True)
        os.close(self._held)
