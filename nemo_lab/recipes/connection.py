"""The connection that work is done by: the caller's own, or one that is made when it is needed."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Literal

from nemo_lab.config import Backend, Settings, load_settings

if TYPE_CHECKING:
    from nemo_lab.client import Client


def chosen(client: Client | None, backend: Backend | None) -> tuple[Settings, Literal["local", "cloud"]]:
    """Return the settings and the backend that work would have; connect to nothing.

    Raises:
        ConfigError: the settings are wrong.
    """
    if client is not None:
        return client.settings, client.backend
    settings = load_settings(backend=backend)
    return settings, settings.chosen_backend


def connected(client: Client | None, backend: Backend | None) -> AbstractContextManager[Client]:
    """Return the client given, to be left open, or a new one, to be closed.

    Raises:
        NemoError: no backend can be reached.
    """
    if client is not None:
        return nullcontext(client)
    from nemo_lab.client import connect  # brings httpx: only when a connection is really wanted

    return connect(backend)
