"""Reaching a length: what goes, what stays, and that no moment is ever cut in half."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from nemo_lab.engine.analysis import Analysis, Envelope
from nemo_lab.engine.analysis.chapters import Chapter, chapter_starts, youtube_text
from nemo_lab.engine.analysis.choose import BREATH_MS, NEAR_MS, condensed, highlights
from nemo_lab.engine.analysis.moments import Moment, moments, smoothed
from nemo_lab.engine.analysis.spans import between, closed, common, length, without

TALK = [
    Moment(1000, 5000, 1.0),
    Moment(6000, 9000, -1.0),
    Moment(12000, 20000, 0.5),
    Moment(20500, 28000, 0.0),
]
LENGTH = 30_000


@st.composite
def timelines(draw: st.DrawFn) -> tuple[list[Moment], int]:
    at, found = 0, []
    for _ in range(draw(st.integers(1, 25))):
        at += draw(st.integers(0, 4000))
        end = at + draw(st.integers(200, 12_000))
        score = draw(st.floats(-2, 2, allow_nan=False))
        found.append(Moment(at, end, score, draw(st.integers(0, 9)) == 0))
        at = end
    return found, at + draw(st.integers(0, 4000))


def assert_whole(kept: list[tuple[int, int]], found: list[Moment]) -> None:
    for moment in found:
        inside = length(common(kept, [(moment.start, moment.end)]))
        assert inside in (0, moment.length), f"{moment} was cut in half"


@given(timelines(), st.integers(500, 120_000))
def test_condensing_cuts_no_moment_and_stays_below(timeline: tuple[list[Moment], int], target: int) -> None:
    found, duration = timeline
    choice = condensed(found, duration, target)
    assert_whole(choice.kept, found)
    assert set(choice.dropped) == {m for m in found if not common(choice.kept, [(m.start, m.end)])}
    musts = [m for m in found if m.must]
    assert not set(choice.dropped) & set(musts)
    floor = sum(m.length + BREATH_MS for m in musts)
    assert choice.length <= max(target, floor)
    if choice.dropped and target - choice.length > NEAR_MS:
        assert choice.needed == min(m.length for m in choice.dropped)
    if target >= duration:
        assert choice.length == duration or not choice.dropped


@given(timelines(), st.integers(1, 5), st.one_of(st.none(), st.integers(2_000, 60_000)))
def test_highlights_are_whole_moments(
    timeline: tuple[list[Moment], int], count: int, target: int | None
) -> None:
    found, duration = timeline
    choice = highlights(found, duration, count=count, target_ms=target)
    assert_whole(choice.kept, found)
    assert len(choice.kept) <= count
    if target is not None:
        assert choice.length <= target


def test_pauses_go_before_words() -> None:
    choice = condensed(TALK, LENGTH, 25_000)
    assert not choice.dropped
    assert 24_900 <= choice.length <= 25_000


def test_the_least_important_goes_first_and_the_pauses_fill_up() -> None:
    choice = condensed(TALK, LENGTH, 21_000)
    assert [m.start for m in choice.dropped] == [6000]
    assert 20_900 <= choice.length <= 21_000


def test_it_says_why_a_length_is_missed() -> None:
    found = [Moment(0, 20_000, 1.0), Moment(20_000, 40_000, 0.0)]
    choice = condensed(found, 40_000, 30_000)
    assert choice.kept == [(0, 20_000)]
    assert choice.needed == 20_000


def test_what_must_stay_stays() -> None:
    found = [Moment(0, 5000, 9.0), Moment(6000, 26_000, -9.0, must=True)]
    choice = condensed(found, 30_000, 10_000)
    assert [m.start for m in choice.dropped] == [0]


def test_highlights_take_the_best() -> None:
    scores = [0, 0, 3, 3, 0, 0, 0, 2, 2, 0, 0, 0]
    found = [Moment(n * 5000, n * 5000 + 4000, score) for n, score in enumerate(scores)]
    choice = highlights(found, 60_000, count=2, target_ms=20_000)
    assert len(choice.kept) == 2
    assert choice.kept[0][0] <= 10_000
    assert choice.kept[0][1] >= 19_000
    assert choice.kept[1][0] <= 35_000
    assert choice.kept[1][1] >= 44_000
    assert 18_000 <= choice.length <= 20_000
    assert 1 <= len(highlights(found, 60_000).kept) <= 3
    assert highlights([], 60_000).kept == []


def test_smoothing_keeps_what_hangs_together() -> None:
    found = [
        Moment(0, 1000, 0.0),
        Moment(1500, 2500, 4.0),
        Moment(3000, 4000, 0.0),
        Moment(60_000, 61_000, 3.0),
    ]
    soft = smoothed(found, 2000)
    assert soft[0].score > 1
    assert soft[3].score == 3.0


def test_chapters_follow_the_longest_pauses() -> None:
    found = [Moment(n * 10_000, n * 10_000 + (6000 if n in (5, 11) else 9500)) for n in range(18)]
    assert chapter_starts(found, 180_000) == [0, 60_000, 120_000]
    assert chapter_starts(found[:2], 20_000) == []
    assert chapter_starts([], 60_000) == [0]


def test_text_for_youtube() -> None:
    chapters = [Chapter(0, "Intro"), Chapter(61_900, "Setup"), Chapter(3_700_000, "End")]
    assert youtube_text(chapters[:2], 100_000) == "0:00 Intro\n1:01 Setup"
    assert youtube_text(chapters, 4_000_000) == "0:00:00 Intro\n0:01:01 Setup\n1:01:40 End"


def talk_of(spans: list[tuple[int, int]], duration_ms: int, loud: tuple[int, int] = (0, 0)) -> Analysis:
    levels = [-700] * (duration_ms // 20)
    speech = [0] * (duration_ms // 32)
    for start, end in spans:
        for window in range(start // 20, end // 20):
            levels[window] = -150 if loud[0] <= window * 20 < loud[1] else -250
        for chunk in range(start // 32 + 1, end // 32):
            speech[chunk] = 95
    envelope = Envelope(index=0, levels=tuple(levels), speech=tuple(speech))
    return Analysis(duration_ms=duration_ms, envelopes=(envelope,))


def test_moments_are_what_is_said_in_one_go() -> None:
    spans = [(1000, 4000), (4200, 6000), (8000, 12_000)]
    found = moments(talk_of(spans, 15_000, loud=(8000, 12_000)))
    assert [(round(m.start, -2), round(m.end, -2)) for m in found] == [(1000, 6000), (8000, 12_000)]


def test_long_talk_is_divided_at_its_quietest_place_or_between_words() -> None:
    analysis = talk_of([(0, 28_000)], 30_000)
    levels = list(analysis.envelopes[0].levels)
    levels[600:606] = [-300] * 6
    envelope = analysis.envelopes[0].model_copy(update={"levels": tuple(levels)})
    found = moments(analysis.model_copy(update={"envelopes": (envelope,)}))
    assert found[0].end == found[1].start
    assert 12_000 <= found[0].end <= 12_120
    by_words = moments(analysis, gaps=[(100, 200), (9000, 9050), (14_000, 14_200)])
    assert by_words[0].end == 14_100
    assert len(moments(analysis, gaps=[(100, 200)])) == 1


def test_spans() -> None:
    assert closed([(5, 6), (0, 2), (3, 4)], 2) == [(0, 6)]
    assert between([(2, 3)], 5) == [(0, 2), (3, 5)]
    assert without([(0, 10)], [(2, 3), (8, 20)]) == [(0, 2), (3, 8)]
    assert without([(0, 10)], []) == [(0, 10)]
    assert common([(0, 5), (6, 9)], [(1, 2), (4, 7)]) == [(1, 2), (4, 5), (6, 7)]


def test_a_quarter_of_an_hour_of_25_minutes() -> None:
    dice = np.random.default_rng(5)
    spans, at = [], 0
    while at < 1_480_000:
        start = at + int(dice.integers(350, 1500))
        at = start + int(dice.integers(800, 9000))
        spans.append((start, at))
    analysis = talk_of(spans, 1_500_000)
    found = moments(analysis)
    target = 15 * 60_000
    assert sum(moment.length for moment in found) > target + 120_000
    choice = condensed(found, 1_500_000, target)
    assert target - 2000 <= choice.length <= target
    assert_whole(choice.kept, found)
    assert choice.dropped
