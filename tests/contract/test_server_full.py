"""A server that has as much to do as it takes on: the next one is told so, and it goes on afterwards."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from nemo_lab.local import Options, agent, jobs
from nemo_lab.local.workers import Workers
from tests.contract.serving import Backend, message, serving
from tests.media.clips import Clip, make

pytestmark = pytest.mark.anyio
MOST = 1000


@pytest.fixture
def backend(tmp_path: Path) -> Iterator[Backend]:
    with serving(tmp_path, Options(token="t")) as running:
        yield running


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Nothing is rendered while this says ``True``."""
    shut, run = [True], Workers.run

    async def waiting(self: Workers, job: dict[str, Any], **more: Any) -> Any:
        while job["job"] == "render" and shut[0]:
            await asyncio.sleep(0.05)
        return await run(self, job, **more)

    monkeypatch.setattr(Workers, "run", waiting)
    return shut


def _client(backend: Backend) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        base_url=backend.embedded.url, headers=backend.http.headers, trust_env=False, timeout=120,
        limits=httpx.Limits(max_connections=100),
    )  # fmt: skip


@pytest.mark.parametrize("most", [25, pytest.param(MOST, marks=pytest.mark.soak)])
async def test_a_thousand_renders_wait_and_no_more(
    backend: Backend, gate: list[bool], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    assert jobs.MOST_RUNNING == MOST
    monkeypatch.setattr(jobs, "MOST_RUNNING", most)
    session = backend.session()
    backend.upload(session, make(tmp_path / "a.wav", Clip(seconds=0.2)))
    draft = backend.state(session)["draft"]

    def order(number: int) -> dict[str, Any]:
        return {"id": f"r{number}", "sessionId": session, "draft": draft, "output": {"format": "wav"}}

    async with _client(backend) as http:
        asked = [http.post("/api/render/proxy/lambda", json=order(n)) for n in range(most + 10)]
        statuses = [reply.status_code for reply in await asyncio.gather(*asked)]
        assert (statuses.count(200), statuses.count(429)) == (most, 10)
        taken = statuses.index(200)
        again = await http.post("/api/render/proxy/lambda", json=order(taken))
        assert again.status_code == 200  # what waits already may be asked for again
        gate[0] = False
        done = await asyncio.to_thread(backend.finished, f"r{taken}")
        assert done["status"] == "completed"
        refused = await http.post("/api/render/proxy/lambda", json=order(statuses.index(429)))
        assert refused.status_code == 200  # there is room again


async def test_a_thousand_messages_wait_and_no_more(
    backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert agent.MOST_TURNS == MOST
    monkeypatch.setattr(agent, "MOST_TURNS", 12)
    shut, answer = [True], agent.Agent._answer

    async def waiting(self: agent.Agent, *given: Any) -> Any:
        while shut[0]:
            await asyncio.sleep(0.02)
        return await answer(self, *given)

    monkeypatch.setattr(agent.Agent, "_answer", waiting)
    session = backend.session()
    async with _client(backend) as http:
        body = message(session, "what is on the timeline?")
        asked = [asyncio.create_task(http.post("/run_sse", json=body)) for _ in range(20)]
        while sum(task.done() for task in asked) < 8:
            await asyncio.sleep(0.02)
        assert [task.result().status_code for task in asked if task.done()] == [429] * 8
        shut[0] = False
        replies = await asyncio.gather(*asked)
    assert sum(reply.status_code == 200 for reply in replies) == 12
    assert len(backend.say(session, "what is on the timeline?")) > 0
