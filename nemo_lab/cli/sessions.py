"""Which session a command speaks of: the one named, else the last one used on this machine."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from nemo_lab.config import load_settings
from nemo_lab.errors import UsageError

if TYPE_CHECKING:
    from nemo_lab.client import Client, Session


class LastSession(NamedTuple):
    """A session and the backend that has it."""

    id: str
    backend: str


def _file() -> Path:
    return load_settings().data_dir / "last_session.json"


def remember(session_id: str, backend: str) -> None:
    """Keep a session as the last one used; not being able to is no error."""
    with suppress(OSError):
        _file().parent.mkdir(parents=True, exist_ok=True)
        _file().write_text(json.dumps({"id": session_id, "backend": backend}), encoding="utf-8")


def last() -> LastSession | None:
    """Return the last session used, if there is one."""
    try:
        data: Any = json.loads(_file().read_text(encoding="utf-8"))
        return LastSession(str(data["id"]), str(data["backend"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


@contextmanager
def resumed(session_id: str | None, backend: str | None) -> Iterator[tuple[Client, Session]]:
    """Connect and take up a session: the one named, else the last one.

    Raises:
        UsageError: none was named and none was used yet.
    """
    from nemo_lab.client import connect

    found = last()
    if session_id is None and found is None:
        raise UsageError("no session was used yet", remedy="Start one: nemo chat FILE.")
    same = found is not None and session_id in {None, found.id}
    chosen: Any = backend or (found.backend if found is not None and same else None)
    with connect(chosen) as client:
        yield client, client.session(session_id or (found.id if found else ""))
