"""What outlives the kernel: the conversation of an editor, as one private file per session."""

from __future__ import annotations

import logging
import re
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from nemo_lab.client.vault import private_folder, read_private, write_private

_log = logging.getLogger(__name__)
KEPT_MESSAGES = 300
"""Messages that are kept and shown; older ones scroll out of sight."""


class Memory(BaseModel):
    """What is shown of the conversation, and the last export; the session itself knows what was said."""

    model_config = ConfigDict(frozen=True)

    messages: tuple[dict[str, Any], ...] = ()
    film: str | None = None
    """The last export."""
    exported: dict[str, Any] = Field(default_factory=dict)
    """Its settings."""

    def with_message(self, message: dict[str, Any]) -> Memory:
        """Return a memory with one more message."""
        return self.model_copy(update={"messages": (*self.messages, message)[-KEPT_MESSAGES:]})


class Drawer:
    """Where memories lie.

    Args:
        data_dir: the user's data folder.
    """

    def __init__(self, data_dir: Path) -> None:
        self._folder = data_dir / "jupyter" / "editors"

    def load(self, session_id: str) -> Memory:
        """Return what is remembered of a session; nothing of one that is not known."""
        text = read_private(self._path(session_id))
        try:
            return Memory() if text is None else Memory.model_validate_json(text)
        except ValidationError:
            return Memory()

    def save(self, session_id: str, memory: Memory) -> None:
        """Keep a memory. That it cannot be written must not stop an edit."""
        path = self._path(session_id)
        try:
            private_folder(path.parent)
            write_private(path, memory.model_dump_json())
        except OSError as exc:
            _log.warning("the conversation cannot be kept: %s", exc)

    def _path(self, session_id: str) -> Path:
        return self._folder / f"{re.sub(r'[^A-Za-z0-9_-]', '_', session_id)[:80]}.json"
