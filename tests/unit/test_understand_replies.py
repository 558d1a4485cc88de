"""What is said back: answers, reports and suggestions, in the language in which was asked."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace

import pytest

from nemo_lab.engine.understand import answer, reply, suggestions, understand
from nemo_lab.protocol.draft import Draft
from nemo_lab.protocol.plan import EditPlan

DRAFT = Draft.from_wire(
    {
        "d": 60_000,
        "m": {"title": "Trip", "width": 1920, "height": 1080, "x_rate": "30000/1001"},
        "t": [
            {
                "tt": 0,
                "sg": [
                    {"d": 40_000, "x_asset": "a", "x_name": "talk.mkv"},
                    {"d": 20_000, "x_asset": "a", "x_name": "talk.mkv"},
                ],
            }
        ],
    }
)
LIBRARY = {
    "a": SimpleNamespace(name="talk.mkv", info=SimpleNamespace(duration_ms=75_500, width=1920, height=1080))
}
EMPTY = Draft()


@dataclass
class Composed:
    draft: Draft = DRAFT
    done: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def ask(text, draft=DRAFT, language="en"):
    return answer(text, draft, LIBRARY, language)


def test_the_length_is_told():
    assert "60 s" in ask("how long is the video?")
    assert "60 秒" in ask("现在视频多长？", language="zh")


def test_what_was_cut_is_told_from_the_files():
    assert "15.5 s are gone" in ask("how much did you cut?")
    assert "去掉了 15.5 秒" in ask("剪掉了多少？", language="zh")


def test_tracks_files_and_picture_are_told():
    assert ask("how many clips are there?").startswith("Timeline (1 track)")
    assert "talk.mkv: 75.5 s" in ask("which files did I upload?")
    assert "1920x1080 at 29.97" in ask("what is the resolution now?")


def test_an_empty_timeline_is_no_reason_to_invent():
    assert "nothing on the timeline" in ask("how long is it?", draft=EMPTY)
    assert "还没有内容" in ask("视频多长？", draft=EMPTY, language="zh")


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("what does bitrate mean? don't export yet", "bits a second"),
        ("what is a codec?", "packed"),
        ("explain LUFS", "how loud"),
        ("what's fps", "pictures are shown in a second"),
        ("what is a keyframe?", "stored whole"),
        ("what does crossfade mean", "blends one clip"),
        ("what is an aspect ratio?", "width to height"),
    ],
)
def test_the_glossary_explains(text, word):
    assert word in ask(text)
    assert word in ask(text, draft=EMPTY)


@pytest.mark.parametrize(
    ("text", "word"), [("什么是码率？", "比特数"), ("关键帧是什么意思", "完整保存"), ("解释一下LUFS", "响")]
)
def test_the_glossary_explains_in_chinese(text, word):
    assert word in ask(text, language="zh")


def test_what_cannot_be_answered_is_said():
    assert "can't answer" in ask("who won the match yesterday?")
    assert "答不了" in ask("昨天谁赢了？", language="zh")


def test_help_shows_sentences_that_work():
    assert "cut the pauses" in ask("what can you do?")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_suggestions_are_understood_and_not_what_was_just_done(language):
    for text in ("cut the pauses", "add transitions", "normalise the sound", "fade out"):
        plan = understand(text)
        steps = suggestions(DRAFT, plan, language)
        assert 2 <= len(steps) <= 3
        for step in steps:
            following = understand(step)
            assert following.language == language
            assert following.operations[0].op != plan.operations[0].op


def test_nothing_is_suggested_for_an_empty_timeline():
    assert suggestions(EMPTY, EditPlan(route="edit"), "en") == []


def test_a_reply_reports_what_was_done_skipped_and_not_understood():
    plan = understand("cut the first 5 seconds and translate it into French")
    text = reply(plan, Composed(done=["Removed 0-5 s"], notes=["clamped"]), "en")
    assert text.splitlines()[:2] == ["Removed 0-5 s", "Note: clamped"]
    assert "“translate it into French”" in text
    assert "Next you could say" in text


def test_a_reply_to_an_export_wish_says_that_it_is_ready():
    plan = understand("剪掉停顿，然后导出 1080p MP4，不超过20MB")
    text = reply(plan, Composed(done=["已剪掉 3 处停顿"]), "zh")
    assert "可以导出了（MP4, 1080p, ≤ 20 MB）" in text
    assert "接下来" not in text


def test_a_reply_without_a_change_says_so():
    assert "Nothing was changed." in reply(understand("don't cut anything"), Composed(), "en")
    assert "没有改动。" in reply(understand("别剪"), Composed(), "zh")
