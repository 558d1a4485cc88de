"""A worker that is started early: taken by the first pool, never left behind."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from nemo_lab.errors import BackendUnavailable, UnreadableMedia
from nemo_lab.local.starting import EarlyProcess, worker_ahead
from nemo_lab.local.workers import Workers
from tests.media.clips import Clip, make

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(sys.platform == "win32", reason="a child takes no socket for its input there"),
]
ROOT = Path(__file__).parents[2]


def children() -> set[int]:
    return {child.pid for child in psutil.Process().children()}


async def test_the_first_pool_takes_it(tmp_path: Path):
    clip, before = make(tmp_path / "talk.mp4", Clip(seconds=1)), children()
    with worker_ahead():
        (early,) = children() - before
        first, second = Workers(), Workers()
        await first.warm()
        await second.warm()
        assert [process.pid for process in first._idle] == [early]
        assert isinstance(first._idle[0], EarlyProcess)
        assert not isinstance(second._idle[0], EarlyProcess)
        for workers in (first, second):
            found = await workers.run({"job": "probe", "path": str(clip)})
            assert found["duration_ms"] == 1000
        assert not first.busy
        await second.close()
    assert early in children(), "it was taken, so it is not ended with the rest"
    await first.close()
    assert children() == before


async def test_one_that_was_killed_is_never_used(tmp_path: Path):
    clip, before = make(tmp_path / "talk.mp4", Clip(seconds=1)), children()
    with worker_ahead():
        workers = Workers()
        await workers.warm()
    (early,) = children() - before
    os.kill(early, signal.SIGKILL)
    deadline = time.monotonic() + 60
    while psutil.Process(early).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline
    found = await workers.run({"job": "probe", "path": str(clip)})
    assert found["duration_ms"] == 1000
    assert early not in children()
    await workers.close()


def test_a_pool_that_is_closed_starts_no_more():
    """As when a page was closed whose pictures were still being made: its questions are no one's any more."""
    before = children()

    async def close_while_many_wait() -> list[BaseException | dict[str, object]]:
        workers = Workers(command=(sys.executable, "-c", "input(); import time; time.sleep(60)"))
        jobs = [asyncio.create_task(workers.run({"job": "probe"})) for _ in range(20)]
        while not workers.busy:
            await asyncio.sleep(0.01)
        await workers.close()
        return await asyncio.gather(*jobs, return_exceptions=True)

    ended = asyncio.run(close_while_many_wait())
    assert {type(end) for end in ended} <= {UnreadableMedia, BackendUnavailable}
    assert BackendUnavailable in {type(end) for end in ended}
    assert children() == before


async def test_one_that_nobody_takes_is_ended():
    before = children()
    with worker_ahead():
        assert len(children() - before) == 1
    assert children() == before


def test_it_ends_with_the_program_that_started_it():
    code = """
import time
from nemo_lab.errors import BackendUnavailable, UnreadableMedia
from nemo_lab.local.starting import worker_ahead
import psutil
with worker_ahead():
    print(psutil.Process().children()[0].pid, flush=True)
    time.sleep(60)
"""
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    program = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, env=environment)
    with program:
        assert program.stdout is not None
        worker = int(program.stdout.readline())
        assert psutil.pid_exists(worker)
        program.kill()
    deadline = time.monotonic() + 60
    while psutil.pid_exists(worker) and psutil.Process(worker).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline
        time.sleep(0.05)
