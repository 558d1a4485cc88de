"""Which encoded spans share a thread: those between which a stretch would be decoded twice."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from pathlib import Path

import pytest

from nemo_lab.engine.render.smart.demand import grouped, untouched
from nemo_lab.engine.render.smart.gops import GopOrder
from nemo_lab.engine.render.smart.planner import Encode, Piece
from nemo_lab.engine.render.smart.source import SourceFormat
from nemo_lab.engine.render.smart.windows import threads_for

GOP = 100


def order(gops: int, width: int = 640, height: int = 360) -> GopOrder:
    """An order with a keyframe every :data:`GOP` frames."""
    kind = SourceFormat(width, height, "yuv420p", "", (1, 1, 1, 1), "30", "")
    places = range(gops * GOP)
    starts = [place % GOP == 0 for place in places]
    return GopOrder(Path(), Fraction(30), kind, Fraction(1, 30), places, places, places, starts)


def groups(gops: int, *wanted: list[int]) -> list[int]:
    """Return how many spans each group has, for spans that ask for these positions."""
    spans = [Encode(number, (Piece(1),)) for number in range(len(wanted))]
    return [len(group.spans) for group in grouped(order(gops), spans, lambda span: wanted[span.out])]


def test_spans_of_one_stretch_are_made_together() -> None:
    assert groups(3, [30, 31], [60], [90, 91]) == [3]
    assert groups(3, [30], [130], [230]) == [1, 1, 1]


def test_transitions_share_what_leads_to_both_of_their_places() -> None:
    assert groups(3, [50, 120], [160, 230], [280]) == [3]


def test_a_chain_is_parted_where_little_is_decoded_twice() -> None:
    assert groups(4, [80, 101], [108, 180], [202, 290]) == [1, 1, 1]
    many = [[GOP * k + 95, GOP * (k + 1) + 3] for k in range(39)]
    assert groups(41, *many) == [1] * 39


@pytest.mark.parametrize(
    ("width", "height", "cuts", "transitions"), [(1280, 720, 4, 4), (1920, 1080, 4, 2), (3840, 2160, 1, 1)]
)
def test_memory_limits_the_threads(
    width: int, height: int, cuts: int, transitions: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nemo_lab.engine.render.smart.windows.cores", lambda: 8)
    source = order(1, width, height)
    assert threads_for(source, [Encode(0, (Piece(3, 10),))]) == cuts
    assert threads_for(source, [Encode(0, (Piece(3, 10),)), Encode(9, (Piece(3),))]) == transitions
    monkeypatch.setattr("nemo_lab.engine.render.smart.windows.cores", lambda: 1)
    assert threads_for(source, []) == 1


def test_what_nobody_decodes_is_made_alone() -> None:
    assert groups(1, [], [], []) == [1, 1, 1]


def test_a_group_counts_what_its_spans_ask_for() -> None:
    spans = [Encode(0, (Piece(3, 10),)), Encode(3, (Piece(2, 12), Piece(1, 40)))]
    source = order(1)
    (group,) = grouped(source, spans, lambda span: untouched(source, span))
    assert group.demand == Counter([10, 11, 12, 12, 13, 40])
