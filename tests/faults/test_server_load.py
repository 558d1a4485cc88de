"""The local server under load: many sessions that speak at once, and thousands that come and go."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest

from tests.contract.serving import message
from tests.media.clips import Clip, make

pytestmark = pytest.mark.anyio
CREATE = "/api/tasks/me/with-session/nemo_agent"
_SERVE = """
import asyncio, gc, json, sys, threading, time
from pathlib import Path
import psutil
import nemo_lab.local.services as services
from nemo_lab.config import Settings
from nemo_lab.local import serve
folder, later, made = Path(sys.argv[1]), 0.0, []

class Watched(services.Services):
    def __init__(self, *given, **more):
        super().__init__(*given, **more, clock=lambda: time.time() + later)
        made.append(self)

import nemo_lab.local.server as server
server.Services = Watched

def tell():
    global later
    for line in sys.stdin:
        if line.startswith("forget"):
            later += 31 * 24 * 3600
            made[0].quota.tidy()
        gc.collect()
        me = psutil.Process()
        loops = [one for one in gc.get_objects() if isinstance(one, asyncio.AbstractEventLoop)]
        tasks = sum(len(asyncio.all_tasks(loop)) for loop in loops)
        print(json.dumps([me.memory_info().rss, me.num_fds(), tasks, me.num_threads()]), flush=True)

threading.Thread(target=tell, daemon=True).start()
settings = Settings(data_dir=folder / "data", cache_dir=folder / "cache", config_dir=folder)
serve(settings, port=0, token="t", on_ready=lambda url: print(url, flush=True))
"""


class Figures(NamedTuple):
    """What a server uses."""

    rss: int
    fds: int
    tasks: int
    threads: int


class Server:
    """A server in a process of its own that tells what it uses."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.url = self._line().strip()

    def figures(self, what: str = "tell") -> Figures:
        """Return what it uses now; ``forget`` lets a month go by first."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{what}\n")
        self._process.stdin.flush()
        return Figures(*json.loads(self._line()))

    def _line(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline()

    def settled(self, start: Figures) -> Figures:
        """Return what it uses when connections and tasks have gone, or after a while what is left."""
        deadline = time.monotonic() + 30
        while (now := self.figures()).fds > start.fds or now.tasks > start.tasks:
            if time.monotonic() > deadline:
                break
            time.sleep(0.2)
        return now


@contextmanager
def _running(folder: Path) -> Iterator[Server]:
    process = subprocess.Popen(
        [sys.executable, "-c", _SERVE, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        yield Server(process)
    finally:
        process.kill()
        process.communicate()


def _client(server: Server) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        base_url=server.url, headers={"Authorization": "Bearer t"}, trust_env=False, timeout=300,
        limits=httpx.Limits(max_connections=None, max_keepalive_connections=0),
    )  # fmt: skip


async def _created(http: httpx.AsyncClient) -> str:
    return str((await http.post(CREATE, json={})).json()["data"]["session_id"])


class Visit:
    """One session that edits while all others do."""

    def __init__(self, http: httpx.AsyncClient, clip: bytes, all_begun: asyncio.Barrier) -> None:
        self._http, self._clip, self._all_begun = http, clip, all_begun
        self.first = self.state = 0.0

    async def prepare(self) -> None:
        """Make the session, with a file in it."""
        self._session = await _created(self._http)
        files = {"files": ("talk.wav", self._clip)}
        reply = await self._http.post(f"/api/upload-video/nemo_agent/me/{self._session}", files=files)
        assert reply.json()["code"] == 0, reply.text

    async def speak(self) -> str:
        """Say something, wait until all streams have begun, read this one; return why it was not well."""
        begun = time.monotonic()
        body = message(self._session, "cut the pauses")
        async with self._http.stream("POST", "/run_sse", json=body) as reply:
            chunks = reply.aiter_bytes()
            got = await anext(chunks)
            self.first = time.monotonic() - begun
            await self._all_begun.wait()
            async for chunk in chunks:
                got += chunk
        asked = time.monotonic()
        state = (await self._http.get(f"/api/state/nemo_agent/me/{self._session}/latest")).json()
        self.state = time.monotonic() - asked
        if b"errorCode" in got or b"functionResponse" not in got:
            return got.decode()[-300:]
        return "" if state["data"]["state"]["draft"]["t"] else str(state)


@pytest.mark.parametrize("count", [12, pytest.param(200, marks=pytest.mark.soak)])
async def test_g12_many_sessions_edit_at_once(goal: Any, tmp_path: Path, count: int) -> None:
    clip = make(tmp_path / "talk.wav", Clip(seconds=5, sound="speech")).read_bytes()
    with _running(tmp_path) as server:
        async with _client(server) as http:
            together = asyncio.Barrier(count)
            visits = [Visit(http, clip, together) for _ in range(count)]
            first, *others = visits
            await first.prepare()
            start = server.settled(server.figures())
            await asyncio.gather(*(visit.prepare() for visit in others))
            wrong = [why for why in await asyncio.gather(*(visit.speak() for visit in visits)) if why]
        end = server.settled(start)
    goal.none("G12", "sessions that failed while all streamed at once", wrong, count)
    goal.at_most("G12", "MiB that the server takes after it", end.rss / 1024**2, 300)
    goal.at_most("G12", "open files left over", end.fds - start.fds, 4)  # the pool's worker, kept warm
    goal.at_most("G12", "tasks left over", end.tasks - start.tasks, 1)
    if count >= 200:
        goal.at_most("G12", "s to the first event, p95", _p95([visit.first for visit in visits]), 1.5)
        goal.at_most("G12", "s to the state, p95", _p95([visit.state for visit in visits]), 1.0)


def _p95(seconds: list[float]) -> float:
    return sorted(seconds)[int(len(seconds) * 0.95)]


@pytest.mark.parametrize("count", [64, pytest.param(10_000, marks=pytest.mark.soak)])
async def test_g13_sessions_that_come_and_go_leave_nothing(goal: Any, tmp_path: Path, count: int) -> None:
    with _running(tmp_path) as server:
        async with _client(server) as http:
            await _come_and_go(http, count // 3)
            start = server.figures("forget")
            await _come_and_go(http, count)
        server.figures("forget")
        end = server.settled(start)
    slope = (end.rss - start.rss) / 1024 / count
    if count >= 10_000:
        goal.at_most("G13", "KiB of memory for each session that was", slope, 1)
    goal.at_most("G13", "MiB more after sessions came and went", (end.rss - start.rss) / 1024**2, 24)
    goal.at_most("G13", "open files more than at the start", end.fds - start.fds, 0)
    goal.at_most("G13", "tasks more than at the start", end.tasks - start.tasks, 0)


async def _come_and_go(http: httpx.AsyncClient, count: int) -> None:
    """Make sessions and speak in each, eight at a time."""

    async def some() -> None:
        for _ in range(count // 8):
            session = await _created(http)
            said = await http.post("/run_sse", json=message(session, "what is on the timeline?"))
            assert said.status_code == 200

    await asyncio.gather(*(some() for _ in range(8)))
