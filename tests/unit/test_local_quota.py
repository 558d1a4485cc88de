"""What is kept on the disk: so many bytes, for so long, and never at the cost of what is in use."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from nemo_lab.errors import DiskFull
from nemo_lab.local.jobs import Jobs
from nemo_lab.local.lease import Lease
from nemo_lab.local.projects import Projects
from nemo_lab.local.quota import KEPT_SECONDS, Quota
from nemo_lab.local.store import Store
from nemo_lab.local.workers import Workers
from tests.contract.serving import serving

pytestmark = pytest.mark.anyio
DAY = 24 * 3600.0


@pytest.fixture
def room(tmp_path: Path) -> Iterator[SimpleNamespace]:
    now = [1_800_000_000.0]
    store, lease = Store(tmp_path / "s.sqlite3", lambda: now[0]), Lease(tmp_path / "servers")
    projects = Projects(store)
    jobs = Jobs(store, Workers(), lease, tmp_path / "renders")
    quota = Quota(tmp_path, projects, jobs, 1000, lambda: now[0])
    yield SimpleNamespace(quota=quota, projects=projects, now=now, home=tmp_path, store=store)
    lease.close()
    store.close()


def project(room: SimpleNamespace, size: int) -> str:
    """Make a project that holds so many bytes."""
    made = room.projects.create("u", "p", None).id
    folder = room.home / "sessions" / made
    folder.mkdir(parents=True)
    (folder / "a.mp4").write_bytes(b"x" * size)
    return str(made)


def render(room: SimpleNamespace, session: str, size: int) -> Path:
    """Make a finished render of a project."""
    file = Path(room.home / "renders" / f"of-{session}" / "render.mp4")
    file.parent.mkdir(parents=True)
    file.write_bytes(b"x" * size)
    row = ("u", session, session, file.parent.name, "h", "mp4", room.now[0])
    with room.store.write() as db:
        db.execute(
            "INSERT INTO renders"
            " (user, id, session, folder, request, format, status, progress, owner, created)"
            " VALUES (?, ?, ?, ?, ?, ?, 'completed', 1, 'o', ?)", row,
        )  # fmt: skip
    return file


async def admit(room: SimpleNamespace, size: int) -> None:
    async with room.quota.admit(size) as spend:
        spend(size)


async def test_what_was_not_touched_for_longest_goes_first(room: SimpleNamespace) -> None:
    made = []
    for _ in range(3):
        room.now[0] += 2 * DAY
        made.append(project(room, 300))
    await admit(room, 300)
    assert room.projects.ids() == set(made[1:])
    assert {path.name for path in (room.home / "sessions").iterdir()} == set(made[1:])


async def test_nothing_of_today_goes_and_then_there_is_no_room(room: SimpleNamespace) -> None:
    kept = project(room, 800)
    with pytest.raises(DiskFull, match="NEMO_DATA_LIMIT"):
        await admit(room, 300)
    assert room.projects.ids() == {kept}
    await admit(room, 200)


async def test_what_is_refused_takes_no_room(room: SimpleNamespace) -> None:
    for _ in range(3):
        with pytest.raises(DiskFull):  # noqa: PT012 - the block is what is tested
            async with room.quota.admit() as spend:
                spend(600)
                spend(600)
    await admit(room, 1000)


async def test_a_disk_that_is_full_is_said_so(room: SimpleNamespace) -> None:
    with pytest.raises(DiskFull, match="no space left for the upload"):
        async with room.quota.admit(1):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    with pytest.raises(PermissionError):
        async with room.quota.admit(1):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))


async def test_renders_count_unless_the_user_has_them_too(room: SimpleNamespace) -> None:
    first = project(room, 10)
    render(room, first, 900)
    room.now[0] += 2 * DAY
    await admit(room, 200)
    assert room.projects.ids() == set()
    assert list((room.home / "renders").iterdir()) == []
    second = project(room, 10)
    file = render(room, second, 900)
    (room.home / "mine.mp4").hardlink_to(file)
    room.now[0] += 2 * DAY
    room.quota.tidy(700)
    assert room.projects.ids() == {second}
    assert file.is_file()


def test_what_is_old_goes_unless_it_was_rendered_lately(room: SimpleNamespace) -> None:
    _, rendered = project(room, 1), project(room, 1)
    stray = room.home / "sessions" / "stray"
    stray.mkdir()
    os.utime(stray, (1, 1))
    room.now[0] += KEPT_SECONDS + 1
    render(room, rendered, 1)
    room.quota.forget_old()
    assert room.projects.ids() == {rendered}
    assert [path.name for path in (room.home / "sessions").iterdir()] == [rendered]


@pytest.mark.parametrize("chunked", [False, True])
def test_an_upload_without_room_is_refused_and_leaves_nothing(tmp_path: Path, chunked: bool) -> None:
    with serving(tmp_path, data_limit=10_000) as backend:
        session = backend.session()
        form = b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.mp4"\r\n\r\n'
        body = form + b"y" * 20_000 + b"\r\n--x--\r\n"
        reply = backend.http.post(
            f"/api/upload-video/nemo_agent/me/{session}",
            content=iter([body]) if chunked else body,
            headers={"Content-Type": "multipart/form-data; boundary=x"},
        )
        assert (reply.status_code, reply.json()["code"]) == (507, 507)
        assert "NEMO_DATA_LIMIT" in reply.json()["message"]
        assert list(tmp_path.rglob("*.mp4")) == []
