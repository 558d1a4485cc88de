"""Sentences to plans: the evaluation set, and the properties that no single line shows."""

from __future__ import annotations

import json
import time
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from nemo_lab.engine.understand import understand
from nemo_lab.engine.understand.rules.limits import what_to_do
from nemo_lab.protocol.draft import Draft
from nemo_lab.protocol.plan import (
    Blur,
    Condense,
    Cut,
    EditPlan,
    Keep,
    Mute,
    Protect,
    Question,
    Remove,
    Reorder,
    Speed,
    Split,
    Title,
    Undo,
)
from nemo_lab.protocol.router import export_wish

LINES = [
    json.loads(line)
    for line in (Path(__file__).parent / "data" / "sentences.jsonl").read_text(encoding="utf-8").splitlines()
]
FLOOR = 0.98
DRAFT = Draft.from_wire(
    {
        "d": 100_000,
        "m": {"title": "Trip"},
        "t": [{"tt": 0, "sg": [{"d": 40_000}, {"d": 35_000}, {"d": 25_000}]}],
    }
)

EDITED = Draft.from_wire(
    {
        "d": 60_000,
        "m": {"title": "Trip", "width": 1920, "height": 1080},
        "t": [
            {"tt": 0, "sg": [{"d": 10_000}, {"d": 15_000}, {"d": 20_000}, {"d": 15_000}]},
            {
                "tt": 7,
                "sg": [
                    {"d": 3000, "x_start": 0, "m": {"text": "Welcome"}},
                    {"d": 3000, "x_start": 25_000, "m": {"text": "Part two"}},
                ],
            },
            {"tt": 1, "m": {"role": "music"}, "sg": [{"d": 60_000, "x_name": "lofi"}]},
        ],
        "x_effects": [
            {"op": "color", "brightness": 0.2},
            {"op": "blur", "strength": 10},
            {"op": "watermark", "file": "logo"},
        ],
    }
)
"""What the lines with ``session`` follow up."""


@cache
def plan_for(text: str, *, followed: bool) -> EditPlan:
    """Understand a sentence once for all tests."""
    return understand(text, session=EDITED if followed else None)


def plan_of(line: dict) -> EditPlan:
    """Understand a line, as a follow-up where it is one."""
    return plan_for(line["text"], followed=bool(line.get("session")))


def is_chinese(text: str) -> bool:
    """Whether a sentence has Chinese words; mixed ones count as Chinese."""
    return any("\u3400" <= c <= "\u9fff" for c in text)


def wrong(line: dict) -> str | None:
    """Return what is wrong with the plan for a line, or ``None``."""
    plan = plan_of(line)
    got = [operation.model_dump(mode="json") for operation in plan.operations]
    if plan.route != line["route"]:
        return f"route {plan.route}"
    if [op["op"] for op in got] != [op["op"] for op in line["ops"]]:
        return f"operations {[op['op'] for op in got]}"
    for have, want in zip(got, line["ops"], strict=True):
        for key, value in want.items():
            if have.get(key) != value:
                return f"{want['op']}.{key} = {have.get(key)!r}, not {value!r}"
    if line.get("unsupported") and not plan.unsupported:
        return "nothing unsupported"
    if line.get("settled") and (plan.questions or (plan.unsupported and not line.get("unsupported"))):
        return f"left open: {plan.unsupported or plan.questions}"
    hit = {op["op"] for op in got} & set(line.get("forbidden", ()))
    return f"forbidden {hit}" if hit else None


def test_score_of_the_evaluation_set():
    faults = {line["text"]: fault for line in LINES if (fault := wrong(line))}
    for language, among in (("Chinese", True), ("English", False)):
        lines = [line["text"] for line in LINES if is_chinese(line["text"]) is among]
        missed = [(text, faults[text]) for text in lines if text in faults]
        score = 1 - len(missed) / len(lines)
        print(f"{language}: understood {score:.1%} of {len(lines)} sentences", *missed, sep="\n  ")  # noqa: T201 - the score is for people
        assert score >= FLOOR, missed


