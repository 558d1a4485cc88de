"""What must survive the death of the process: the ids of a session, and what was on its way.

A message is noted before it is sent, a render's id before it is asked for. After a crash nothing is sent
again; the backend is asked what became of it.
"""

from __future__ import annotations

import hashlib
import logging
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from nemo_lab.client.vault import private_folder, read_private, write_private

logger = logging.getLogger(__name__)


class Pending(BaseModel):
    """A message that was sent, and whose outcome is not known yet. ``sent_at`` in seconds since 1970."""

    model_config = ConfigDict(frozen=True)

    text: str
    sent_at: float
    before: dict[str, Any] | None = None
    """The state as it was before, as on the wire."""


class PendingRender(BaseModel):
    """A render that was asked for; ``wish`` is a hash of what was to be rendered."""

    model_config = ConfigDict(frozen=True)

    id: str
    wish: str


class Record(BaseModel):
    """All that is kept of a session."""

    model_config = ConfigDict(frozen=True)

    session_id: str
    task_id: str = ""
    name: str = ""
    user_id: str | None = None
    created_at: float = 0.0
    files: tuple[str, ...] = ()
    """What was uploaded."""
    said: tuple[str, ...] = ()
    """What was said and answered; a message comes in here as it leaves ``sending``, in one write."""
    asked: bool = False
    """Whether the last answer was a question."""
    sending: Pending | None = None
    render: PendingRender | None = None


class Journal:
    """The records of one backend's sessions, one private file each.

    Args:
        folder: the data folder.
        backend: whose sessions they are; an address, or ``embedded``.
    """

    def __init__(self, folder: Path, backend: str) -> None:
        # A backend that is embedded dies with us when the power fails, and what it does again costs nothing.
        self._sync = backend != "embedded"
        self._folder = folder / "sessions" / hashlib.sha256(backend.encode()).hexdigest()[:16]

    def load(self, session_id: str) -> Record:
        """Return what is known of a session; at least its id."""
        return self._read(self._path(session_id)) or Record(session_id=session_id)

    def save(self, record: Record) -> None:
        """Keep a record; when that cannot be done, say so and go on without the safety."""
        try:
            private_folder(self._folder.parent)
            private_folder(self._folder)
            write_private(self._path(record.session_id), record.model_dump_json(), sync=self._sync)
        except OSError as exc:
            logger.warning("the session cannot be recorded in %s: %s", self._folder, exc.strerror)

    def latest(self, name: str) -> Record | None:
        """Return the newest session of that name."""
        found = [self._read(path) for path in self._folder.glob("*.json")]
        named = [record for record in found if record is not None and record.name == name]
        return max(named, key=lambda record: record.created_at, default=None)

    def _path(self, session_id: str) -> Path:
        # The id comes from the backend, so it must not become part of a path.
        return self._folder / f"{hashlib.sha256(session_id.encode()).hexdigest()[:32]}.json"

    def _read(self, path: Path) -> Record | None:
        try:
            return Record.model_validate_json(read_private(path) or "")
        except ValidationError:
            return None
