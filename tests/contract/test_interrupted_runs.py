"""A run that died in the middle is taken up: nothing is uploaded, said or paid for a second time."""

from __future__ import annotations

from dataclasses import replace

import pytest

from nemo_lab.client import connect
from nemo_lab.client.journal import Record
from nemo_lab.client.session import AsyncSession
from nemo_lab.engine.media import probe
from nemo_lab.errors import GenerationUnknown
from nemo_lab.local import Policy
from nemo_lab.recipes import Recipe, run
from tests.contract.serving import as_cloud
from tests.media.clips import Clip, make

CALM = replace(Policy.like_cloud(), silent_share=0.0, trouble_share=0.0)
RECIPE = Recipe(steps=("cut the first half second", "cut the last half second", "export 360p"))


class Killed(BaseException):
    """The process dies here."""


@pytest.fixture
def cloud(tmp_path):
    with as_cloud(tmp_path, CALM) as running:
        yield running


@pytest.mark.parametrize("dies_in", ["upload", "second step", "export"])
def test_a_run_is_taken_up_where_it_died(cloud, tmp_path, monkeypatch, dies_in):
    source = make(tmp_path / "talk.mp4", Clip(seconds=3))
    calls = {"upload": 0, "chat": 0, "export": 0}

    def dying(name, number, when):
        original = getattr(AsyncSession, name)

        async def call(self, *args, **more):
            calls[name] += 1
            dies = dies_in == when and calls[name] == number
            if dies and name != "upload":
                raise Killed
            result = await original(self, *args, **more)
            if dies:
                raise Killed
            return result

        monkeypatch.setattr(AsyncSession, name, call)

    dying("upload", 1, "upload")
    dying("chat", 2, "second step")
    dying("export", 1, "export")
    output = tmp_path / "out.mp4"
    with connect(settings=cloud.settings) as client, pytest.raises(Killed):
        run(RECIPE, source, output=output, client=client, project="job 1")
    with connect(settings=cloud.settings) as client:
        record = run(RECIPE, source, output=output, client=client, project="job 1")
    assert probe(output).duration_ms == pytest.approx(2000, abs=100)
    assert len(cloud.state(record.session_id)["video_infos"]) == 1
    assert calls["upload"] == 1
    assert cloud.credits()["available"] == 0  # 50 credits an edit: a third would have been refused
    assert any("before an interruption" in note for note in record.notes) == (dies_in != "upload")


def test_a_question_that_nobody_answered_any_more_is_not_passed_over(cloud, tmp_path):
    source = make(tmp_path / "talk.mp4", Clip(seconds=2))
    with connect(settings=cloud.settings) as client:
        session = client.create_session("job 2")
        session.upload(source)
        journal = client._core.journal
        known = journal.load(session.id)
        assert isinstance(known, Record)
        journal.save(known.model_copy(update={"said": ("cut the first half second",), "asked": True}))
    with (
        connect(settings=cloud.settings) as client,
        pytest.raises(GenerationUnknown, match="asked something"),
    ):
        run(RECIPE, source, output=tmp_path / "out.mp4", client=client, project="job 2")


def test_what_was_said_is_known_to_the_next_process(cloud, tmp_path):
    source = make(tmp_path / "talk.mp4", Clip(seconds=2))
    with connect(settings=cloud.settings) as client:
        session = client.create_session("job 3")
        session.upload(source)
        session.chat("cut the first half second")
    with connect(settings=cloud.settings) as client:
        again = client.create_session("job 3", resume=True)
        assert again.said == ("cut the first half second",)
        assert again.files == (str(source),)
        assert again.to_recipe().steps == ("cut the first half second",)
