"""Marks of the recording as orders: when they are obeyed, when only mentioned, and what comes of them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from nemo_lab.engine.analysis import Analysis, Envelope
from nemo_lab.engine.analysis.directives import chapter_name, highlighted
from nemo_lab.engine.compose import Asset, Composition, compose, place
from nemo_lab.engine.media import AudioStream, MediaInfo
from nemo_lab.engine.media.markers import Marker
from nemo_lab.protocol.draft import Draft, Track
from nemo_lab.protocol.plan import parse_operation

LENGTH = 60_000
SPOKEN = [(start, start + 3000) for start in range(1000, LENGTH - 4000, 6000)]
SOUND = (AudioStream(index=0, channels=2, rate=48_000, codec="aac"),)


def recording(*marks: tuple[int, str], name: str = "rec.mkv") -> Asset:
    """A minute in which somebody speaks for three seconds in every six."""
    levels = [-250 if any(a <= n * 20 < b for a, b in SPOKEN) else -700 for n in range(LENGTH // 20)]
    speech = [95 if any(a <= n * 32 < b for a, b in SPOKEN) else 1 for n in range(LENGTH // 32)]
    ends = [at for at, _ in (*marks, (LENGTH, ""))][1:]
    markers = tuple(
        Marker(start_ms=at, end_ms=end, title=title) for (at, title), end in zip(marks, ends, strict=True)
    )
    info = MediaInfo(
        kind="video", duration_ms=LENGTH, width=64, height=36, rate="25/1", audio=SOUND, markers=markers,
        size_bytes=1,
    )  # fmt: skip
    envelope = Envelope(index=0, levels=tuple(levels), speech=tuple(speech))
    return Asset(name, name, info, Analysis(duration_ms=LENGTH, envelopes=(envelope,)))


class Desk:
    def __init__(self, *assets: Asset) -> None:
        self.library = {asset.id: asset for asset in assets}
        self.draft = Draft()
        for asset in assets:
            self.draft = place(self.draft, asset)

    def do(self, *operations: dict, language: str = "en") -> Composition:
        result = compose(
            self.draft,
            [parse_operation(operation) for operation in operations],
            self.library,
            language=language,
        )
        self.draft = result.draft
        return result

    @property
    def main(self) -> Track:
        return self.draft.tracks[0]

    def shown(self, asset: str = "rec.mkv") -> list[tuple[int, int]]:
        return [(s.source_start_ms, round(s.source_end_ms)) for s in self.main.segments if s.asset == asset]


def has(shown: list[tuple[int, int]], start: int, end: int) -> int:
    """Return how many ms of a stretch are shown."""
    return sum(max(0, min(b, end) - max(a, start)) for a, b in shown)


PAUSES = {"op": "remove_silence"}
MARKS = {"op": "markers"}


def test_the_first_edit_that_cuts_by_itself_obeys() -> None:
    desk = Desk(recording((0, "Intro"), (10_000, "cut"), (20_000, "keep"), (30_000, "Main")))
    result = desk.do(PAUSES)
    assert result.done[0] == (
        "Obeyed 2 marks that were set while recording: mark “cut” at 0:10, mark “keep” at 0:20"
    )
    assert has(desk.shown(), 10_000, 20_000) == 0
    assert has(desk.shown(), 20_000, 30_000) == 10_000
    assert has(desk.shown(), 34_200, 36_800) == 0
    why = {part.why for part in result.parts if part.start < 20_000 and part.end > 10_000}
    assert "mark “cut” at 0:10" in why
    again = desk.do({"op": "remove_silence", "min_silence_ms": 400})
    assert not any("mark" in line for line in [*again.done, *again.notes])


def test_said_on_its_own_nothing_else_is_cut() -> None:
    desk = Desk(
        recording((0, "speed 2x"), (20_000, "title: Boss fight"), (40_000, "cut 5s"), (41_000, "End"))
    )
    desk.do(MARKS)
    assert desk.draft.duration_ms == 60_000 - 10_000 - 5_000
    assert [s.speed for s in desk.main.segments][:1] == [2.0]
    title = desk.draft.tracks[1].segments[0]
    assert (title.metadata["text"], title.start_ms, title.duration_ms) == ("Boss fight", 10_000, 3000)
    assert desk.do(MARKS).notes == [
        "The recording carries no marks that ask for anything (cut, keep, highlight, speed 4x, title: X)."
    ]


def test_another_edit_mentions_them_once() -> None:
    desk = Desk(recording((5000, "删除"), (9000, "后面")))
    told = desk.do({"op": "fade", "direction": "in"}, language="zh").notes
    assert told == ["录像里有 1 个表示要求的标记：标记“删除”（0:05）。说“按标记剪辑”即可执行。"]
    assert desk.do({"op": "fade", "direction": "out"}).notes == []
    assert desk.draft.duration_ms == LENGTH
    desk.do(PAUSES)
    assert has(desk.shown(), 5000, 9000) == 0


def test_they_can_be_left_alone_for_good() -> None:
    desk = Desk(recording((10_000, "cut"), (20_000, "x"), (49_500, "highlight")))
    result = desk.do(PAUSES, {"op": "markers", "obey": False})
    assert "left alone" in result.done[0]
    assert has(desk.shown(), 13_000, 15_900) == 2900
    result = desk.do({"op": "condense", "target_ms": 9000})
    assert not any("marked" in line for line in [*result.done, *result.notes])


def test_marks_that_would_take_all_take_nothing() -> None:
    desk = Desk(recording((0, "cut")))
    result = desk.do(PAUSES)
    assert any("ask to cut all" in note for note in result.notes)
    assert has(desk.shown(), 1000, 4000) == 3000


def test_times_are_the_timelines_whatever_was_cut_joined_or_hurried_before() -> None:
    first, second = recording(name="a.mkv"), recording((10_000, "cut"), (20_000, "x"), name="b.mkv")
    desk = Desk(first, second)
    desk.do({"op": "cut", "start_ms": 0, "end_ms": 30_000})
    desk.do({"op": "speed", "factor": 2.0})
    desk.do(MARKS)
    assert has(desk.shown("a.mkv"), 0, LENGTH) == 30_000
    assert has(desk.shown("b.mkv"), 10_000, 20_000) == 0
    assert has(desk.shown("b.mkv"), 0, LENGTH) == 50_000
    assert desk.draft.duration_ms == 40_000


def test_files_joined_in_another_order_take_their_marks_along() -> None:
    desk = Desk(recording(name="a.mkv"), recording((10_000, "cut"), (20_000, "x"), name="b.mkv"))
    desk.do({"op": "merge", "files": ["b.mkv", "a.mkv"]}, MARKS)
    assert has(desk.shown("b.mkv"), 10_000, 20_000) == 0
    assert has(desk.shown("a.mkv"), 0, LENGTH) == LENGTH


@pytest.mark.parametrize("op", [{"op": "condense", "target_ms": 12_000}, {"op": "highlights", "count": 1}])
def test_what_is_marked_as_a_highlight_outranks_all_else(op: dict) -> None:
    plain, marked = Desk(recording()), Desk(recording((38_000, "Highlight"), (45_000, "x")))
    plain.do(op)
    result = marked.do(op)
    assert has(marked.shown(), 37_000, 40_000) == 3000
    assert has(plain.shown(), 37_000, 40_000) < 3000
    assert any("marked highlights count" in note for note in result.notes)
    stays = [part.why for part in result.parts if part.kind == "keep"]
    assert all("marked as a highlight" in why for why in stays)
    assert bool(stays) == (op["op"] == "highlights")


def test_every_part_that_goes_says_why_and_nothing_else_went() -> None:
    desk = Desk(recording())
    result = desk.do({"op": "condense", "target_ms": 12_000})
    assert any(part.why.startswith("rank ") for part in result.parts)
    assert any(part.why.startswith("pause of ") for part in result.parts)
    edges = [edge for part in result.parts for edge in (part.start, part.end)]
    assert edges == sorted(edges)
    told = sum(part.end - part.start for part in result.parts)
    assert abs(told - (LENGTH - desk.draft.duration_ms)) <= 40 * len(result.parts)


@pytest.mark.parametrize(
    ("name", "span"),
    [("highlight", (40_000, 65_000)), ("精彩时刻", (40_000, 65_000)), ("highlight 30s", (20_000, 50_000))],
)
def test_where_a_highlight_is(name: str, span: tuple[int, int]) -> None:
    assert highlighted([Marker(start_ms=50_000, end_ms=90_000, title=name)]) == [span]


def test_names_that_are_no_orders_stay_chapters() -> None:
    names = [
        "Intro",
        "cut",
        "keep",
        "speed 4x",
        "title: Boss",
        "highlight",
        "cut the grass",
        "highlights of 2026",
    ]
    shown = [chapter_name(name) for name in names]
    assert shown == ["Intro", None, None, None, "Boss", None, "cut the grass", "highlights of 2026"]


def test_a_still_or_unheard_file_has_nothing_to_obey() -> None:
    mute = replace(recording(), analysis=None)
    assert "no marks" in Desk(mute).do(MARKS).notes[0]
