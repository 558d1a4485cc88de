"""The system's keyring, for tokens: used where the package ``keyring`` is installed and finds one that works.

Nothing here is needed and nothing here raises: what a keyring refuses, or does not answer in time, is kept in
a private file instead. A keyring can be switched off as its own documents say
(``PYTHON_KEYRING_BACKEND=keyring.backends.null.Keyring``).
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

_T = TypeVar("_T")
SERVICE = "nemo_lab"
"""Under what name the system shows our entries."""
_PATIENCE = 5.0
"""Seconds; a locked keyring asks its user to open it, and there may be nobody to ask."""
_SAFE = 1
"""From this priority on ``keyring`` recommends a backend; those below keep secrets in plain files."""


def store(name: str, secret: str) -> bool:
    """Keep a secret; return whether the keyring has it now."""

    def put(keyring: Any) -> bool:
        keyring.set_password(SERVICE, name, secret)
        return bool(keyring.get_password(SERVICE, name) == secret)

    return _asked(put) or False


def fetch(name: str) -> str | None:
    """Return a secret, or ``None`` when it is not there or the keyring does not give it."""
    found = _asked(lambda keyring: keyring.get_password(SERVICE, name))
    return found if isinstance(found, str) else None


def forget(name: str) -> bool:
    """Remove a secret; return whether the keyring has it no more."""

    def remove(keyring: Any) -> bool:
        if keyring.get_password(SERVICE, name) is not None:
            keyring.delete_password(SERVICE, name)
        return True

    return _asked(remove) or False


def _asked(work: Callable[[Any], _T]) -> _T | None:
    """Do something with the keyring, if there is one; a keyring that hangs is left to itself."""
    answers: list[_T] = []

    def ask() -> None:
        with suppress(Exception):  # it is other people's code, and talks to a daemon
            import keyring

            found = keyring.get_keyring()
            if found.priority >= _SAFE:
                answers.append(work(found))

    thread = threading.Thread(target=ask, name="keyring", daemon=True)
    thread.start()
    thread.join(_PATIENCE)
    return answers[0] if answers else None
