"""Taking out again what earlier edits have put in."""

from __future__ import annotations

from typing import get_args

import pytest

from nemo_lab.engine.compose import place
from nemo_lab.engine.compose.words import removable
from nemo_lab.errors import EditError
from nemo_lab.protocol.draft import Draft, TrackType
from nemo_lab.protocol.plan import Remove, RemoveTarget
from tests.unit.test_compose import Table, song, video


@pytest.fixture
def table() -> Table:
    return Table(video(), song())


def test_one_title_of_several_goes_by_its_place_in_time(table):
    for text, start in (("third", 30_000), ("first", 0), ("second", 10_000)):
        table.do({"op": "title", "text": text, "start_ms": start})
    result = table.do({"op": "remove", "target": "title", "number": 2})
    assert result.done == ["Taken out again: title “second”"]
    assert sorted(text for text, _, _ in table.texts()) == ["first", "third"]
    table.do({"op": "remove", "target": "title", "number": -1})
    assert table.texts() == [("first", 0, 3000)]
    with pytest.raises(EditError, match="only 1"):
        table.do({"op": "remove", "target": "title", "number": 4})


def test_all_titles_go_but_not_the_captions(table):
    table.do({"op": "title", "text": "hello"})
    wire = table.draft.to_wire()
    spoken = {"d": 1000, "x_start": 500, "m": {"text": "spoken", "role": "captions"}}
    wire["t"].append({"tt": 7, "m": {"role": "captions"}, "sg": [spoken]})
    table.draft = Draft.from_wire(wire)
    table.do({"op": "remove", "target": "title"})
    assert [text for text, _, _ in table.texts()] == ["spoken"]
    result = table.do({"op": "remove", "target": "captions"}, language="zh")
    assert result.done == ["已去掉：字幕"]
    assert table.texts() == []


def test_music_goes_and_the_recording_stays(table):
    before = table.spans()
    table.do({"op": "music"})
    assert table.do({"op": "remove", "target": "music"}).done == ["Taken out again: music"]
    assert table.music() == []
    assert table.spans() == before


def test_transitions_go_all_or_one(table):
    table.do({"op": "cut", "start_ms": 10_000, "end_ms": 20_000})
    table.do({"op": "cut", "start_ms": 30_000, "end_ms": 35_000}, {"op": "transition"})
    assert table.do({"op": "remove", "target": "transition", "number": 1}).done[0].endswith("(1)")
    assert [s.transition is None for s in table.main[:2]] == [True, False]
    table.do({"op": "remove", "target": "transition"})
    assert all(s.transition is None for s in table.main)


def test_the_colour_goes_and_the_blur_stays(table):
    color = {"op": "color", "brightness": 0.2}
    table.do(color, {"op": "blur"}, {**color, "start_ms": 5000, "end_ms": 9000})
    table.do({"op": "remove", "target": "color"})
    assert [effect["op"] for effect in table.draft.effects] == ["blur"]
    assert all(not s.effects for s in table.main)


def test_a_fade_goes_by_its_end(table):
    table.do({"op": "fade", "direction": "in"}, {"op": "fade", "direction": "out"})
    table.do({"op": "remove", "target": "fade_out"})
    assert [effect["direction"] for effect in table.draft.effects] == ["in"]


@pytest.mark.parametrize("op", [{"op": "reframe", "aspect": "9:16"}, {"op": "rotate", "degrees": 90}])
def test_the_size_is_as_before(table, op):
    before = table.size
    table.do(op)
    assert table.size != before
    table.do({"op": "remove", "target": op["op"]})
    assert table.size == before


def test_the_speed_is_as_before(table):
    table.do({"op": "speed", "factor": 4}, {"op": "title", "text": "end", "start_ms": 50_000})
    table.do({"op": "speed", "factor": 0.5, "start_ms": 0, "end_ms": 5000})
    table.do({"op": "remove", "target": "speed"})
    assert table.draft.duration_ms == 60_000
    assert [text for text, _, _ in table.texts()] == ["end"]
    assert {s.speed for s in table.main} == {1.0}


def test_the_sound_is_as_before(table):
    table.do({"op": "mute", "start_ms": 0, "end_ms": 5000}, {"op": "normalize"}, {"op": "denoise"})
    for target in ("volume", "normalize", "denoise"):
        table.do({"op": "remove", "target": target})
    assert all(s.volume is None for s in table.main)
    assert table.draft.effects == ()


@pytest.mark.parametrize("target", get_args(RemoveTarget))
def test_what_is_not_there_is_said(table, target):
    for language in ("en", "zh"):
        with pytest.raises(EditError):
            table.do({"op": "remove", "target": target}, language=language)
        assert removable(language, Remove(target=target).target)


def test_times_and_other_edits_of_the_plan_are_not_disturbed(table):
    table.do({"op": "title", "text": "old"})
    plan = ({"op": "remove", "target": "title"}, {"op": "cut", "start_ms": 0, "end_ms": 2000},
            {"op": "title", "text": "new", "start_ms": 4000})  # fmt: skip
    table.do(*plan)
    assert table.texts() == [("new", 2000, 3000)]
    assert place(table.draft, video("b.mkv", 5)).of_type(TrackType.VIDEO)
