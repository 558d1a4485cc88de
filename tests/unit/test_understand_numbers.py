"""Numbers, times and spans in every form in which people write them."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nemo_lab.engine.understand.clause import read_span
from nemo_lab.engine.understand.marks import MARK, Marks
from nemo_lab.engine.understand.numbers import number
from nemo_lab.engine.understand.planner import marked
from nemo_lab.engine.understand.typos import mend

ONES = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
]
ONES += ["seventeen", "eighteen", "nineteen"]
TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]


def english(value: int) -> str:
    if value < 20:
        return ONES[value]
    if value < 100:
        rest = f"-{ONES[value % 10]}" if value % 10 else ""
        return TENS[value // 10 - 2] + rest
    rest = f" and {english(value % 100)}" if value % 100 else ""
    return f"{ONES[value // 100]} hundred{rest}"


def chinese(value: int) -> str:
    digits = "零一二三四五六七八九"
    if value < 10:
        return digits[value]
    if value < 100:
        lead = "" if value < 20 else digits[value // 10]
        return f"{lead}十{digits[value % 10] if value % 10 else ''}"
    rest = value % 100
    tail = (
        ""
        if not rest
        else f"零{digits[rest]}"
        if rest < 10
        else f"{digits[rest // 10]}十{digits[rest % 10]}".removesuffix("零")
    )
    return f"{digits[value // 100]}百{tail}"


def the_mark(text: str) -> tuple[str, str]:
    """Return kind and value of the only mark of a text."""
    [found] = MARK.findall(marked(text, Marks()))
    return found[0], found[1]


@given(st.integers(0, 999))
def test_numbers_in_words_and_figures(value):
    assert number(english(value)) == value
    assert number(chinese(value)) == value
    assert number(str(value)) == value


@given(st.integers(0, 10**6), st.integers(0, 999))
def test_decimals_are_exact(whole, thousandths):
    assert number(f"{whole}.{thousandths:03}") == whole + Fraction(thousandths, 1000)


@given(st.integers(1, 999))
def test_seconds_in_every_form(value):
    for text in (
        f"{value}s",
        f"{value} seconds",
        f"{value}-second",
        f"{english(value)} seconds",
        f"{value}秒",
        f"{chinese(value)}秒钟",
    ):
        assert the_mark(f"pause {text}") == ("t", str(value * 1000)), text


@given(st.integers(0, 99), st.integers(0, 59), st.integers(1, 59))
def test_hours_minutes_seconds_agree(hours, minutes, seconds):
    total = str(((hours * 60 + minutes) * 60 + seconds) * 1000)
    forms = [
        f"{hours}:{minutes:02}:{seconds:02}",
        f"{hours}h{minutes}m{seconds}s",
        f"{hours}小时{minutes}分{seconds}秒",
    ]
    forms.append(f"{hours} hours {minutes} minutes and {seconds} seconds")
    for text in forms:
        assert the_mark(f"skip {text}") == ("t", total), text


@given(st.integers(1, 59), st.integers(0, 59))
def test_clock_times_with_fractions(minutes, seconds):
    assert the_mark(f"skip {minutes}:{seconds:02}.25") == ("t", str((minutes * 60 + seconds) * 1000 + 250))


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("half a second", 500),
        ("half a minute", 30_000),
        ("a minute and a half", 90_000),
        ("one and a half seconds", 1500),
        ("two and a half minutes", 150_000),
        ("a second", 1000),
        ("a couple of seconds", 2000),
        ("250 ms", 250),
        ("0.5s", 500),
        (".5 sec", 500),
        ("1.25 minutes", 75_000),
        ("quarter of a second", 250),
        ("1m30s", 90_000),
        ("半秒", 500),
        ("半分钟", 30_000),
        ("两分半", 150_000),
        ("两分半钟", 150_000),
        ("一个半小时", 5_400_000),
        ("三秒半", 3500),
        ("1分半", 90_000),
        ("1分30", 90_000),
        ("一分三十秒", 90_000),
        ("零点五秒", 500),
        ("1.5秒钟", 1500),
        ("500毫秒", 500),
        ("十五分钟", 900_000),
        ("半个小时", 1_800_000),
        ("１２秒", 12_000),
    ],
)
def test_times_in_words(text, ms):
    assert the_mark(f"fade {text}") == ("t", str(ms))


@given(st.integers(0, 500), st.integers(1, 500))
def test_spans_in_every_form(start, length):
    end = start + length
    forms = [
        f"from {start}s to {end}s",
        f"{start}-{end}s",
        f"between {start} and {end} seconds",
        f"{start} to {end} seconds",
    ]
    forms += [
        f"{start}秒到{end}秒",
        f"{start}到{end}秒",
        f"从第{start}秒至第{end}秒",
        f"at {start}s for {length}s",
    ]
    for text in forms:
        kind, value = the_mark(f"mute {text}")
        assert kind == "r", text
        assert read_span(value) == (start * 1000, end * 1000), text


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("the first 12 seconds", (0, 12_000)),
        ("the first minute and a half", (0, 90_000)),
        ("the last 8s", (-8000, None)),
        ("5 seconds from the end", (-5000, None)),
        ("everything after 2:00", (120_000, None)),
        ("before 0:10", (0, 10_000)),
        ("from 2:00 to the end", (120_000, None)),
        ("from the start to 0:08", (0, 8000)),
        ("from 0:10 onwards", (10_000, None)),
        ("开头5秒", (0, 5000)),
        ("前三十秒", (0, 30_000)),
        ("最后一分半", (-90_000, None)),
        ("结尾的10秒", (-10_000, None)),
        ("2分钟以后", (120_000, None)),
        ("10秒之前", (0, 10_000)),
        ("从2分钟到结尾", (120_000, None)),
        ("从开头到8秒", (0, 8000)),
    ],
)
def test_edges(text, span):
    assert read_span(the_mark(text)[1]) == span


@given(st.integers(1, 400))
def test_percentages(value):
    for text in (f"{value}%", f"{value} percent", f"百分之{value}"):
        kind, found = the_mark(f"volume {text}")
        assert kind == "p"
        assert float(found) == pytest.approx(value / 100)


@pytest.mark.parametrize(
    ("text", "mark"),
    [
        ("三成", ("p", "0.3")),
        ("三成半", ("p", "0.35")),
        ("1.5x", ("x", "1.5")),
        ("x2", ("x", "2")),
        ("3 times", ("x", "3")),
        ("一倍半", ("x", "1.5")),
        ("两倍", ("x", "2")),
        ("-14 LUFS", ("l", "-14")),
        ("minus 16 lufs", ("l", "-16")),
        ("-38 dB", ("d", "-38")),
        ("6分贝", ("d", "6")),
        ("+3dB", ("d", "+3")),
        ("90°", ("g", "90")),
        ("ninety degrees", ("g", "90")),
        ("9:16", ("a", "9:16")),
        ("16 by 9", ("a", "16:9")),
        ("9比16", ("a", "9:16")),
        ("4x5", ("a", "4:5")),
    ],
)
def test_quantities(text, mark):
    assert the_mark(f"use {text}") == mark


def test_an_aspect_ratio_between_clock_times_is_a_time():
    assert the_mark("cut from 9:16 to 16:09") == ("r", "556000:969000")


def test_what_is_quoted_is_never_a_number():
    marks = Marks()
    text = marked("add a title '10 seconds, 50% off'", marks)
    assert [m[0] for m in MARK.findall(text)] == ["q"]
    assert marks.restore(text) == "add a title '10 seconds, 50% off'"


@pytest.mark.parametrize("text", ["80s music", "mp4", "1080p", "1920x1080", "track 2", "Chapter 7"])
def test_other_numbers_stay_words(text):
    assert MARK.findall(marked(f"use {text}", Marks())) == []


@pytest.mark.parametrize(
    ("slip", "meant"),
    [
        ("trmi", "trim"),
        ("exprot", "export"),
        ("captoins", "captions"),
        ("transistion", "transition"),
        ("secnods", "seconds"),
        ("frist", "first"),
    ],
)
def test_slips_in_key_words_are_mended(slip, meant):
    assert mend(f"please {slip} it") == f"please {meant} it"


@pytest.mark.parametrize(
    "word", ["tile", "expert", "later", "spend", "write", "must", "grim", "Marge", "iMovie", "last"]
)
def test_words_are_left_alone(word):
    assert mend(f"the {word} one") == f"the {word} one"
