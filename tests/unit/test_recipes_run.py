"""The one road, over a backend that is written down here."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from nemo_lab.client import Video
from nemo_lab.config import load_settings
from nemo_lab.errors import EditError, OutputExists, RenderFailed
from nemo_lab.protocol.draft import Draft, Segment, Track
from nemo_lab.protocol.events import Option, Progress, Question
from nemo_lab.protocol.messages import UploadItem
from nemo_lab.protocol.plan import Cut, Export
from nemo_lab.protocol.report import RenderReport
from nemo_lab.recipes import Recipe, RunRecord, draft_hash, edit, recipe_of, run


def draft(length: int) -> Draft:
    return Draft(tracks=(Track(segments=(Segment(duration_ms=length, asset="a"),)),), duration_ms=length)


def reply(text="Done.", **values) -> SimpleNamespace:
    blank = {"changes": (), "questions": (), "operations": (), "notes": ()}
    return SimpleNamespace(text=text, **(blank | values))


CUT = reply("Cut 2 s.", changes=("Length: 10s → 8s",), operations=({"op": "cut"}, {"op": "export"}))


REPORT = RenderReport(
    format="mp4",
    duration_ms=7000,
    frames=10,
    frames_copied=8,
    frames_encoded=2,
    size_bytes=5,
)


class FakeSession:
    """Answers with what it was given; writes a file when it exports."""

    id = "123"
    report = REPORT

    def __init__(self, replies: list[Any]) -> None:
        self.replies, self.said, self.exported, self.cancelled = replies, [], {}, False
        self.length = 10_000

    def upload(self, *paths, on_progress):
        self.files = paths
        on_progress(0.5)
        return tuple(UploadItem(id="a", filename=path.name) for path in paths)

    def chat(self, text, on_event=None):
        self.said.append(text)
        answer = self.replies.pop(0)
        if answer.changes:
            self.length = 8000
        return answer

    def timeline(self):
        return draft(self.length)

    def export(self, path, *, on_progress, **wishes):
        self.exported = wishes
        on_progress(1.0)
        path.write_bytes(b"video")
        return Video(path, path.suffix[1:], 5, "r1", report=self.report)

    def cancel(self):
        self.cancelled = True


class FakeClient:
    backend = "local"

    def __init__(self, *replies) -> None:
        self.session = FakeSession(list(replies))
        self.settings = load_settings()

    def create_session(self, name):
        return self.session


@pytest.fixture
def source(tmp_path) -> Path:
    path = tmp_path / "my rec.mkv"
    path.write_bytes(b"original")
    return path


def test_the_record_says_what_happened(source):
    client, events = FakeClient(CUT), []
    client.session.report = REPORT.model_copy(update={"notes": ("smaller",)})
    record = edit(source, "cut 0-2s and export 720p", client=client, quality="low", on_event=events.append)
    target = source.parent / "my rec-edited.mp4"
    assert target.read_bytes() == b"video"
    assert record.inputs[0].sha256 == hashlib.sha256(b"original").hexdigest()
    assert record.output.sha256 == hashlib.sha256(b"video").hexdigest()
    assert (record.before_ms, record.after_ms) == (10_000, 8000)
    assert record.said[0].operations == ({"op": "cut"},)
    assert record.draft_sha256 == draft_hash(draft(8000))
    assert record.export == Export(format="mp4", height=720, quality="low")
    assert client.session.exported["height"] == 720
    assert record.render == client.session.report
    assert record.notes == ("smaller",)
    assert {"nemo_lab", "python", "av"} <= set(record.versions)
    assert {"connect", "upload", "edit", "export", "in all"} == set(record.seconds)
    assert Progress("upload", 0.5) in events
    kept = json.loads((source.parent / "my rec-edited.mp4.nemo.json").read_text())
    assert RunRecord.model_validate(kept) == record


def test_pure_export_wishes_are_not_said(source):
    client = FakeClient(CUT)
    recipe = Recipe(steps=("cut 0-2s", "export it as a gif"))
    record = run(recipe, source, client=client)
    assert client.session.said == ["cut 0-2s"]
    assert record.path.name == "my rec-edited.gif"


def test_a_conversion_needs_no_edit(source):
    client = FakeClient()
    assert edit(source, "convert it to webm", client=client).path.suffix == ".webm"
    assert client.session.said == []


def test_what_nobody_understood_is_an_error_and_no_copy(source):
    client = FakeClient(reply("I cannot dance."))
    with pytest.raises(EditError, match="I cannot dance"):
        edit(source, "dance", client=client)
    assert client.session.cancelled
    assert sorted(p.name for p in source.parent.iterdir()) == ["my rec.mkv"]


@pytest.mark.parametrize("op", ["captions", "highlights", "cut"])
def test_what_was_understood_but_not_done_is_an_error_too(source, op):
    with pytest.raises(EditError, match="Not in this version"):
        edit(source, "do it", client=FakeClient(reply("Not in this version.", operations=({"op": op},))))


def test_a_recording_without_pauses_needs_none_removed(source):
    nothing = reply("No pause was found.", operations=({"op": "remove_silence"},), notes=("no pause",))
    record = edit(source, "cut the pauses", client=FakeClient(nothing))
    assert record.said[0].notes == ("no pause",)
    assert record.notes == ()


def test_what_nobody_understood_is_noted_when_the_rest_was_done(source):
    client = FakeClient(reply("I cannot dance."), CUT)
    record = run(Recipe(steps=("dance", "cut 0-2s")), source, client=client)
    assert record.notes == ("not done: I cannot dance.",)


def test_a_question_alone_saves_nothing(source):
    with pytest.raises(EditError, match="It is 10 s long"):
        edit(source, "how long is it?", client=FakeClient(reply("It is 10 s long.")))


def test_a_question_takes_its_default_and_says_so(source):
    asked = Question("Keep or cut?", (Option("1", "keep"), Option("2", "cut")), default="keep")
    client = FakeClient(reply(questions=(asked,)), CUT)
    record = edit(source, "take 0:02 to 0:04", client=client)
    assert client.session.said[1] == "1. Keep or cut?: keep"
    assert record.notes == ("asked “Keep or cut?”, took “keep”",)
    assert record.said[0].changes == CUT.changes


def test_what_was_done_before_a_question_counts(source):
    asked = Question("Keep the music?", default="keep")
    done = reply(changes=("BGM added",), questions=(asked,))
    record = edit(source, "make a video", client=FakeClient(done, reply("Kept.")))
    assert record.said[0].changes == ("BGM added",)


def test_a_question_without_a_default_ends_it(source):
    asked = Question("Which one?", (Option("1", "a"), Option("2", "b")))
    with pytest.raises(EditError, match=r"Which one\?.*a, b"):
        edit(source, "cut it", client=FakeClient(reply(questions=(asked,))))


def test_questions_without_end_end_it(source):
    asked = Question("Sure?", default="yes")
    with pytest.raises(EditError, match="Sure"):
        edit(source, "cut it", client=FakeClient(*[reply(questions=(asked,))] * 9))


def test_a_failed_export_stops_the_backend_and_leaves_nothing(source):
    client = FakeClient(CUT)

    def fail(*args, **kwargs):
        raise RenderFailed("no")

    client.session.export = fail
    with pytest.raises(RenderFailed):
        edit(source, "cut 0-2s", client=client)
    assert client.session.cancelled
    assert sorted(p.name for p in source.parent.iterdir()) == ["my rec.mkv"]


def test_an_existing_output_stops_it_before_anything_is_said(source):
    target = source.parent / "my rec-edited.mp4"
    target.write_bytes(b"precious")
    client = FakeClient(CUT)
    with pytest.raises(OutputExists):
        edit(source, "cut 0-2s", client=client)
    assert target.read_bytes() == b"precious"
    assert client.session.said == []
    edit(source, "cut 0-2s", client=client, overwrite=True)
    assert target.read_bytes() == b"video"


def test_typed_steps_and_parameters_are_said(source):
    client = FakeClient(CUT, CUT)
    recipe = Recipe(steps=(Cut(end_ms=2000), "title '{t}'"), parameters={"t": "x"})
    run(recipe, source, client=client, parameters={"t": "{y}"})
    assert client.session.said == [
        'Apply exactly this edit: {"op": "cut", "end_ms": 2000}',
        "title '{y}'",
    ]


def test_braces_in_a_sentence_are_words(source):
    client = FakeClient(CUT)
    edit(source, "add a title '{x}'", client=client)
    assert client.session.said == ["add a title '{x}'"]


def test_a_session_becomes_a_recipe():
    session = SimpleNamespace(
        said=("cut 0-2s", "how long is it?", "add a title '{x}'", "undo", "export 720p", "credits")
    )
    recipe = recipe_of(session, Export(quality="high"))
    assert recipe.resolved_steps() == ("cut 0-2s", "add a title '{x}'", "undo")
    assert recipe.export == Export(height=720, quality="high")
    assert Recipe.loads(recipe.dumps()) == recipe
