"""Which frames of a plan show a source as it is."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from nemo_lab.engine.media import MediaInfo
from nemo_lab.engine.render.model import Blend, Caption, Plan
from nemo_lab.engine.render.model import Piece as Stretch
from nemo_lab.engine.render.smart.cuts import main_asset, obstacle, splice_pieces, worth_copying
from nemo_lab.engine.render.smart.planner import Piece, joined
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


CUT = plan(stretch(0, 50, 100), stretch(50, 30, 300))


def test_cuts_are_pieces_of_the_source() -> None:
    assert splice_pieces(CUT, "a", 600) == [Piece(50, 100), Piece(30, 300)]


def test_pieces_that_follow_each_other_in_the_source_are_one() -> None:
    whole = plan(stretch(0, 50, 100), stretch(50, 30, 150))
    assert splice_pieces(whole, "a", 600) == [Piece(80, 100)]


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
    assert splice_pieces(changed, "a", 600) == expected


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
        (CUT, INFO.model_copy(update={"video_codec": "hevc"}), Export(), "hevc"),
        (CUT, INFO.model_copy(update={"vfr": True}), Export(), "variable"),
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