def test_the_set_is_large_mixed_and_covers_every_operation():
    chinese = sum(is_chinese(line["text"]) for line in LINES)
    assert len(LINES) >= 1000
    assert 0.35 < chinese / len(LINES) < 0.65
    ops = Counter(op["op"] for line in LINES for op in line["ops"])
    assert len(ops) >= 30
    assert len({line["text"] for line in LINES}) == len(LINES)


def test_nothing_forbidden_is_ever_done():
    for line in LINES:
        done = {operation.op for operation in plan_of(line).operations}
        assert not done & set(line.get("forbidden", ())), line["text"]


def test_stray_spaces_change_nothing():
    for line in LINES[::3]:
        assert understand(f"  {line['text']} ") == plan_for(line["text"], followed=False)


def test_every_default_is_itself_understood():
    questions = [question for line in LINES for question in plan_of(line).questions]
    assert len(questions) >= 10
    for question in questions:
        if question.default is not None:
            answered = understand(question.default)
            assert answered.route in {"edit", "export"}, question
            assert not answered.questions, question


@pytest.mark.parametrize(
    "text",
    [
        "make it pop",
        "cut the intro",
        "split it into 3 parts",
        "delete 0:10-0:20 but keep everything complete",
        "make it vertical and make it square",
        "弄好看点",
        "删掉10到20秒，但要保持完整",
    ],
)
def test_an_answer_settles_its_question(text):
    [question] = understand(text).questions
    for option in question.options:
        plan = understand(f"{text}, {option}")
        assert plan.questions == ()
        assert plan.route == "edit"


def test_a_free_answer_settles_a_question_of_its_kind():
    plan = understand("cut the intro and add captions, cut the first 7 seconds")
    assert [op.op for op in plan.operations] == ["captions", "cut"]
    assert plan.questions == ()


def test_the_words_of_a_title_may_come_as_the_answer():
    assert understand("add a title").questions[0].default is None
    [title] = understand("add a title, my trip to Rome").operations
    assert isinstance(title, Title)
    assert title.text == "my trip to Rome"


def test_the_name_of_the_project_is_the_default_title():
    [question] = understand("add a title", session=DRAFT).questions
    assert question.default == 'add the title "Trip"'


def test_what_is_not_understood_is_quoted_and_the_rest_done():
    plan = understand("cut the first 5 seconds, add a dancing hologram and mute the end")
    assert plan.operations[0] == Cut(start_ms=0, end_ms=5000)
    assert any("dancing hologram" in text for text in plan.unsupported)


def test_a_vague_wish_beside_a_clear_one_is_named_not_asked():
    plan = understand("make it pop and cut the first 5 seconds")
    assert plan.operations == (Cut(start_ms=0, end_ms=5000),)
    assert plan.questions == ()
    assert plan.unsupported == ("make it pop",)


@pytest.mark.parametrize(
    ("text", "operation"),
    [
        ("keep the first half", Keep(start_ms=0, end_ms=50_000)),
        ("删掉后一半", Cut(start_ms=50_000)),
        ("delete clip 2", Cut(start_ms=40_000, end_ms=75_000)),
        ("删掉第三段", Cut(start_ms=75_000, end_ms=100_000)),
        ("shorten it by 30 seconds", Condense(target_ms=70_000)),
        ("split it into 4 equal parts", Split(every_ms=25_000)),
        ("speed it up to fit 50 seconds", Speed(factor=2.0)),
        ("move clip 3 to the start", Reorder(order=(3, 1, 2))),
        ("move clip 1 to the end", Reorder(order=(2, 3, 1))),
    ],
)
def test_the_timeline_answers_what_words_leave_open(text, operation):
    assert understand(text, session=DRAFT).operations == (operation,)


def test_a_clip_that_is_not_there_is_not_cut():
    plan = understand("delete clip 9", session=DRAFT)
    assert plan.operations == ()
    assert plan.unsupported == ("delete clip 9",)


