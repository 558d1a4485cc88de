"""Chapters: read from recordings, obeyed as directives, and written into what is exported."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import pytest

import nemo_lab
from nemo_lab.engine.analysis.directives import directives
from nemo_lab.engine.compose import Asset, compose, place
from nemo_lab.engine.media import probe
from nemo_lab.engine.media.markers import Marker
from nemo_lab.engine.render import render
from nemo_lab.protocol.draft import Draft, TrackType
from nemo_lab.protocol.plan import Cut, Export, Protect, Speed, Title
from tests.media.clips import make

NEAR = 70
"""ms: a remuxed clip begins with its first decoded picture, up to two frames after the container's zero."""


def marked(path: Path, marks: list[tuple[int, str]], seconds: int = 4, **clip: object) -> Path:
    """Write a clip with chapters, as OBS does: by remuxing."""
    plain = make(path.with_name("plain.mkv"), seconds=seconds, **clip)
    with av.open(str(plain)) as source, av.open(str(path), "w") as out:
        streams = {s.index: out.add_stream_from_template(s) for s in source.streams}
        ends = [*(at for at, _ in marks[1:]), seconds * 1000]
        out.set_chapters(
            [
                {"id": n, "start": a, "end": b, "time_base": Fraction(1, 1000), "metadata": {"title": t}}
                for n, ((a, t), b) in enumerate(zip(marks, ends, strict=True), 1)
            ]
        )
        for packet in source.demux():
            if packet.dts is not None:
                packet.stream = streams[packet.stream.index]
                out.mux(packet)
    return path


@pytest.mark.parametrize("suffix", [".mkv", ".mp4", ".mov"])
def test_chapters_are_read(tmp_path: Path, suffix: str) -> None:
    path = marked(tmp_path / f"marked{suffix}", [(0, "Unnamed 1"), (1500, "删除"), (3000, "title: The end")])
    found = probe(path).markers
    assert [m.title for m in found] == ["Unnamed 1", "删除", "title: The end"]
    for marker, start, end in zip(found, (0, 1500, 3000), (1500, 3000, 4000), strict=True):
        assert abs(marker.start_ms - start) <= NEAR
        assert abs(marker.end_ms - end) <= NEAR


def test_files_without_chapters_have_none(tmp_path: Path) -> None:
    for name in ("plain.mkv", "tone.wav"):
        path = make(tmp_path / name, seconds=1)
        assert probe(path).markers == ()


@pytest.mark.parametrize(
    ("name", "operation"),
    [
        ("cut", Cut(start_ms=5000, end_ms=9000)),
        ("CUT ", Cut(start_ms=5000, end_ms=9000)),
        ("剪掉", Cut(start_ms=5000, end_ms=9000)),
        ("cut 3s", Cut(start_ms=2000, end_ms=5000)),
        ("cut the last 30 seconds", Cut(start_ms=0, end_ms=5000)),
        ("删除2.5秒", Cut(start_ms=2500, end_ms=5000)),
        ("keep", Protect(start_ms=5000, end_ms=9000)),
        ("speed 4x", Speed(start_ms=5000, end_ms=9000, factor=4)),
        ("1.5倍速", Speed(start_ms=5000, end_ms=9000, factor=1.5)),
        ("title: Boss fight", Title(text="Boss fight", start_ms=5000)),
        ("标题：决战", Title(text="决战", start_ms=5000)),
        ("Unnamed 3", None),
        ("cutting wood", None),
        ("keep going", None),
        ("speed 1000x", None),
        ("title:", None),
        ("", None),
    ],
)
def test_names_are_directives(name: str, operation: object) -> None:
    found = directives([Marker(start_ms=5000, end_ms=9000, title=name)])
    assert found == ([operation] if operation else [])


def test_a_marked_recording_is_cut_as_marked_and_its_chapters_are_exported(tmp_path: Path) -> None:
    path = marked(tmp_path / "rec.mkv", [(0, "Intro"), (1000, "cut"), (2000, "Main")])
    info = probe(path)
    asset = Asset("a", "rec.mkv", info)
    draft = place(Draft(), asset)
    marks = [{"start": 0, "title": "Intro"}, {"start": 2000, "title": "Main"}, {"start": "x"}, "?"]
    draft = draft.model_copy(update={"metadata": draft.metadata | {"x_chapters": marks[:2]}})
    cut = compose(draft, directives(info.markers), {"a": asset}).draft
    assert abs(cut.duration_ms - 3000) <= NEAR
    assert [mark["title"] for mark in cut.metadata["x_chapters"]] == ["Intro", "Main"]
    main = cut.metadata["x_chapters"][1]["start"]
    assert abs(main - 1000) <= NEAR
    noisy = cut.model_copy(
        update={"metadata": cut.metadata | {"x_chapters": [*cut.metadata["x_chapters"], *marks[2:]]}}
    )
    for suffix in ("mp4", "mkv", "mp3"):
        target = tmp_path / f"out.{suffix}"
        render(noisy, {"a": path}, target, Export(format=suffix), progress=lambda _: None)
        found = probe(target).markers
        wanted = [("Intro", 0), ("Main", main)]
        assert [m.title for m in found] == [title for title, _ in wanted]
        assert all(abs(m.start_ms - at) <= 1 for m, (_, at) in zip(found, wanted, strict=True))
        assert len(probe(target).audio) == 1


@pytest.mark.parametrize("suffix", [".mkv", ".mp4"])
def test_from_a_marked_recording_to_a_finished_file(tmp_path: Path, suffix: str) -> None:
    marks = [(0, "Intro"), (2000, "cut"), (4000, "keep"), (6000, "title: The end")]
    speech = tuple((at, at + 1.0) for at in range(0, 8, 2))
    path = marked(tmp_path / f"rec{suffix}", marks, seconds=8, sound="speech", speech=speech)
    record = nemo_lab.edit(path, "cut the boring parts", tmp_path / f"out{suffix}")
    assert record.said[0].reply.startswith("Obeyed 3 marks that were set while recording: mark “cut” at 0:02")
    result = probe(record.path)
    assert abs(result.duration_ms - record.after_ms) <= NEAR
    # 0-2 less its pause, nothing of 2-4, all of 4-6, and 6-8 less its pause.
    assert 2 * 1000 + 2000 <= record.after_ms + NEAR <= 2 * 1300 + 2000 + 2 * NEAR
    assert [marker.title for marker in result.markers] == ["Intro", "The end"]
    texts = [s for track in Draft.from_wire(record.draft).of_type(TrackType.TEXT) for s in track.segments]
    assert [segment.metadata["text"] for segment in texts] == ["The end"]
    assert abs((texts[0].start_ms or 0) - result.markers[1].start_ms) <= NEAR


def test_a_plain_export_keeps_marks_as_they_are(tmp_path: Path) -> None:
    path = marked(tmp_path / "rec.mkv", [(0, "Intro"), (1000, "cut"), (2000, "Main")])
    record = nemo_lab.edit(path, "export it", tmp_path / "out.mkv")
    assert abs(record.after_ms - 4000) <= NEAR
    assert [marker.title for marker in probe(record.path).markers] == ["Intro", "cut", "Main"]
