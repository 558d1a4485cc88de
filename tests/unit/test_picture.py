"""What notebooks show: pictures of timelines, replies and videos, with nothing in them that could run."""

from __future__ import annotations

import os
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from nemo_lab.client import Reply, Video
from nemo_lab.protocol.draft import Draft, Segment, Track, TrackType
from nemo_lab.protocol.events import Option, Question
from nemo_lab.protocol.picture import timeline_html

HOSTILE = "<script>alert(1)</script>\" onload='x' &amp; \x00\ud83d"


def draft(*lengths: int, name: str = "talk.mkv") -> Draft:
    segments = tuple(Segment(duration_ms=length, name=name) for length in lengths)
    title = Segment(duration_ms=1000, metadata={"text": name})
    return Draft(tracks=(Track(segments=segments), Track(type=TrackType.TEXT, segments=(title,))))


def test_a_timeline_is_drawn_to_scale():
    drawing = ET.fromstring(timeline_html(draft(1000, 3000)))
    first, second, title = (float(box.attrib["width"]) for box in drawing.iter("rect"))
    assert second == pytest.approx(3 * first, abs=0.2)
    assert title == pytest.approx(first, abs=0.2)
    assert drawing.attrib["aria-label"] == "Timeline, 2 tracks, 0:04.0"
    assert next(drawing.iter("title")).text == "talk.mkv 0:00.0 – 0:01.0"


def test_thousands_of_clips_are_one_shape():
    html = timeline_html(draft(*[100] * 2000))
    assert len(html) < 100_000
    assert len(list(ET.fromstring(html).iter("path"))) == 1


def test_an_empty_timeline_says_so():
    assert timeline_html(Draft()) == "<p>Timeline (empty)</p>"
    assert Draft()._repr_mimebundle_()["text/plain"] == "Timeline (empty)"


def test_what_others_wrote_is_shown_and_never_run(tmp_path: Path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    question = Question(id="q", prompt=HOSTILE, options=(Option(id="a", label=HOSTILE),))
    video = Video(
        path=tmp_path / "<img src=x onerror=alert(1)>.mp4", format="mp4", size_bytes=9, render_id="r"
    )
    video.path.write_bytes(b"x")
    reply = Reply(
        HOSTILE, changes=(HOSTILE,), draft=draft(9000, name=HOSTILE), questions=(question,), video=video
    )
    html = reply._repr_mimebundle_()["text/html"]
    assert "<script" not in html
    assert "<img" not in html
    ET.fromstring(timeline_html(draft(9000, name=HOSTILE)))


@pytest.mark.parametrize(("name", "tag"), [("a b.mp4", "<video"), ("a b.mp3", "<audio"), ("a b.gif", "<img")])
def test_a_video_beside_the_notebook_gets_a_player(tmp_path: Path, monkeypatch, name: str, tag: str):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / name
    path.write_bytes(b"x")
    html = Video(path=path, format=name[-3:], size_bytes=2_500_000, render_id="r", duration_ms=61_000)
    shown = html._repr_mimebundle_()["text/html"]
    assert shown.startswith(tag)
    assert f'src="a%20b.{name[-3:]}"' in shown
    assert "(1:01.0, 2.5 MB)" in shown


def test_a_video_elsewhere_is_only_named(tmp_path: Path, monkeypatch):
    (tmp_path / "below").mkdir()
    (tmp_path / "a.mp4").write_bytes(b"x")
    monkeypatch.chdir(tmp_path / "below")
    shown = Video(path=tmp_path / "a.mp4", format="mp4", size_bytes=1, render_id="r")._repr_mimebundle_()
    assert "<video" not in shown["text/html"]
    assert shown["text/plain"] == os.fspath(tmp_path / "a.mp4")