@pytest.mark.parametrize(
    "text", ["", " ", "?", "。", "'", "“”", "‹t:5#0›", "🎬🎬", "\n\n", "0:00-0:00", "a" * 9000, "剪" * 3000]
)
def test_odd_input_makes_a_plan(text):
    assert understand(text).route in {"edit", "clarify", "question"}


@pytest.mark.parametrize(
    "text", ["和" * 4000, "一二三四" * 1000, "10s and " * 500, "1" * 4000, "a.b" * 1300, "cut, " * 900]
)
def test_no_input_takes_long(text):
    began = time.process_time()
    understand(text)
    assert time.process_time() - began < 5


@pytest.mark.parametrize(
    ("report", "wish"),
    [
        ("I cut the first 10 seconds yesterday", "cut the first 10 seconds"),
        ("my boss hates crossfades", "my boss wants crossfades"),
        ("the captions will be burned in?", "burn in the captions"),
        ("maybe later we can add music", "maybe we can add music"),
        ("if I cut the first 10 seconds, how long is it?", "if you can, cut the first 10 seconds"),
        ("you can remove silence?", "can you remove the silence?"),
        ("前10秒我已经剪掉了", "前10秒帮我剪掉"),
        ("上次你把片头10秒剪了", "你把片头10秒剪了吧"),
        ("也许以后再加音乐", "再加点音乐"),
        ("这个软件能不能加字幕", "能不能加字幕"),
        ("听说你可以自动去静音段", "把静音段去掉"),
    ],
)
def test_what_is_only_told_asks_for_nothing(report, wish):
    assert understand(report).operations == ()
    assert understand(wish).operations != ()


def test_how_it_is_to_be_shorter_outweighs_that_it_is():
    assert [op.op for op in understand("make it shorter, cut the first 5 seconds").operations] == ["cut"]


def test_marks_cannot_be_forged():
    assert understand("cut ‹r:0:99999#7›").operations == ()


def test_undo_may_be_meant_twice():
    assert understand("undo, undo").operations == (Undo(), Undo())


def test_client_and_engine_agree_on_exports():
    """A slip of the finger is mended by the engine alone; then the client finds no export."""
    for line in LINES:
        plan = plan_for(line["text"], followed=False)
        if plan.route == "export":
            assert export_wish(line["text"]) in (plan.export, None), line["text"]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_usual_suggestions_are_understood(language):
    question = what_to_do(language)
    assert isinstance(question, Question)
    for option in question.options:
        plan = understand(option)
        assert plan.route == "edit"
        assert plan.language == language
        assert len(plan.operations) == 1


def test_a_sentence_takes_less_than_20_ms():
    for line in LINES[:100]:  # what is compiled once
        understand(line["text"])
    began = time.process_time()
    for line in LINES[100:400]:
        understand(line["text"])
    assert (time.process_time() - began) / 300 < 0.02


@pytest.mark.parametrize(
    ("text", "operation"),
    [
        ("cut everything before the second title", Cut(start_ms=0, end_ms=25_000)),
        ("cut 2 seconds after the intro title", Cut(start_ms=3000, end_ms=5000)),
        ("mute from the first to the second cut", Mute(start_ms=10_000, end_ms=25_000)),
        ("blur the last clip", Blur(start_ms=45_000, end_ms=60_000)),
        ("split it at the second cut", Split(at_ms=25_000)),
        ("删掉第一个剪切点和第三个剪切点之间的内容", Cut(start_ms=10_000, end_ms=45_000)),
        ("把第三段之后的都删掉", Cut(start_ms=45_000)),
        ('remove the title "part two"', Remove(target="title", number=2)),
        ("don't touch the second clip", Protect(start_ms=10_000, end_ms=25_000)),
    ],
)
def test_places_on_the_timeline(text, operation):
    assert understand(text, session=EDITED).operations == (operation,)


@pytest.mark.parametrize(
    "text",
    ["mute clip 9", "blur the seventh clip", "cut after the fifth title", 'add "Hi" after the third title'],
)
def test_a_place_that_is_not_there_changes_nothing_else(text):
    for session in (EDITED, None):
        plan = understand(text, session=session)
        assert plan.operations == ()
        assert plan.unsupported or plan.questions
