"""The client under test in both faces, against the scripted cloud, in virtual time."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import SecretStr

from nemo_lab.client import AsyncClient, AsyncSession, AsyncStream, Client
from nemo_lab.client.core import Backend
from nemo_lab.client.sync import runner
from nemo_lab.config import Settings
from tests.contract.scripted import Cloud, VirtualClock, check_journal


class AsyncFace:
    """The async client, each call run to its end, so that one suite can drive both faces."""

    def __init__(self, core: Any, loop: asyncio.Runner) -> None:
        self._core, self._loop = core, loop

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._core, name)
        if not callable(found):
            return found

        def call(*args: Any, **options: Any) -> Any:
            result = found(*args, **options)
            if inspect.iscoroutine(result):
                result = self._loop.run(result)
            wrapped = isinstance(result, AsyncClient | AsyncSession | AsyncStream)
            return AsyncFace(result, self._loop) if wrapped else result

        return call

    def __repr__(self) -> str:
        return repr(self._core)

    def __iter__(self) -> Iterator[Any]:
        async def next_one() -> Any:
            return await anext(self._core, None)

        while (event := self._loop.run(next_one())) is not None:
            yield event


class Bench:
    """Makes clients of one face."""

    def __init__(self, face: str, cloud: Cloud, clock: VirtualClock, settings: Settings) -> None:
        self.face, self.cloud, self.clock, self.settings = face, cloud, clock, settings
        self._loop = asyncio.Runner() if face == "async" else None
        self._clients: list[Any] = []

    def client(self, clock: Any = None, **changes: Any) -> Any:
        settings = self.settings.model_copy(update=changes)
        core = AsyncClient(Backend("cloud", self.cloud.url), settings, clock=clock or self.clock)
        client = Client(core) if self._loop is None else AsyncFace(core, self._loop)
        self._clients.append(client)
        return client

    def run(self, work: Any) -> Any:
        return runner().run(work) if self._loop is None else self._loop.run(work)

    def close(self) -> None:
        for client in self._clients:
            client.close()
        if self._loop is not None:
            self._loop.close()


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


@pytest.fixture
def home(tmp_path, monkeypatch):
    """An empty home, so that no test reads or writes the real one."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("USERPROFILE", str(tmp_path / "home"))
    for name in ("NEMO_TOKEN", "NEMO_API_URL", "NEMO_CLIENT_ID", "NEMO_BACKEND", "SKILL_SOURCE"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "home").mkdir()
    return tmp_path / "home"


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    with Cloud() as server:
        yield server
    check_journal(server.journal)


@pytest.fixture
def settings(home, tmp_path, cloud) -> Settings:
    folders = {f"{kind}_dir": tmp_path / kind for kind in ("data", "cache", "config")}
    return Settings(backend="cloud", token=SecretStr("nmv_usr_own"), api_url=cloud.url, **folders)


@pytest.fixture(params=["sync", "async"])
def bench(request, cloud, clock, settings) -> Iterator[Bench]:
    made = Bench(request.param, cloud, clock, settings)
    yield made
    made.close()


@pytest.fixture
def session(bench):
    return bench.client().create_session("test")


@pytest.fixture
def recording(tmp_path):
    path = tmp_path / "my recording.MP4"
    path.write_bytes(b"\0" * 300_000)
    return path
