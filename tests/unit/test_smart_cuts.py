"""Which frames of a plan show a source as it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from nemo_lab.engine.media import MediaInfo
from nemo_lab.engine.render.model import Blend, Caption, Plan
from nemo_lab.engine.render.model import Piece as Stretch
from nemo_lab.engine.render.smart.cuts import TICKS, main_asset, obstacle, scheduled, worth_copying
from nemo_lab.engine.render.smart.gops import GopOrder
from nemo_lab.engine.render.smart.planner import Piece, joined
from nemo_lab.engine.render.smart.source import SourceFormat
from nemo_lab.protocol.plan import Blur, Export, Fade, Flip, Normalize, Volume

RATE = Fraction(30)
INFO = MediaInfo(
    kind="video", duration_ms=20_000, width=640, height=360, video_codec="h264", frames=600, size_bytes=1
)


def stretch(first: int, count: int, source: int, **changes: object) -> Stretch:
    plain = Stretch("a", first, count, 0, 0, source, 0, RATE, Fraction(1), 1.0)
    return replace(plain, **changes)  # type: ignore[arg-type]


def plan(*pieces: Stretch, **changes: object) -> Plan:
    frames = max(piece.end for piece in pieces)
    size = (640, 360)
    whole = Plan(RATE, frames, 0, size, size, pieces, (), (), (), 1)
    return replace(whole, **changes)  # type: ignore[arg-type]


def order_of(stamps: Sequence[int], per_frame: int = 1) -> GopOrder:
    """An order whose frames are shown at these stamps, ``per_frame`` units a frame; all are keyframes."""
    kind = SourceFormat(640, 360, "yuv420p", "", (1, 1, 1, 1), str(RATE), "")
    places = range(len(stamps))
    return GopOrder(Path(), RATE, kind, 1 / (RATE * per_frame), stamps, places, places, [True] * len(stamps))


CUT = plan(stretch(0, 50, 100), stretch(50, 30, 300))


def test_cuts_are_pieces_of_the_source() -> None:
    assert scheduled(CUT, "a", order_of(range(600))).pieces == [Piece(50, 100), Piece(30, 300)]


def test_pieces_that_follow_each_other_in_the_source_are_one() -> None:
    whole = plan(stretch(0, 50, 100), stretch(50, 30, 150))
    assert scheduled(whole, "a", order_of(range(600))).pieces == [Piece(80, 100)]


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        (
            plan(stretch(0, 50, 100, blend_out=Blend("crossfade", 45, 10)), stretch(50, 30, 300)),
            [Piece(45, 100), Piece(10), Piece(25, 305)],
        ),
        (
            replace(CUT, captions=(Caption("Hi", 10, 40),)),
            [Piece(10, 100), Piece(30), Piece(10, 140), Piece(30, 300)],
        ),
        (
            replace(CUT, effects=(Fade(direction="in", duration_ms=500),)),
            [Piece(15), Piece(35, 115), Piece(30, 300)],
        ),
        (
            replace(CUT, effects=(Fade(direction="out", duration_ms=500, target="video"),)),
            [Piece(50, 100), Piece(15, 300), Piece(15)],
        ),
        (replace(CUT, effects=(Fade(direction="in", target="audio"),)), [Piece(50, 100), Piece(30, 300)]),
        (plan(stretch(0, 50, 100, effects=(Blur(),)), stretch(50, 30, 300)), [Piece(50), Piece(30, 300)]),
        (
            plan(stretch(0, 50, 100, effects=(Volume(factor=2),)), stretch(50, 30, 300)),
            [Piece(50, 100), Piece(30, 300)],
        ),
        (plan(stretch(0, 50, 100, speed=Fraction(2)), stretch(50, 30, 300)), [Piece(50), Piece(30, 300)]),
        (plan(stretch(0, 50, 100), stretch(50, 30, 300, asset="b")), [Piece(50, 100), Piece(30)]),
        (plan(stretch(0, 50, 580)), [Piece(20, 580), Piece(30)]),
        (plan(stretch(10, 50, 100)), [Piece(10), Piece(50, 100)]),
    ],
)
def test_what_shows_anything_else_is_touched(changed: Plan, expected: list[Piece]) -> None:
    assert scheduled(changed, "a", order_of(range(600))).pieces == expected


def test_the_file_that_most_frames_come_from() -> None:
    assert main_asset(plan(stretch(0, 50, 0), stretch(50, 60, 0, asset="b"))) == "b"


@pytest.mark.parametrize(
    ("changed", "info", "settings", "reason"),
    [
        (CUT, INFO, Export(max_bytes=1000), "size or quality"),
        (CUT, INFO, Export(quality="low"), "size or quality"),
        (replace(CUT, size=(320, 180)), INFO, Export(), "size changes"),
        (replace(CUT, effects=(Flip(axis="vertical"),)), INFO, Export(), "whole picture"),
        (replace(CUT, rate=Fraction(25)), INFO, Export(), "rate changes"),
        (CUT, INFO.model_copy(update={"video_codec": "vp9"}), Export(), "vp9"),
    ],
)
def test_why_all_has_to_be_encoded(changed: Plan, info: MediaInfo, settings: Export, reason: str) -> None:
    assert reason in obstacle(changed, info, settings)


def test_what_stands_in_nobodys_way() -> None:
    loud = replace(CUT, effects=(Normalize(), Fade(direction="in")))
    assert obstacle(loud, INFO, Export(quality="high")) == ""


def test_when_copying_is_worth_it() -> None:
    assert worth_copying([Piece(60, 0), Piece(40)])
    assert not worth_copying([Piece(40, 0), Piece(60)])


def test_joining_leaves_out_what_is_empty() -> None:
    pieces = [Piece(5, 10), Piece(0, 3), Piece(5, 15), Piece(2), Piece(3), Piece(4, 20)]
    assert list(joined(pieces)) == [Piece(10, 10), Piece(5), Piece(4, 20)]


def test_frames_off_the_grid_keep_their_own_times() -> None:
    # Ten units a frame: frames 0, 1 and 3 to 8 of the grid, none of them quite there.
    order = order_of([0, 11, 29, 42, 51, 58, 71, 80], 10)
    made = scheduled(plan(stretch(0, 3, 1), stretch(3, 4, 5)), "a", order)
    # The first stretch shows places 1 to 3, the second begins between two frames.
    assert made.pieces == [Piece(2, 1), Piece(4, 4)]
    assert [tick / TICKS for tick in made.ticks] == pytest.approx([0, 1.9, 3, 3.8, 5.1, 6], abs=0.001)
    assert made.end == 7 * TICKS
    assert [made.plan_frame(k) for k in range(6)] == [0, 1, 3, 3, 5, 6]


def test_a_cut_between_two_frames_shows_the_one_before_it() -> None:
    made = scheduled(plan(stretch(0, 4, 2)), "a", order_of([0, 8, 50, 61], 10))
    assert (made.pieces, made.ticks) == ([Piece(2, 1)], [0, 3 * TICKS])


def test_touched_frames_lie_on_the_grid_of_the_plan() -> None:
    changed = plan(stretch(0, 6, 0), captions=(Caption("Hi", 0, 3),))
    made = scheduled(changed, "a", order_of([0, 9, 21, 33, 39, 52], 10), vfr=True)
    assert made.pieces == [Piece(3), Piece(3, 3)]
    assert [tick / TICKS for tick in made.ticks] == pytest.approx([0, 1, 2, 3, 3.9, 5.2], abs=0.001)
