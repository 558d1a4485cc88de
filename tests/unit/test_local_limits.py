"""What a job may take: a worker that takes more is stopped, and the next job is done all the same."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from dataclasses import replace

import pytest

from nemo_lab.config import load_settings
from nemo_lab.errors import NemoError, UnreadableMedia
from nemo_lab.local import limits
from nemo_lab.local.workers import Workers

pytestmark = [pytest.mark.anyio, pytest.mark.skipif(sys.platform == "win32", reason="no such limits there")]

GREEDY = """
import os, time
from nemo_lab.local import worker
def spin(job, report):
    while True: pass
def wait(job, report):
    time.sleep(600)
def eat(job, report):
    return {"eaten": len(bytes(job["bytes"])), "pid": os.getpid()}
worker.JOBS.update(spin=spin, wait=wait, eat=eat)
worker.main()
"""
MIB = 1024**2
CRUMB = {"job": "eat", "bytes": 1}
FEAST = {"job": "eat", "bytes": 700 * MIB}


@pytest.fixture
def bound(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Sets the limits of a job."""

    def set_limits(job: str, **given: object) -> None:
        monkeypatch.setitem(limits.LIMITS, job, replace(limits.Limits(), **given))

    return set_limits


async def ran(*jobs: dict[str, object], **options: object) -> list[object]:
    """Do jobs one after the other; return their results, or their errors."""
    workers = Workers(command=(sys.executable, "-c", GREEDY), **options)
    ended: list[object] = []
    try:
        for job in jobs:
            try:
                ended.append(await workers.run(job))
            except NemoError as exc:
                ended.append(exc)
    finally:
        await workers.close()
    return ended


async def test_too_much_of_the_processor(bound: Callable[..., None]) -> None:
    bound("spin", cpu=1)
    error, fine = await ran({"job": "spin"}, CRUMB)
    assert isinstance(error, UnreadableMedia)
    assert "more than 1 s of the processor" in str(error)
    assert fine["eaten"] == 1


async def test_too_much_time(bound: Callable[..., None]) -> None:
    bound("wait", seconds=0.3)
    error, fine = await ran({"job": "wait"}, CRUMB)
    assert isinstance(error, UnreadableMedia)
    assert fine["eaten"] == 1


async def test_waiting_for_a_process_is_not_part_of_the_time(bound: Callable[..., None]) -> None:
    workers = Workers(command=(sys.executable, "-c", GREEDY))
    bound("wait", seconds=1)
    try:
        many = [workers.run({"job": "wait"}) for _ in range(8)] + [workers.run(CRUMB)]
        *errors, fine = await asyncio.gather(*many, return_exceptions=True)
    finally:
        await workers.close()
    assert all(isinstance(error, UnreadableMedia) for error in errors)
    assert fine["eaten"] == 1


async def test_too_much_memory_and_one_jobs_limit_is_not_the_next_ones(bound: Callable[..., None]) -> None:
    bound("eat", memory=600 * MIB)
    error, small = await ran(FEAST, CRUMB)
    assert "needs too much memory. NEMO_WORKER_MEMORY" in str(error)
    assert small["eaten"] == 1
    first, second = await ran(FEAST, FEAST, memory=0)
    assert first["eaten"] == second["eaten"] == 700 * MIB
    assert first["pid"] == second["pid"]


async def test_the_users_own_limit_is_in_force(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEMO_WORKER_MEMORY", str(600 * MIB))
    own = load_settings().worker_memory
    (error,) = await ran(FEAST, memory=own)
    assert "needs too much memory" in str(error)
    assert limits.limits_of("probe", own) == replace(limits.LIMITS["probe"], memory=own)
    assert limits.limits_of("render").memory == limits.MEMORY
    assert limits.limits_of("render", 0).memory is None
