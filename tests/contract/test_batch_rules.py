"""A batch in the cloud: credits, limits, and what was interrupted while it cost something."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import nemo_lab
from nemo_lab.client import Client
from nemo_lab.client.core import AsyncClient, Backend
from nemo_lab.recipes.batch import work
from nemo_lab.recipes.batch.ledger import FOLDER
from tests.contract.scripted import DRAFT, TITLED, Cloud, Json, Stream, VirtualClock, edited, message


class Editor:
    """A cloud that gives each new project the plain timeline, and a title to it when asked."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        cloud.script("POST /api/tasks/.*", *[self.begin] * 20)

    def begin(self, request: Any) -> Any:
        self.cloud.draft = DRAFT
        return self.cloud._route(request)

    def edits(self, times: int) -> list[Any]:
        def edit() -> None:
            self.cloud.draft = TITLED

        return [lambda request: Stream([*edited(), edit, message("Done.")]) for _ in range(times)]


@pytest.fixture
def client(cloud: Cloud, clock: VirtualClock, settings: Any) -> Any:
    with Client(AsyncClient(Backend("cloud", cloud.url), settings, clock=clock)) as made:
        yield made


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "in").mkdir()
    for name in "abc":
        (tmp_path / "in" / f"{name}.mp4").write_bytes(name.encode() * 3000)
    (tmp_path / "r.toml").write_text("""steps = ["add a title 'Urban Dreams' for 3 seconds"]""")
    return tmp_path


def ran(folder: Path, client: Any, **options: Any) -> nemo_lab.BatchReport:
    return nemo_lab.batch(folder / "r.toml", folder / "in", folder / "out", client=client, jobs=1, **options)


def test_the_batch_ends_with_the_credits_and_goes_on_with_new_ones(
    cloud: Cloud, client: Any, folder: Path
) -> None:
    editor = Editor(cloud)
    cloud.script("POST /run_sse", *editor.edits(1), Json({"code": 2001, "message": "credits exhausted"}, 402))
    report = ran(folder, client)
    assert (len(report.done), len(report.failed), len(report.waiting)) == (1, 1, 1)
    assert "credits exhausted" in report.stopped
    assert "Top up" in report.stopped
    assert len(cloud.chats) == 2
    cloud.script("POST /run_sse", *editor.edits(2))
    report = ran(folder, client)
    assert (len(report.done), report.skipped, report.stopped) == (3, 1, "")
    assert len(cloud.chats) == 4
    assert not list((folder / "out" / FOLDER / "claims").iterdir())


def test_a_limit_is_waited_out(
    cloud: Cloud, client: Any, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "PAUSES", (0.01, 0.02))
    editor = Editor(cloud)
    cloud.script("POST /run_sse", Json({"code": 429}, 429), Json({"code": 429}, 429), *editor.edits(3))
    assert len(ran(folder, client).done) == 3
    assert len(cloud.chats) == 5


def test_a_limit_without_end_ends_the_batch(
    cloud: Cloud, client: Any, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "PAUSES", (0.01, 0.02))
    Editor(cloud)
    cloud.script("POST /run_sse", *[Json({"code": 429}, 429)] * 3)
    report = ran(folder, client)
    assert (len(report.failed), len(report.waiting)) == (1, 2)
    assert report.failed[0].kind == "RateLimited"
    assert report.stopped


def test_what_was_interrupted_in_the_cloud_is_not_said_again_by_itself(
    cloud: Cloud, client: Any, folder: Path
) -> None:
    editor = Editor(cloud)
    claims = folder / "out" / FOLDER / "claims"
    claims.mkdir(parents=True)
    (claims / "b.mp4").touch()  # what an attempt leaves that is killed
    cloud.script("POST /run_sse", *editor.edits(3))
    report = ran(folder, client)
    assert [item.status for item in report.items] == ["done", "failed", "done"]
    assert "may have cost credits" in report.items[1].error
    assert len(cloud.chats) == 2
    assert [item.status for item in ran(folder, client, again=True).items] == ["done"] * 3
    assert len(cloud.chats) == 3


@pytest.fixture
def alone(folder: Path) -> Path:
    """One recording."""
    (folder / "in" / "b.mp4").unlink()
    (folder / "in" / "c.mp4").unlink()
    return folder


def test_what_was_interrupted_here_is_taken_up_and_not_paid_twice(
    cloud: Cloud, client: Any, alone: Path, settings: Any, clock: VirtualClock
) -> None:
    Editor(cloud)

    def stopped() -> None:
        cloud.draft = TITLED  # the cloud does it, but nobody hears the answer
        for session in list(client._sessions.values()):
            session.cancel()

    cloud.script("POST /run_sse", Stream([stopped], end="hang"))
    report = ran(alone, client)
    assert (report.items[0].kind, len(cloud.chats)) == ("Cancelled", 1)
    with Client(AsyncClient(Backend("cloud", cloud.url), settings, clock=clock)) as later:
        report = ran(alone, later)
    assert (report.items[0].status, len(cloud.chats)) == ("done", 1), report
    assert len(cloud.asked("POST /api/tasks/.*")) == 1
    assert not list((alone / "out" / FOLDER / "claims").iterdir())


def test_an_outcome_that_nobody_knows_is_not_said_again_by_itself(
    cloud: Cloud, client: Any, alone: Path
) -> None:
    editor = Editor(cloud)
    cloud.script("POST /run_sse", Stream([], end="rst"), *editor.edits(1))
    assert ran(alone, client).items[0].kind == "GenerationUnknown"
    assert "--again" in ran(alone, client).items[0].error
    assert len(cloud.chats) == 1
    assert ran(alone, client, again=True).items[0].status == "done"
    assert len(cloud.chats) == 2
