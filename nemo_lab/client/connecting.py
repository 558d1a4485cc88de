"""Choosing a backend, and opening a connection to it."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Generator
from types import TracebackType
from typing import Any

from nemo_lab.client.core import AsyncClient, Backend
from nemo_lab.client.sync import Client, runner
from nemo_lab.config import Settings, load_settings


def connect(
    backend: str | None = None,
    *,
    token: str | None = None,
    api_url: str | None = None,
    settings: Settings | None = None,
    eager: bool = False,
) -> Client:
    """Connect to a backend.

    Args:
        backend: ``local`` (on this machine), ``cloud``, or ``auto``: the cloud when a token or an API
            address is set, else local. No file leaves the machine unless the cloud was chosen.
        token: a token of your own; without one the cloud gives an anonymous one.
        api_url: another address of the cloud's API.
        settings: everything else; the arguments go before it.
        eager: return only when the local backend has loaded all that an edit needs, for who has time now
            and none later.

    Raises:
        ConfigError: a setting cannot be used.
        NemoError: the local backend could not be started.
    """
    chosen = _settings(settings, backend=backend, token=token, api_url=api_url)
    return Client(runner().run(_open(chosen, eager=eager)))


def aconnect(
    backend: str | None = None,
    *,
    token: str | None = None,
    api_url: str | None = None,
    settings: Settings | None = None,
) -> Connecting:
    """Connect to a backend, for ``async with`` or ``await``; otherwise as :func:`connect`."""
    return Connecting(_settings(settings, backend=backend, token=token, api_url=api_url))


class Connecting:
    """A connection about to be opened."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._client: AsyncClient | None = None

    def __await__(self) -> Generator[Any, None, AsyncClient]:
        return _open(self._settings).__await__()

    async def __aenter__(self) -> AsyncClient:
        self._client = await _open(self._settings)
        return self._client

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._client is not None:
            await self._client.close()


async def _open(settings: Settings, *, eager: bool = False) -> AsyncClient:
    if settings.chosen_backend == "cloud":
        return AsyncClient(Backend("cloud", settings.api_url), settings)
    # By name: the client knows no backend, and this one brings a web server along.
    local = await asyncio.to_thread(importlib.import_module, "nemo_lab.local")
    embedded = await asyncio.to_thread(local.start_embedded, settings, eager=eager)
    return AsyncClient(Backend("local", embedded.url.rstrip("/"), embedded), settings)


def _settings(settings: Settings | None, **given: str | None) -> Settings:
    if settings is None:
        return load_settings(**given)
    stated = {name: value for name, value in given.items() if value is not None}
    fields = {name: getattr(settings, name) for name in settings.model_fields_set}
    return load_settings(**fields | stated) if stated else settings
