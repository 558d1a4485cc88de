"""A run on the cloud that did not end is taken up by the next one of the same; one that ended is not."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

import nemo_lab
from nemo_lab.client import connect
from nemo_lab.client.session import AsyncSession
from nemo_lab.errors import Disconnected, EditError
from nemo_lab.local import Policy
from nemo_lab.recipes.unfinished import Unfinished
from tests.contract.serving import as_cloud
from tests.media.clips import Clip, make

CALM = replace(Policy.like_cloud(), silent_share=0.0, trouble_share=0.0, starting_credits=1000)
CUT = "cut the first half second"


@pytest.fixture
def cloud(tmp_path):
    with as_cloud(tmp_path, CALM) as running:
        yield running


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return make(tmp_path / "talk.mp4", Clip(seconds=2))


def run(cloud, source, text=CUT, **more):
    with connect(settings=cloud.settings) as client:
        return nemo_lab.edit(source, text, source.with_name("out.mp4"), client=client, **more)


def breaks(monkeypatch, error):
    """Let the next export break."""
    original = AsyncSession.export

    async def export(self, *given, **more):
        monkeypatch.setattr(AsyncSession, "export", original)
        raise error

    monkeypatch.setattr(AsyncSession, "export", export)


@pytest.mark.parametrize("error", [Disconnected("cut"), KeyboardInterrupt()])
def test_it_is_taken_up_and_paid_for_once(cloud, source, monkeypatch, error):
    breaks(monkeypatch, error)
    with pytest.raises(type(error)):
        run(cloud, source)
    record = run(cloud, source)
    assert cloud.credits()["total"] == 950
    assert any("interrupted: its project was taken up" in note for note in record.notes)
    assert any("said before an interruption" in note for note in record.notes)
    assert len(cloud.state(record.session_id)["video_infos"]) == 1
    assert not list((cloud.settings.data_dir / "sessions" / "unfinished").iterdir())


def test_another_wish_another_target_and_fresh_begin_anew(cloud, source, monkeypatch):
    first = []
    for text, more in ((CUT, {}), ("cut the last half second", {}), (CUT, {"fresh": True})):
        breaks(monkeypatch, Disconnected("cut"))
        with pytest.raises(Disconnected):
            run(cloud, source, text, **more)
        first.append(cloud.credits()["total"])
    assert first == [950, 900, 850]


def test_what_cannot_go_on_is_not_taken_up(cloud, source):
    for _ in range(2):
        with pytest.raises(EditError):
            run(cloud, source, "sing me a song")
    assert not list((cloud.settings.data_dir / "sessions" / "unfinished").iterdir())


def test_two_at_once_share_no_project(tmp_path):
    with Unfinished(tmp_path, "ab" * 20) as one:
        one.note("1")
        with Unfinished(tmp_path, "ab" * 20) as two:
            assert two.session_id == ""
            two.note("2")
    with suppress(KeyboardInterrupt), Unfinished(tmp_path, "ab" * 20) as one:
        one.note("1")
        raise KeyboardInterrupt
    with Unfinished(tmp_path, "ab" * 20) as three:
        assert three.session_id == "1"


def test_a_folder_that_cannot_be_written_costs_only_the_safety(tmp_path):
    (tmp_path / "sessions").write_text("")
    with Unfinished(tmp_path, "ab" * 20) as note:
        note.note("1")
        assert note.session_id == ""
