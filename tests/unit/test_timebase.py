"""Exact time."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nemo_lab.engine.timebase import (
    format_rate,
    frame_count,
    frame_to_ms,
    ms_to_frame,
    ms_to_sample,
    parse_rate,
    round_half_up,
    snap_ms,
)

RATES = st.sampled_from(
    [Fraction(n, d) for n, d in ((24000, 1001), (25, 1), (30000, 1001), (30, 1), (60, 1), (240, 1))]
)
TIMES = st.integers(0, 10**8)


@pytest.mark.parametrize(
    ("value", "expected"),
    [(Fraction(1, 2), 1), (Fraction(-1, 2), 0), (Fraction(3, 2), 2), (1.4999, 1), (7, 7), (-1.5, -1)],
)
def test_a_half_goes_up(value, expected):
    assert round_half_up(value) == expected


@pytest.mark.parametrize(
    ("text", "rate"),
    [("30000/1001", Fraction(30000, 1001)), ("25", Fraction(25)), ("29.97", Fraction(2997, 100))],
)
def test_rates_are_read(text, rate):
    assert parse_rate(text) == rate
    assert parse_rate(format_rate(rate)) == rate


@pytest.mark.parametrize("text", ["0", "-30", "30/0", "fast", "", "nan"])
def test_no_rate_is_refused(text):
    with pytest.raises(ValueError, match="not a frame rate"):
        parse_rate(text)


def test_ntsc_hour_by_hand():
    """An hour at 30000/1001 has 107892.1 frames."""
    assert ms_to_frame(3_600_000, Fraction(30000, 1001)) == 107_892
    assert frame_to_ms(107_892, Fraction(30000, 1001)) == 3_599_996
    assert ms_to_sample(20) == 960


@given(TIMES, RATES)
def test_snapping_twice_changes_nothing_and_moves_at_most_half_a_frame(ms, rate):
    once = snap_ms(ms, rate)
    assert snap_ms(once, rate) == once
    assert abs(once - ms) <= 1000 / rate / 2 + Fraction(1, 2)


@given(st.lists(TIMES, min_size=2, max_size=20), RATES)
def test_pieces_that_touch_add_up_to_the_whole(times, rate):
    times.sort()
    pieces = [frame_count(a, b, rate) for a, b in pairwise(times)]
    assert sum(pieces) == frame_count(times[0], times[-1], rate)
