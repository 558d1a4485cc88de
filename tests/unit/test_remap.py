"""Where a stretch of a file is on the timeline: against a walk over every sample."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from nemo_lab.engine.media.extras import Chapter, Cue, Extras, Subtitles
from nemo_lab.engine.render.extras import packed
from nemo_lab.engine.render.model import Piece, Plan
from nemo_lab.engine.render.remap import Map, Showing

SECOND = 48_000


def plan(*pieces: tuple[str, int, int], speed: int = 1, frames: int = 1) -> Plan:
    """Return a plan of pieces (file, first and last second of it) one after the other."""
    made, at = [], 0
    for asset, first, last in pieces:
        length = (last - first) // speed
        made.append(
            Piece(
                asset=asset,
                first=at * 30,
                count=length * 30,
                start_sample=at * SECOND,
                end_sample=(at + length) * SECOND,
                source_frame=first * 30,
                source_sample=first * SECOND,
                source_rate=Fraction(30),
                speed=Fraction(speed),
                volume=1.0,
            )
        )
        at += length
    return Plan(Fraction(30), frames, at * SECOND, (2, 2), (2, 2), tuple(made), (), (), (), 1)


def chapters(*spans: tuple[int, int, str]) -> Extras:
    return Extras(chapters=tuple(Chapter(a * SECOND, b * SECOND, title) for a, b, title in spans))


def seconds(plan: Plan, extras: dict[str, Extras]) -> list[tuple[float, float, str]]:
    return [(c.start / SECOND, c.end / SECOND, c.title) for c in packed(plan, extras).chapters]


def test_what_is_cut_out_whole_is_dropped_and_the_rest_clipped() -> None:
    found = seconds(
        plan(("a", 0, 5), ("a", 12, 20)),
        {"a": chapters((0, 4, "A"), (4, 11, "B"), (6, 9, "C"), (11, 20, "D"))},
    )
    assert found == [(0, 4, "A"), (4, 5, "B"), (5, 13, "D")]


def test_a_chapter_that_is_cut_inside_stays_one() -> None:
    assert seconds(plan(("a", 0, 5), ("a", 8, 20)), {"a": chapters((1, 20, "A"))}) == [(1, 17, "A")]


def test_a_chapter_apart_in_two_places_is_told_twice() -> None:
    made = plan(("a", 0, 2), ("b", 0, 3), ("a", 2, 4))
    assert seconds(made, {"a": chapters((0, 4, "A")), "b": Extras()}) == [(0, 2, "A"), (5, 7, "A")]


def test_speed_shrinks_it() -> None:
    assert seconds(plan(("a", 0, 8), speed=2), {"a": chapters((2, 6, "A"))}) == [(1, 3, "A")]


def test_a_file_without_any_leaves_a_gap() -> None:
    made = plan(("b", 0, 3), ("a", 0, 4))
    assert seconds(made, {"a": chapters((0, 4, "A")), "b": Extras()}) == [(3, 7, "A")]


def test_chapters_that_were_asked_for_stand_in_place_of_the_old() -> None:
    made = replace(plan(("a", 0, 8)), chapters=((0, "Start"), (2500, "More")))
    assert seconds(made, {"a": chapters((0, 8, "A"))}) == [(0, 2.5, "Start"), (2.5, 8, "More")]


def test_sound_alone_carries_no_subtitles() -> None:
    text = Extras(subtitles=(Subtitles("srt", cues=(Cue(0, SECOND, "0,Default,,0,0,0,,x"),)),), pictures=2)
    assert packed(plan(("a", 0, 2)), {"a": text}).subtitles
    assert packed(plan(("a", 0, 2)), {"a": text}).notes == ("Subtitles that are pictures were left out: 2.",)
    silent = packed(plan(("a", 0, 2), frames=0), {"a": text})
    assert (silent.subtitles, silent.notes) == ((), ())


@given(
    st.lists(st.tuples(st.integers(0, 200), st.integers(1, 60)), min_size=1, max_size=8),
    st.integers(0, 250),
    st.integers(1, 80),
)
def test_it_is_where_a_walk_over_all_of_it_finds_it(
    pieces: list[tuple[int, int]], start: int, length: int
) -> None:
    unit, showings, at, walked = 480, [], 0, []
    for source, count in pieces:
        showings.append(Showing(source * unit, at * unit, (at + count) * unit))
        walked += list(range(source, source + count))
        at += count
    shown = {n for n, source in enumerate(walked) if start <= source < start + length}
    found = Map(showings).stretches(start * unit, (start + length) * unit)
    told = {n for a, b in found for n in range(a // unit, b // unit)}
    assert told == shown
    assert all(b < c for (_, b), (c, _) in pairwise(found))
