"""A timeline in words, and what changed: rule T3."""

import pytest
from hypothesis import given

from nemo_lab.protocol.draft import Draft
from nemo_lab.protocol.summary import diff, seconds, summary
from tests.unit.test_draft import DRAFTS


def video(*segments):
    return {"tt": 0, "sg": [{"d": d, "m": {"name": name}} for name, d in segments]}


def music(name="Lo-fi", volume=0.35, d=10000):
    return {"tt": 1, "sg": [{"d": d, "m": {"name": name, "volume": volume}}]}


def title(text="Urban Dreams", d=3000):
    return {"tt": 7, "sg": [{"d": d, "m": {"text": text}}]}


def draft(*tracks, **more):
    return Draft.from_wire({"t": list(tracks), **more})


CITY = video(("city timelapse", 10000))


def test_t3_exactly_as_in_the_document():
    assert summary(draft(CITY, music(), title())) == (
        "Timeline (3 tracks): 1. Video: city timelapse (0-10s) 2. BGM: Lo-fi (0-10s, 35%) "
        '3. Title: "Urban Dreams" (0-3s)'
    )


@pytest.mark.parametrize(
    ("tracks", "text"),
    [
        ([], "Timeline (empty)"),
        ([{"tt": 0}], "Timeline (1 track): 1. Video: (empty)"),
        ([{"tt": 9, "sg": [{"d": 1500}]}], "Timeline (1 track): 1. Track type 9: untitled (0-1.5s)"),
        ([video(("a", 1000), ("b", 500))], "Timeline (1 track): 1. Video: a (0-1s), b (1-1.5s)"),
        ([video(("a", 1000), ("a", 500))], "Timeline (1 track): 1. Video: a (0-1.5s, 2 clips)"),
        ([music(volume=35)], "Timeline (1 track): 1. BGM: Lo-fi (0-10s, 35%)"),
        ([music(volume=1)], "Timeline (1 track): 1. BGM: Lo-fi (0-10s)"),
    ],
)
def test_summaries(tracks, text):
    assert summary(draft(*tracks)) == text


@pytest.mark.parametrize(
    ("ms", "text"), [(0, "0"), (1000, "1"), (1500, "1.5"), (1234, "1.23"), (100_000, "100")]
)
def test_seconds(ms, text):
    assert seconds(ms) == text


@pytest.mark.parametrize(
    ("before", "after", "lines"),
    [
        ([CITY], [CITY], []),
        ([CITY], [CITY, title()], ['Title added: "Urban Dreams" (0-3s)']),
        ([CITY, title()], [CITY], ['Title removed: "Urban Dreams" (0-3s)']),
        ([CITY, title("A")], [CITY, title("B")], ['Title changed: "A" (0-3s) → "B" (0-3s)']),
        (
            [CITY, music()],
            [CITY, music(volume=0.5)],
            ["BGM changed: Lo-fi (0-10s, 35%) → Lo-fi (0-10s, 50%)"],
        ),
        ([], [CITY], ["Video added: city timelapse (0-10s)"]),
        (
            [video(("a", 10000))],
            [video(("a", 4000))],
            ["Length: 10s → 4s", "Video changed: a (0-10s) → a (0-4s)"],
        ),
    ],
)
def test_differences(before, after, lines):
    assert diff(draft(*before), draft(*after)) == lines


def test_many_pieces_are_counted():
    before = draft(video(("a", 10000)))
    after = draft(video(*[("a", 500)] * 12))
    assert diff(before, after) == ["Length: 10s → 6s", "Video: 1 → 12 clips"]


def test_whole_picture_and_transitions():
    size = {"m": {"width": 1920, "height": 1080}}
    after = {"m": {"width": 1080, "height": 1920}, "x_effects": [{"op": "normalize"}]}
    assert diff(draft(CITY, **size), draft(CITY, **after)) == [
        "Picture: 1920x1080 → 1080x1920",
        "Applied to the whole video: normalize",
    ]
    faded = {
        "tt": 0,
        "sg": [{"d": 10000, "m": {"name": "city timelapse"}, "x_transition": {"duration": 400}}],
    }
    assert "Transitions: 0 → 1" in diff(draft(CITY), draft(faded))


def test_chinese():
    assert diff(draft(CITY), draft(CITY, title("你好")), "zh") == ['已添加标题："你好" (0-3s)']


@given(DRAFTS, DRAFTS)
def test_a_difference_is_never_silent(one, other):
    before, after = Draft.from_wire(one), Draft.from_wire(other)
    assert bool(diff(before, after)) is (before.to_wire() != after.to_wire())
    assert diff(before, before) == []
    assert summary(after)
