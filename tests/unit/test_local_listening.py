"""Listening: once for all who ask, ahead of time when all rests, given up when nobody waits."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from nemo_lab.cache import Cache
from nemo_lab.engine.analysis import Analysis
from nemo_lab.errors import FileChanged, UnreadableMedia
from nemo_lab.local.listening import Listening
from nemo_lab.local.places import Places
from nemo_lab.local.projects import StoredFile
from nemo_lab.local.workers import Workers

pytestmark = pytest.mark.anyio

FAKE = """
import json, pathlib, sys, time
for line in sys.stdin:
    job = json.loads(line)
    path = pathlib.Path(job["path"])
    with path.with_name("begun").open("a") as begun:
        begun.write(path.name + "\\n")
    while path.with_name("hold").exists():
        print(json.dumps({"progress": 0.5}), flush=True)
        time.sleep(0.02)
    if path.stem == "broken":
        error = {"type": "UnreadableMedia", "message": "broken", "remedy": ""}
        print(json.dumps({"error": error}), flush=True)
        continue
    pathlib.Path(job["target"]).write_text(json.dumps({"duration_ms": job["info"]["duration_ms"]}))
    print(json.dumps({"result": {}}), flush=True)
"""


class Room:
    """A folder of recordings, and who listens to them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.workers = Workers(command=(sys.executable, "-c", FAKE))
        cache = Cache(folder / "cache", 10**9)
        self.listening = Listening(self.workers, cache, Places(cache))
        self.hold = folder / "hold"
        self.told: list[float] = []

    def file(self, name: str = "talk.mkv", *, audio: bool = True) -> StoredFile:
        path = self.folder / name
        path.write_bytes(name.encode())
        facts = path.stat()
        info = {"duration_ms": 1500, "audio": [{}] if audio else []}
        return StoredFile(name, name, path, facts.st_size, facts.st_mtime_ns, None, info, "path")

    @property
    def begun(self) -> list[str]:
        path = self.folder / "begun"
        return path.read_text().split() if path.exists() else []

    async def until(self, count: int) -> None:
        """Wait until so many were begun."""
        async with asyncio.timeout(30):
            while len(self.begun) < count:
                await asyncio.sleep(0.01)

    async def kept(self) -> None:
        """Wait until an analysis is kept."""
        async with asyncio.timeout(30):
            while not list((self.folder / "cache" / "analysis").glob("*.json")):
                await asyncio.sleep(0.01)


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    made = Room(tmp_path)
    yield made
    made.hold.unlink(missing_ok=True)
    await made.listening.close()
    await made.workers.close()


async def test_all_who_ask_wait_for_one_and_hear_how_far_it_is(room: Room):
    room.hold.touch()
    file, later = room.file(), []
    first = asyncio.create_task(room.listening.analysis(file, room.told.append))
    await room.until(1)
    second = asyncio.create_task(room.listening.analysis(file, later.append))
    async with asyncio.timeout(30):
        while 0.5 not in later:
            await asyncio.sleep(0.01)
    room.hold.unlink()
    assert await first == await second == Analysis(duration_ms=1500)
    assert room.told[0] == 0
    assert room.begun == ["talk.mkv"]
    assert await room.listening.analysis(file, room.told.append) == Analysis(duration_ms=1500)
    assert room.begun == ["talk.mkv"], "it was kept"


async def test_one_who_leaves_does_not_take_it_from_the_others(room: Room):
    room.hold.touch()
    file = room.file()
    leaves, stays = (asyncio.create_task(room.listening.analysis(file, lambda _: None)) for _ in range(2))
    await room.until(1)
    leaves.cancel()
    await asyncio.wait([leaves])
    room.hold.unlink()
    assert await stays == Analysis(duration_ms=1500)
    assert room.begun == ["talk.mkv"]


async def test_what_nobody_waits_for_is_given_up_and_begun_anew(room: Room):
    room.hold.touch()
    file = room.file()
    asking = asyncio.create_task(room.listening.analysis(file, room.told.append))
    await room.until(1)
    asking.cancel()
    again = asyncio.create_task(room.listening.analysis(file, room.told.append))
    await room.until(2)
    room.hold.unlink()
    assert await again == Analysis(duration_ms=1500)
    assert asking.cancelled()


async def test_it_is_begun_before_anybody_asks(room: Room):
    room.hold.touch()
    file = room.file()
    room.listening.begin([room.file("picture.png", audio=False), file])
    await room.until(1)
    room.hold.unlink()
    await room.kept()
    assert await room.listening.analysis(file, room.told.append) == Analysis(duration_ms=1500)
    assert room.begun == ["talk.mkv"]


async def test_it_is_not_begun_while_something_else_is_at_work(room: Room):
    room.hold.touch()
    asking = asyncio.create_task(room.listening.analysis(room.file("other.mkv"), room.told.append))
    await room.until(1)
    room.listening.begin([room.file()])
    room.hold.unlink()
    await asking
    await asyncio.sleep(0.2)
    assert room.begun == ["other.mkv"]


async def test_a_render_ends_what_nobody_asked_for(room: Room):
    room.hold.touch()
    room.listening.begin([room.file()])
    await room.until(1)
    room.listening.rest()
    async with asyncio.timeout(30):
        while room.workers.busy:
            await asyncio.sleep(0.01)
    room.hold.unlink()
    assert not list((room.folder / "cache" / "analysis").glob("*"))


async def test_a_render_leaves_what_somebody_asked_for_meanwhile(room: Room):
    room.hold.touch()
    file = room.file()
    room.listening.begin([file])
    await room.until(1)
    asking = asyncio.create_task(room.listening.analysis(file, room.told.append))
    while not room.told:
        await asyncio.sleep(0.01)
    room.listening.rest()
    room.hold.unlink()
    assert await asking == Analysis(duration_ms=1500)
    assert room.begun == ["talk.mkv"]


async def test_what_cannot_be_heard_troubles_only_who_asks(room: Room):
    broken, talk = room.file("broken.mkv"), room.file()
    room.listening.begin([broken, talk])
    await room.kept()
    assert room.begun == ["broken.mkv", "talk.mkv"]
    with pytest.raises(UnreadableMedia, match="broken"):
        await room.listening.analysis(broken, room.told.append)
    os.utime(talk.path, ns=(1, 1))
    with pytest.raises(FileChanged):
        await room.listening.analysis(talk, room.told.append)
