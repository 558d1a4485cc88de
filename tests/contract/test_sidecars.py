"""Captions as a file beside the video, or alone, from the timeline: by client, runner and words."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import nemo_lab
from nemo_lab.client import connect
from nemo_lab.engine.media import probe
from nemo_lab.engine.media.extras import read_extras
from nemo_lab.engine.words import Transcript, Word
from nemo_lab.errors import NotReady, OutputExists, UnsupportedFormat
from nemo_lab.local import library
from nemo_lab.protocol.plan import EditPlan
from nemo_lab.protocol.router import export_wish, route
from nemo_lab.recipes import RunRecord
from tests.media.clips import make

WORDS = Transcript(
    language="en",
    words=tuple(
        Word(text=f" {text}", start_ms=at, end_ms=at + 300)
        for at, text in ((100, "Hello."), (2000, "This"), (2300, "is"), (2600, "it."))
    ),
)
SRT = """1
00:00:00,100 --> 00:00:01,100
Hello.

2
00:00:02,000 --> 00:00:03,300
This is it.
"""


@pytest.fixture(autouse=True)
def _written(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is said is known already: no model is needed here."""

    async def known(*_: object) -> tuple[Transcript, str]:
        return WORDS, ""

    monkeypatch.setattr(library.Libraries, "_words", known)


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return make(tmp_path / "talk.mkv", seconds=4, sound="speech")


@pytest.mark.parametrize("suffix", ["mp4", "mkv"])
def test_one_sentence_saves_both(clip: Path, suffix: str) -> None:
    record = nemo_lab.edit(clip, "save the subtitles as SRT", clip.parent / f"out.{suffix}")
    assert record.subtitles is not None
    beside = clip.parent / "out.srt"
    assert Path(record.subtitles.path) == beside
    assert beside.read_text("utf-8") == SRT
    [track] = read_extras(record.path, probe(record.path)).subtitles
    assert [cue.text.split(",", 7)[-1] for cue in track.cues] == ["Hello.", "This is it."]
    assert track.language == "eng"
    assert (
        RunRecord.model_validate_json(record.path.with_name(f"out.{suffix}.nemo.json").read_bytes()) == record
    )


def test_captions_that_are_burnt_in_are_saved_too(clip: Path) -> None:
    record = nemo_lab.edit(clip, "burn in captions and save them as a VTT", clip.parent / "out.mp4")
    assert (clip.parent / "out.vtt").read_text("utf-8").startswith("WEBVTT\n\n00:00:00.100 --> 00:00:01.100")
    assert read_extras(record.path, probe(record.path)).subtitles == ()


def test_a_session_saves_what_the_timeline_holds(clip: Path) -> None:
    with connect("local") as client:
        session = client.create_session()
        session.upload(clip)
        with pytest.raises(NotReady, match="no captions"):
            session.save_subtitles(clip.parent / "a.srt")
        with pytest.raises(NotReady, match="no captions"):
            session.export(clip.parent / "a.mp4", subtitles="srt")
        session.chat("add captions")
        session.chat("cut the first 1.5 seconds")
        path = session.save_subtitles(clip.parent / "a.srt")
        assert path.read_text("utf-8") == "1\n00:00:00,500 --> 00:00:01,800\nThis is it.\n"
        with pytest.raises(OutputExists):
            session.save_subtitles(path)
        with pytest.raises(OutputExists):
            session.export(clip.parent / "a.mp4", subtitles="srt")
        with pytest.raises(UnsupportedFormat, match="txt"):
            session.save_subtitles(clip.parent / "a.txt")
        assert "Style: Captions" in session.save_subtitles(clip.parent / "a.ass").read_text("utf-8")
        # The captions are there: to save them asks for no others.
        assert session.chat("export the captions as srt").operations == ()
    assert not list(clip.parent.glob(".*.part"))
    assert not (clip.parent / "a.mp4").exists()


def test_without_captions_the_video_is_saved_all_the_same(
    clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def unknown(*_: object) -> tuple[None, str]:
        return None, "Run: pip install 'nemo-lab[captions]'"

    monkeypatch.setattr(library.Libraries, "_words", unknown)
    record = nemo_lab.edit(clip, "cut the last second and save the subtitles as SRT", clip.parent / "out.mp4")
    assert record.subtitles is None
    assert "pip install 'nemo-lab[captions]'" in record.said[0].reply
    assert "no file of subtitles was saved, since there are no captions" in record.notes


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("save the subtitles as SRT", "srt"),
        ("export as mp4 and the subtitles as VTT", "vtt"),
        ("导出SRT字幕", "srt"),
        ("export it with captions in an ass file", "ass"),
        ("add subtitles as a separate file", "srt"),
    ],
)
def test_words_that_ask_for_a_file_of_subtitles(text: str, kind: str) -> None:
    from nemo_lab.engine.understand import understand

    plan: EditPlan = understand(text)
    assert route(text) == plan.route == "edit"
    wish = export_wish(text)
    assert wish is not None
    assert plan.export is not None
    assert wish.subtitles == plan.export.subtitles == kind
    assert [op.op for op in plan.operations] == ["captions", "export"]
    assert json.loads(plan.export.model_dump_json())["subtitles"] == kind


@pytest.mark.parametrize("text", ["add captions", "is there an srt?", "export as mp4", "cut the bass"])
def test_words_that_do_not(text: str) -> None:
    wish = export_wish(text)
    assert wish is None or wish.subtitles is None
