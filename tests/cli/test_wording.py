"""Lengths, sizes, bars and progress as they are shown."""

from __future__ import annotations

import io

import pytest

from nemo_lab.cli.progress import ProgressLine
from nemo_lab.cli.timeline import Part, bars, cut_list, cut_parts
from nemo_lab.cli.wording import clock, saved, size
from nemo_lab.protocol.draft import Draft, Segment, Track
from nemo_lab.protocol.events import Progress, Text


@pytest.mark.parametrize(
    ("ms", "text"),
    [(0, "0:00.0"), (59_949, "0:59.9"), (59_950, "1:00.0"), (3_600_000, "1:00:00.0"), (61_500, "1:01.5")],
)
def test_clock(ms, text):
    assert clock(ms) == text


@pytest.mark.parametrize(
    ("count", "text"), [(999, "999 B"), (1000, "1.0 kB"), (3_250_000, "3.2 MB"), (7_000_000_000, "7.00 GB")]
)
def test_size(count, text):
    assert size(count) == text


def test_the_closing_sentence_in_both_languages():
    assert saved("/a b.mp4", 10_000, 8000, 1500, "local", "en") == (
        "Saved /a b.mp4 (0:10.0 → 0:08.0, 1.5 kB, local backend)"
    )
    assert saved("/a.mp4", 10_000, 8000, 1500, "cloud", "zh").startswith("已保存 /a.mp4（0:10.0 → 0:08.0")


def draft(*parts: tuple[int, int]) -> Draft:
    segments = tuple(Segment(asset="a", source_start_ms=s, duration_ms=e - s) for s, e in parts)
    return Draft(tracks=(Track(segments=segments),))


def test_a_bar_shows_what_is_kept_and_what_is_cut():
    before, after = draft((0, 10_000)), draft((0, 2000), (5000, 6000), (6000, 9000))
    assert bars(before, after, width=10) == ["0:00.0 ██···████· 0:10.0"]
    assert cut_parts(before, after) == {"a": [Part(2000, 5000), Part(9000, 10_000)]}
    assert cut_list(before, after)[0] == "cut 0:02.0 – 0:05.0 (3.0 s)"
    assert cut_parts(before, before) == {"a": []}


def test_what_is_played_twice_counts_once():
    assert cut_parts(draft((0, 10_000)), draft((4000, 10_000), (0, 5000))) == {"a": []}


def test_a_deleted_source_is_cut_whole():
    assert cut_parts(draft((0, 1000)), Draft()) == {"a": [Part(0, 1000)]}
    assert bars(Draft(), Draft()) == []


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_without_a_terminal_progress_is_sparse():
    out = io.StringIO()
    line = ProgressLine(stream=out)
    for percent in range(101):
        line(Progress("render", percent / 100))
    line(Progress("render", 1.0))
    assert [row.split() for row in out.getvalue().splitlines()] == [
        ["render", "0%"], ["render", "25%"], ["render", "50%"], ["render", "75%"], ["render", "100%"],
    ]  # fmt: skip


def test_on_a_terminal_it_is_one_line_a_stage():
    out = Terminal()
    line = ProgressLine(stream=out, language="zh")
    for stage in ("upload", "analysing"):
        for percent in (0, 50, 100):
            line(Progress(stage, percent / 100))
    line.end()
    line.end()
    assert out.getvalue().count("\n") == 2
    assert "上传" in out.getvalue()
    assert "100%" in out.getvalue()


def test_quiet_says_nothing_and_text_is_no_progress():
    out = Terminal()
    ProgressLine(stream=out, quiet=True)(Progress("render", 0.5))
    ProgressLine(stream=out)(Text("hello"))
    assert out.getvalue() == ""


def test_progress_without_a_number():
    out = io.StringIO()
    line = ProgressLine(stream=out)
    line(Progress("thinking"))
    line(Progress("thinking"))
    assert out.getvalue().split() == ["thinking"]
