"""Worker processes and renders: true progress, cancelled is killed, once is once, nothing is left behind."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from nemo_lab.errors import (
    FileChanged,
    MediaNotFound,
    NemoError,
    NotReady,
    RenderFailed,
    SessionNotFound,
    UnreadableMedia,
    UsageError,
)
from nemo_lab.local.jobs import Jobs, Order, described
from nemo_lab.local.lease import Lease
from nemo_lab.local.projects import Project, Projects, StoredFile
from nemo_lab.local.store import Store
from nemo_lab.local.workers import Workers
from nemo_lab.protocol.draft import Draft
from nemo_lab.protocol.plan import Export

pytestmark = pytest.mark.anyio

FAKE = """
import json, os, pathlib, sys, time
for line in sys.stdin:
    job = json.loads(line)
    kind = job["draft"]["m"]["title"] if job["job"] == "render" else job["job"]
    if kind == "crash":
        os._exit(139)
    if kind == "refuse":
        print(json.dumps({"error": {"type": "UnreadableMedia", "message": "broken", "remedy": "Mend it."}}))
    elif kind == "odd":
        print(json.dumps({"error": {"type": "MissingExtra", "message": "odd", "remedy": ""}}))
    elif kind == "hang":
        pathlib.Path(job["target"]).with_name("part").write_text("half")
        while True:
            print(json.dumps({"progress": 0.25}), flush=True)
            time.sleep(0.05)
    else:
        if "target" in job:
            pathlib.Path(job["target"]).write_text("film")
        print(json.dumps({"progress": 0.5}))
        print(json.dumps({"result": {"duration_ms": 1500, "size_bytes": 4, "pid": os.getpid()}}))
    sys.stdout.flush()
