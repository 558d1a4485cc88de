"""Operations that go by what is said and what matters, on small timelines worked out by hand."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from nemo_lab.engine.analysis import Analysis, Envelope
from nemo_lab.engine.compose import Asset, Composition, compose, place
from nemo_lab.engine.media import AudioStream, MediaInfo
from nemo_lab.engine.words import Transcript, Word
from nemo_lab.errors import EditError
from nemo_lab.protocol.draft import Draft, Segment, TrackType
from nemo_lab.protocol.plan import parse_operation
from nemo_lab.protocol.subtitles import captions_of, to_srt

SOUND = (AudioStream(index=0, channels=2, rate=48_000, codec="aac"),)
SENTENCES = [
    (1000, "Hello and welcome."),
    (4000, "Um, today we build a house."),
    (9000, "First we need, uh, some wood."),
    (15_000, "You know, this is hard."),
    (21_000, "Now the roof goes on."),
    (28_000, "It is done."),
    (33_000, "Thank you for watching."),
]
EACH = 400
LENGTH = 40_000


def words_of(sentences: list[tuple[int, str]]) -> tuple[Word, ...]:
    return tuple(
        Word(text=f" {word}", start_ms=start + EACH * number, end_ms=start + EACH * (number + 1))
        for start, sentence in sentences
        for number, word in enumerate(sentence.split())
    )


def talk(*, words: bool = True, motion: tuple[int, ...] = (), size: tuple[int, int] = (1920, 1080)) -> Asset:
    spoken = [(start, start + EACH * len(sentence.split())) for start, sentence in SENTENCES]
    levels = [-250 if any(a <= n * 20 < b for a, b in spoken) else -700 for n in range(LENGTH // 20)]
    speech = [95 if any(a + 16 <= n * 32 < b - 16 for a, b in spoken) else 1 for n in range(LENGTH // 32)]
    envelope = Envelope(index=0, levels=tuple(levels), speech=tuple(speech))
    info = MediaInfo(
        kind="video",
        duration_ms=LENGTH,
        width=size[0],
        height=size[1],
        audio=SOUND,
        size_bytes=1,
        rate="25/1",
    )
    transcript = Transcript(language="en", words=words_of(SENTENCES)) if words else None
    analysis = Analysis(duration_ms=LENGTH, envelopes=(envelope,), motion=motion)
    return Asset("talk.mkv", "talk.mkv", info, analysis, transcript)


class Table:
    def __init__(self, asset: Asset) -> None:
        self.library = {asset.id: asset}
        self.draft = place(Draft(), asset)

    def do(self, *operations: dict, language: str = "en") -> Composition:
        plan = [parse_operation(operation) for operation in operations]
        result = compose(self.draft, plan, self.library, language=language)
        self.draft = result.draft
        return result

    @property
    def main(self) -> tuple[Segment, ...]:
        return self.draft.tracks[0].segments

    def shown(self) -> list[tuple[int, int]]:
        return [(s.source_start_ms, round(s.source_end_ms)) for s in self.main]

    def captions(self) -> list[Segment]:
        tracks = [t for t in self.draft.of_type(TrackType.TEXT) if t.metadata.get("role") == "captions"]
        assert len(tracks) <= 1
        return list(tracks[0].segments) if tracks else []


@pytest.fixture
def table() -> Table:
    return Table(talk())


def assert_no_word_is_cut(table: Table) -> None:
    for word in words_of(SENTENCES):
        inside = sum(max(0, min(b, word.end_ms) - max(a, word.start_ms)) for a, b in table.shown())
        assert inside in (0, EACH), f"{word} was cut in half"


@pytest.mark.parametrize("target", [30_000, 20_000, 12_000, 8_000])
def test_condense_reaches_its_target(table: Table, target: int) -> None:
    result = table.do({"op": "condense", "target_ms": target})
    assert target - 2000 <= table.draft.duration_ms <= target
    assert_no_word_is_cut(table)
    assert result.done[0].startswith("Shortened the pauses")
    assert result.notes == []


def test_condense_without_a_length_takes_a_quarter(table: Table) -> None:
    before = table.draft.duration_ms
    table.do({"op": "condense"})
    assert before * 0.6 < table.draft.duration_ms <= before * 0.75


def test_condense_lists_what_it_leaves_out(table: Table) -> None:
    done = table.do({"op": "condense", "target_ms": 8000}).done[0]
    assert "left out the" in done
    assert "0:" in done
    assert "删去" in Table(talk()).do({"op": "condense", "target_ms": 8000}, language="zh").done[0]


def test_condense_keeps_what_is_protected(table: Table) -> None:
    table.do({"op": "protect", "start_ms": 15_500, "end_ms": 16_000}, {"op": "condense", "target_ms": 8000})
    assert sum(max(0, min(b, 17_000) - max(a, 15_000)) for a, b in table.shown()) == 2000
    assert_no_word_is_cut(table)
    late = Table(talk())
    late.do({"op": "protect"})
    assert "was not reached" in late.do({"op": "condense", "target_ms": 8000}).notes[0]
    assert late.draft.duration_ms == LENGTH


def test_condense_of_what_nobody_analysed_is_noted() -> None:
    table = Table(replace(talk(), analysis=None))
    result = table.do({"op": "condense", "target_ms": 8000})
    assert "not analysed" in result.notes[0]
    assert table.draft.duration_ms == LENGTH


def test_highlights(table: Table) -> None:
    result = table.do({"op": "highlights", "count": 2})
    assert len(table.main) == 2
    assert_no_word_is_cut(table)
    assert result.done[0].startswith("Kept the best 2 stretches (0:")
    other = Table(talk())
    other.do({"op": "highlights", "target_ms": 10_000})
    assert 8000 <= other.draft.duration_ms <= 10_000
    assert_no_word_is_cut(other)


def test_chapters_are_named_by_their_words_and_move_along(table: Table) -> None:
    result = table.do({"op": "chapters"})
    marks = table.draft.metadata["x_chapters"]
    assert len(marks) == 3
    assert marks[0] == {"start": 0, "title": "Hello and welcome"}
    assert all(b["start"] - a["start"] >= 10_000 for a, b in pairwise(marks))
    assert "0:00 Hello and welcome" in result.done[0]
    last = marks[-1]
    table.do({"op": "cut", "start_ms": 2500, "end_ms": 3500})
    assert table.draft.metadata["x_chapters"][-1] == last | {"start": last["start"] - 1000}


def test_chapters_without_words_are_numbered() -> None:
    table = Table(talk(words=False))
    table.do({"op": "chapters"}, language="zh")
    assert [mark["title"] for mark in table.draft.metadata["x_chapters"]] == ["第1部分", "第2部分", "第3部分"]


def test_too_short_for_chapters(table: Table) -> None:
    result = table.do({"op": "keep", "end_ms": 9000}, {"op": "chapters"})
    assert "too short" in result.notes[0]
    assert "x_chapters" not in table.draft.metadata


def test_captions_show_what_is_said_where_it_is_said(table: Table) -> None:
    result = table.do({"op": "captions"})
    shown = table.captions()
    assert [s.metadata["text"] for s in shown] == [sentence for _, sentence in SENTENCES]
    assert [s.start_ms for s in shown] == [start for start, _ in SENTENCES]
    assert all(s.metadata["position"] == "bottom" for s in shown)
    assert result.done == ["Added 7 captions"]
    table.do({"op": "captions", "style": "yellow box"})
    assert len(table.captions()) == 7
    assert table.captions()[0].metadata["color"] == "#ffe14d"
    assert table.captions()[0].metadata["box"] is True


def test_captions_stay_with_the_words_through_later_cuts(table: Table) -> None:
    table.do({"op": "captions"}, {"op": "title", "text": "House"})
    table.do({"op": "cut", "start_ms": 3000, "end_ms": 8000}, {"op": "speed", "factor": 2})
    texts = [s.metadata["text"] for s in table.captions()]
    assert "Um, today we build a house." not in texts
    first, second = table.captions()[:2]
    assert (first.start_ms, second.start_ms) == (500, 2000)
    assert all(a.start_ms + a.duration_ms <= b.start_ms for a, b in pairwise(table.captions()))
    titles = [t for t in table.draft.of_type(TrackType.TEXT) if t.metadata.get("role") != "captions"]
    assert [s.metadata["text"] for t in titles for s in t.segments] == ["House"]


def test_captions_after_a_cut_in_the_same_plan(table: Table) -> None:
    table.do({"op": "cut", "end_ms": 500}, {"op": "captions"}, {"op": "remove_silence"})
    first = table.captions()[0]
    assert first.metadata["text"] == "Hello and welcome."
    assert first.start_ms < 500


def test_captions_of_a_tall_picture_have_short_lines() -> None:
    table = Table(talk(size=(1080, 1920)))
    table.do({"op": "captions", "style": "large"})
    assert max(len(line) for s in table.captions() for line in s.metadata["text"].split("\n")) <= 25


def test_captions_beside_the_picture(table: Table) -> None:
    assert "beside the picture" in table.do({"op": "captions", "burn_in": False}).done[0]
    track = table.draft.of_type(TrackType.TEXT)[0]
    assert track.metadata == {"role": "captions", "burn_in": False, "language": "en"}
    table.do({"op": "title", "text": "House"})
    text = to_srt(captions_of(table.draft))
    assert text.startswith("1\n00:00:01,000 --> 00:00:02,600\nHello and welcome.\n")
    assert "House" not in text
    assert captions_of(Draft()) == []


def test_unknown_styles_are_said(table: Table) -> None:
    assert "no caption style “comic”" in table.do({"op": "captions", "style": "comic"}).notes[0]


def test_fillers_are_cut_or_silenced(table: Table) -> None:
    result = table.do({"op": "remove_fillers"})
    assert result.done[0].startswith("Removed 2 filler words (0.8 s: 0:04–0:04.4, 0:10.2–0:10.6)")
    assert table.draft.duration_ms == LENGTH - 800
    assert "没有找到口头语" in table.do({"op": "remove_fillers"}, language="zh").notes[0]
    silent = Table(talk())
    silent.do({"op": "remove_fillers", "mode": "mute", "level": "medium"})
    assert silent.draft.duration_ms == LENGTH
    assert [(s.source_start_ms, s.duration_ms) for s in silent.main if s.volume == 0] == [
        (4000, 400),
        (10_200, 400),
        (15_000, 800),
    ]


def test_cut_by_what_is_said(table: Table) -> None:
    result = table.do({"op": "cut", "said": "this is hard"})
    assert table.shown() == [(0, 15_800), (17_000, LENGTH)]
    assert result.done[0].startswith("Removed “this is hard” at 0:15.8–0:17 (1.2 s)")
    with pytest.raises(EditError, match="said nowhere"):
        table.do({"op": "cut", "said": "good evening everybody"})


@pytest.mark.parametrize("op", ["captions", "remove_fillers"])
def test_without_words_it_says_how_to_get_them(op: str) -> None:
    table = Table(replace(talk(words=False), no_words="Run: pip install 'nemo-lab[captions]'"))
    assert "pip install" in table.do({"op": op}).notes[0]
    assert table.draft.duration_ms == LENGTH


MOTION = (500,) * 48 + (60_000,) * 6 + (500,) * 26
"""The picture moves from 24 to 27 s, while nobody speaks."""


def test_silence_in_which_something_is_shown() -> None:
    cut, kept, sped = (Table(talk(motion=MOTION)) for _ in range(3))
    cut.do({"op": "remove_silence"})
    notes = kept.do({"op": "remove_silence", "busy": "keep"}).notes
    done = sped.do({"op": "remove_silence", "busy": "speed"}).done
    assert kept.draft.duration_ms - cut.draft.duration_ms == 3000
    assert "the picture moves" in notes[0]
    assert abs(sped.draft.duration_ms - cut.draft.duration_ms - 3000 / 4) <= 40
    assert done[0].startswith("Hurried through 1 silent")
    assert done[1].startswith("Removed 9 pauses")
    assert [s.speed for s in sped.main if s.speed != 1] == [4.0]


def test_captions_are_taken_out_again(table: Table) -> None:
    table.do({"op": "captions"}, {"op": "title", "text": "House"})
    table.do({"op": "remove", "target": "captions"})
    assert table.captions() == []
    assert len(table.draft.of_type(TrackType.TEXT)) == 1
