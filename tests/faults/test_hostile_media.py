"""Hostile files: an error that says what is wrong, or a result; never a dead server, nor a look elsewhere."""

from __future__ import annotations

import os
import random
import socket
from pathlib import Path
from typing import Any

import psutil
import pytest

from nemo_lab import errors
from nemo_lab.errors import MediaError
from nemo_lab.local import Options
from tests.contract.serving import Backend, serving
from tests.contract.test_server_process import process
from tests.faults.hostile import Named, bombs, crafted, good_files, mutated
from tests.faults.tracing import STRACE, Traced
from tests.media.clips import Clip, make

MIB = 1024**2


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> list[Named]:
    return good_files(tmp_path_factory.mktemp("good"))


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """A whole recording that lies outside of every session."""
    return make(tmp_path / "outside.wav", Clip(seconds=0.5))


@pytest.mark.parametrize("count", [40, pytest.param(3000, marks=pytest.mark.soak)])
def test_g14_a_file_is_taken_or_refused_by_a_proper_error(
    goal: Any, seed: int, tmp_path: Path, good: list[Named], secret: Path, count: int
) -> None:
    dice = random.Random(seed)
    made = crafted(secret, 9, good)
    files = (made if count > len(made) * 2 else dice.sample(made, 15)) + [
        mutated(dice, good) for _ in range(count)
    ]
    wrong: list[Any] = []
    killed: list[Any] = []
    with serving(tmp_path, Options(token="t", heartbeat=1)) as backend:
        session = backend.session()
        for number, (suffix, data) in enumerate(files):
            name = f"{number}{suffix}"
            reply = backend.http.post(
                f"/api/upload-video/nemo_agent/me/{session}", files={"files": (name, data)}
            )
            body = reply.json()
            if body.get("code") not in {0, 4001} or reply.status_code != 200:
                wrong.append((name, reply.status_code, body))
            elif body["code"] == 0:
                wrong += _used(backend, session, name) if number % 15 == 0 else []
                session = backend.session()
            if "ended unexpectedly" in str(body):
                killed.append((name, body))
        assert backend.stranger.get("/health").status_code == 200
        assert backend.upload(backend.session(), secret).json()["code"] == 0
    goal.none("G14", "hostile files with another end than an error of ours or a result", wrong, len(files))
    goal.none("G14", "hostile files that killed a worker process", killed, len(files))


def _used(backend: Backend, session: str, name: str) -> list[Any]:
    """Edit and render a file that was taken; return what ended improperly."""
    for event in backend.say(session, "cut the pauses"):
        kind = event.get("errorCode")
        if kind is not None and (kind == "NemoError" or not hasattr(errors, kind)):
            return [(name, event)]
    if backend.submit(session, f"r-{session}", format="mp4").status_code != 200:
        return []  # nothing on the timeline: a picture alone, or all was silence
    ended = backend.finished(f"r-{session}", 120)
    return [(name, ended)] if ended["status"] == "failed" and "Error:" in str(ended["error"]) else []


@pytest.mark.anyio
@pytest.mark.parametrize("count", [10, pytest.param(400, marks=pytest.mark.soak)])
async def test_g14_nothing_else_is_opened_and_nobody_called(
    goal: Any, seed: int, tmp_path: Path, good: list[Named], secret: Path, count: int
) -> None:
    if STRACE is None:
        pytest.skip("strace is not installed (apt-get install strace)")
    dice, folder = random.Random(seed), tmp_path / "session"
    folder.mkdir()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        made = crafted(secret, listening.getsockname()[1], good)
        files = (dice.sample(made, 10) if count < 100 else made) + [mutated(dice, good) for _ in range(count)]
        paths = [_stored(folder, number, *file) for number, file in enumerate(files)]
        traced = Traced(tmp_path / "calls.log", folder)
        try:
            await _looked_into(traced, make(folder / "warm.mp4", Clip(seconds=0.2, size=(64, 48))))
            await _looked_into(traced, make(folder / "warm.png", Clip(size=(64, 48))))
            traced.begin()
            await _looked_into(traced, secret)
            assert traced.astray()[0]  # it would be seen
            traced.begin()
            for path in paths:
                await _looked_into(traced, path)
        finally:
            await traced.workers.close()
        listening.setblocking(False)
        with pytest.raises(BlockingIOError):
            listening.accept()
    astray, calls = traced.astray()
    assert calls >= len(files)
    goal.none(
        "G14", f"opens outside the session's folder, or connects, for {len(files)} files", astray, calls
    )


def _stored(folder: Path, number: int, suffix: str, data: bytes) -> Path:
    path = folder / f"{number}{suffix}"
    path.write_bytes(data)
    return path


async def _looked_into(traced: Traced, path: Path) -> None:
    """Probe a file, and analyse it when that went well."""
    try:
        info = await traced.workers.run({"job": "probe", "path": str(path)})
        target = str(path.parent / "found.json")
        await traced.workers.run({"job": "analyse", "path": str(path), "info": info, "target": target})
    except MediaError:
        pass


def test_g14_what_is_no_regular_file_is_not_taken(tmp_path: Path, secret: Path) -> None:
    os.mkfifo(tmp_path / "pipe.wav")
    (tmp_path / "zero.wav").symlink_to("/dev/zero")
    (tmp_path / "loop.wav").symlink_to(tmp_path / "loop.wav")
    (tmp_path / "folder.wav").mkdir()
    with serving(tmp_path / "home", Options(token="t", allow_paths=True)) as backend:
        session = backend.session()
        for name in ("pipe.wav", "zero.wav", "loop.wav", "folder.wav", "none.wav"):
            body = {"paths": [str(tmp_path / name)], "source_type": "path"}
            reply = backend.http.post(f"/api/upload-video/nemo_agent/me/{session}", json=body)
            assert (reply.status_code, reply.json()["message"].startswith("there is no file")) == (400, True)


@pytest.mark.parametrize("count", [7, pytest.param(20, marks=pytest.mark.soak)])
def test_g15_bombs_are_refused_and_the_next_job_is_done(goal: Any, tmp_path: Path, count: int) -> None:
    fine = make(tmp_path / "fine.wav", Clip(seconds=0.5))
    alive = []
    with process(tmp_path) as (server, http):
        root = psutil.Process(server.pid)
        upload = "/api/upload-video/nemo_agent/me/" + _session(http)
        assert http.post(upload, files={"files": ("fine.wav", fine.read_bytes())}).json()["code"] == 0
        before, workers = root.memory_info().rss, 0
        for what, suffix, make_bomb in bombs()[:count]:
            session = _session(http)
            upload = f"/api/upload-video/nemo_agent/me/{session}"
            reply = http.post(upload, files={"files": (f"bomb{suffix}", make_bomb())}, timeout=300).json()
            workers = max([workers, *(child.memory_info().rss for child in root.children(recursive=True))])
            after = http.post(upload, files={"files": ("fine.wav", fine.read_bytes())}, timeout=300).json()
            if reply["code"] not in {0, 4001} or after["code"] != 0:
                alive.append((what, reply, after))
        grown = (root.memory_info().rss - before) / MIB
    goal.none("G15", "bombs without a proper end, or after which a good file failed", alive, count)
    goal.at_most("G15", "MiB by which the server grew", grown, 48)
    goal.at_most("G15", "MiB that a worker process kept", workers / MIB, 2048)


def _session(http: Any) -> str:
    return str(http.post("/api/tasks/me/with-session/nemo_agent").json()["data"]["session_id"])