"""
COMMAND = (sys.executable, "-c", FAKE)


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[SimpleNamespace]:
    now = [1_800_000_000.0]
    store = Store(tmp_path / "s.sqlite3", lambda: now[0])
    lease = Lease(tmp_path / "servers")
    workers = Workers(renders=1, command=COMMAND)
    jobs = Jobs(store, workers, lease, tmp_path / "renders")
    project = Projects(store).create("u", "p", None)
    yield SimpleNamespace(store=store, jobs=jobs, project=project, workers=workers, now=now, folder=tmp_path)
    await jobs.close()
    await workers.close()
    lease.close()
    store.close()


def order(kind: str = "fine", name: str = "r1", **settings: object) -> Order:
    wire = {"t": [{"tt": 7, "sg": [{"d": 1000, "m": {"text": "x"}}]}], "m": {"title": kind}}
    return Order(name, Draft.from_wire(wire), Export(format="mp4", **settings), {})


async def ended(room: SimpleNamespace, name: str = "r1") -> dict[str, object]:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        shown = described(room.jobs.get("u", name), "http://h")
        if shown["status"] in {"completed", "failed"}:
            return shown
        await asyncio.sleep(0.01)
    raise AssertionError(shown)


async def until(room: SimpleNamespace, status: str, name: str = "r1") -> None:
    deadline = time.monotonic() + 20
    while room.jobs.status(("u", name)) != status:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.01)


def children() -> set[int]:
    return {child.pid for child in psutil.Process().children(recursive=True) if child.status() != "zombie"}


# --- workers ----------------------------------------------------------------------------------------


async def test_a_worker_tells_progress_and_is_used_again(room: SimpleNamespace) -> None:
    told: list[float] = []
    first = await room.workers.run({"job": "any"}, progress=told.append)
    second = await room.workers.run({"job": "any"})
    assert told == [0.5]
    assert first["pid"] == second["pid"]


async def test_jobs_that_wait_use_the_processes_that_are_there(room: SimpleNamespace) -> None:
    before = children()  # the process that runs the tests may have others
    many = await asyncio.gather(*(room.workers.run({"job": "any"}) for _ in range(40)))
    assert len({one["pid"] for one in many}) <= max(2, os.cpu_count() or 2)
    assert len(children() - before) == 1


async def test_errors_come_back_as_their_own_class(room: SimpleNamespace) -> None:
    with pytest.raises(UnreadableMedia, match=r"broken\. Mend it\."):
        await room.workers.run({"job": "refuse"})
    with pytest.raises(NemoError, match="odd"):
        await room.workers.run({"job": "odd"})


async def test_a_crash_is_named_and_the_next_job_gets_a_new_process(room: SimpleNamespace) -> None:
    with pytest.raises(UnreadableMedia, match="ended unexpectedly"):
        await room.workers.run({"job": "crash"})
    assert (await room.workers.run({"job": "any"}))["duration_ms"] == 1500


async def test_a_worker_that_died_while_idle_is_not_used(room: SimpleNamespace) -> None:
    first = await room.workers.run({"job": "any"})
    psutil.Process(first["pid"]).kill()
    while first["pid"] in children():
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.05)
    assert (await room.workers.run({"job": "any"}))["pid"] != first["pid"]


async def test_cancelling_kills_the_process(room: SimpleNamespace, tmp_path: Path) -> None:
    before = children()
    seen = asyncio.Event()
    job = {"job": "hang", "target": str(tmp_path / "x")}
    task = asyncio.create_task(room.workers.run(job, progress=lambda _: seen.set()))
    await seen.wait()
    assert children() - before
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert children() == before


async def test_closing_waits_for_a_process_that_still_ends(room: SimpleNamespace, tmp_path: Path) -> None:
    seen = asyncio.Event()
    job = {"job": "hang", "target": str(tmp_path / "x")}
    task = asyncio.create_task(room.workers.run(job, progress=lambda _: seen.set()))
    await seen.wait()
    task.cancel()
    await asyncio.sleep(0)  # it is on its way out
    assert not task.done()
    await room.workers.close()
    for _ in range(3):
        await asyncio.sleep(0)
    assert task.done()


async def test_closing_waits_for_a_process_that_just_starts(tmp_path: Path) -> None:
    before, workers = children(), Workers(command=COMMAND)
    task = asyncio.create_task(workers.run({"job": "any"}))
    for _ in range(3):
        await asyncio.sleep(0)
    task.cancel()
    await workers.close()
    assert children() == before
    await asyncio.gather(task, return_exceptions=True)


async def test_the_real_worker_answers_and_ends_with_its_parent(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_text("not a film")
    workers = Workers()
    try:
        with pytest.raises(UnreadableMedia, match="text, not media"):
            await workers.run({"job": "probe", "path": str(tmp_path / "a.mp4")})
        with pytest.raises(MediaNotFound):
            await workers.run({"job": "probe", "path": str(tmp_path / "none.mp4")})
        with pytest.raises(NemoError, match="KeyError"):
            await workers.run({"job": "no such job"})
    finally:
        await workers.close()
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "nemo_lab.local.worker", stdin=asyncio.subprocess.PIPE
    )
    assert child.stdin is not None
    child.stdin.close()
    assert await asyncio.wait_for(child.wait(), 20) == 0


# --- renders ----------------------------------------------------------------------------------------


async def test_a_render_goes_through_its_stations(room: SimpleNamespace) -> None:
    row = await room.jobs.submit(room.project, order())
    assert row["status"] == "pending"
    shown = await ended(room)
    assert shown["status"] == "completed"
    assert shown["progress"] == 100
    assert shown["output"] == {"url": "http://h/api/render/proxy/r1/download", "duration": 1.5, "size": 4}
    assert shown["outputUrl"] == shown["output"]["url"]
    assert shown["id"] == shown["taskId"] == "r1"
    assert shown["success"] is True
    assert shown["createdAt"] == shown["completedAt"] == 1_800_000_000_000
    inner = shown["data"]
    assert all(
        inner[key] == shown[key] for key in ("id", "taskId", "status", "progress", "output", "outputUrl")
    )
    assert room.jobs.file("u", "r1").read_text() == "film"


async def test_the_same_order_is_the_same_render(room: SimpleNamespace) -> None:
    rows = await asyncio.gather(*(room.jobs.submit(room.project, order()) for _ in range(5)))
    assert len({row["folder"] for row in rows}) == 1
    await ended(room)
    again = await room.jobs.submit(room.project, order())
    assert again["status"] == "completed"
    assert len(list((room.folder / "renders").iterdir())) == 1


async def test_another_order_needs_another_id(room: SimpleNamespace) -> None:
    await room.jobs.submit(room.project, order())
    for other in (order("else"), order(height=480)):
        with pytest.raises(UsageError, match="duplicate id"):
            await room.jobs.submit(room.project, other)
    await room.jobs.submit(room.project, order("else", "r2"))
    assert (await ended(room, "r2"))["status"] == "completed"


@pytest.mark.parametrize(("kind", "error"), [("refuse", "broken. Mend it."), ("crash", "ended unexpectedly")])
async def test_a_failed_render_says_why_and_leaves_nothing(
    room: SimpleNamespace, kind: str, error: str
) -> None:
    await room.jobs.submit(room.project, order(kind))
    shown = await ended(room)
    assert shown["status"] == "failed"
    assert error in shown["error"]
    assert "outputUrl" not in shown
    await room.jobs.close()
    assert list((room.folder / "renders").iterdir()) == []
    with pytest.raises(SessionNotFound):
        room.jobs.file("u", "r1")


async def test_a_cancelled_render_is_killed_and_leaves_nothing(room: SimpleNamespace) -> None:
    before = children()
    await room.jobs.submit(room.project, order("hang"))
    await until(room, "processing")
    row = await room.jobs.cancel("u", "r1")
    assert (row["status"], row["error"]) == ("failed", "cancelled")
    assert described(row, "")["cancelled"] is True
    assert children() == before
    assert list((room.folder / "renders").iterdir()) == []
    assert (await room.jobs.cancel("u", "r1"))["status"] == "failed"


async def test_a_render_that_waits_can_be_cancelled(room: SimpleNamespace) -> None:
    await room.jobs.submit(room.project, order("hang"))
    await until(room, "processing")
    await room.jobs.submit(room.project, order("fine", "r2"))
    assert room.jobs.status(("u", "r2")) == "pending"
    assert (await room.jobs.cancel("u", "r2"))["status"] == "failed"
    await room.jobs.submit(room.project, order("fine", "r3"))
    await room.jobs.cancel("u", "r1")
    assert (await ended(room, "r3"))["status"] == "completed"


async def test_a_finished_render_is_not_cancelled(room: SimpleNamespace) -> None:
    await room.jobs.submit(room.project, order())
    await ended(room)
    assert (await room.jobs.cancel("u", "r1"))["status"] == "completed"


async def test_another_server_can_cancel(room: SimpleNamespace) -> None:
    await room.jobs.submit(room.project, order("hang"))
    await until(room, "processing")
    store = Store(room.store.path, room.store.clock)
    lease = Lease(room.folder / "servers")
    other = Jobs(store, room.workers, lease, room.folder / "renders")
    assert other.get("u", "r1")["status"] == "processing"
    await other.cancel("u", "r1")
    deadline = time.monotonic() + 20
    while (room.folder / "renders").exists() and list((room.folder / "renders").iterdir()):
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)
    lease.close()
    store.close()


async def test_what_a_dead_server_left_has_failed(room: SimpleNamespace) -> None:
    dead = Lease(room.folder / "servers")
    jobs = Jobs(room.store, room.workers, dead, room.folder / "renders")
    await jobs.submit(room.project, order("hang"))
    await until(room, "processing")
    room.jobs.recover()
    assert room.jobs.get("u", "r1")["status"] == "processing"
    dead.close()
    room.jobs.recover()
    row = room.jobs.get("u", "r1")
    assert row["status"] == "failed"
    assert row["error"].startswith("interrupted")
    await jobs.close()


async def test_closing_fails_what_runs(room: SimpleNamespace) -> None:
    await room.jobs.submit(room.project, order("hang"))
    await until(room, "processing")
    await room.jobs.close()
    assert room.jobs.get("u", "r1")["error"].startswith("interrupted")


async def test_what_cannot_be_rendered_is_refused_at_once(room: SimpleNamespace, tmp_path: Path) -> None:
    empty = Order("r", Draft.from_wire({"t": [{"tt": 0, "sg": []}]}), Export(format="mp4"), {})
    with pytest.raises(NotReady):
        await room.jobs.submit(room.project, empty)
    draft = Draft.from_wire({"t": [{"tt": 0, "sg": [{"d": 1, "x_asset": "a"}]}]})
    with pytest.raises(UsageError, match="does not have"):
        await room.jobs.submit(room.project, Order("r", draft, Export(format="mp4"), {}))
    gone = StoredFile("a", "my.mp4", tmp_path / "gone.mp4", 1, 1, None, {}, "path")
    with pytest.raises(FileChanged):
        await room.jobs.submit(room.project, Order("r", draft, Export(format="mp4"), {"a": gone}))
    with pytest.raises(SessionNotFound):
        room.jobs.get("u", "r")


async def test_renders_of_others_do_not_exist(room: SimpleNamespace) -> None:
    await room.jobs.submit(room.project, order())
    for user, name in (("v", "r1"), ("u", "../r1"), ("u", "")):
        with pytest.raises(SessionNotFound):
            room.jobs.get(user, name)


async def test_old_renders_go_and_strays_too(room: SimpleNamespace) -> None:
    await room.jobs.submit(room.project, order())
    await ended(room)
    (room.folder / "renders" / "stray").mkdir()
    room.now[0] += 7200
    room.jobs.tidy(1_700_000_000.0)
    assert room.jobs.file("u", "r1").is_file()
    assert not (room.folder / "renders" / "stray").exists()
    room.jobs.tidy(room.now[0])
    assert list((room.folder / "renders").iterdir()) == []
    with pytest.raises(SessionNotFound):
        room.jobs.get("u", "r1")


def test_the_digest_knows_what_matters() -> None:
    assert order().digest == order(name="r2").digest
    assert order().digest != order("else").digest
    assert order().digest != order(quality="low").digest
    assert json.dumps(order().draft.to_wire())


async def test_a_render_that_dies_is_a_render_failed(room: SimpleNamespace) -> None:
    with pytest.raises(RenderFailed):
        await room.workers.run({"job": "render", "draft": {"m": {"title": "crash"}}})
    assert isinstance(room.project, Project)
