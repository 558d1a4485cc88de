"""The finished file: every format, its size and quality, and nothing half done."""

from __future__ import annotations

import errno
import hashlib
import os
import struct
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from nemo_lab.engine.media import probe
from nemo_lab.engine.render import render
from nemo_lab.engine.render.encode import Writer
from nemo_lab.engine.render.smart.writer import PacketWriter
from nemo_lab.errors import (
    Cancelled,
    DiskFull,
    EditError,
    MediaNotFound,
    NotReady,
    OutputNotWritable,
    RenderFailed,
)
from nemo_lab.protocol.draft import Draft
from nemo_lab.protocol.plan import Export
from tests.media.clips import frame_numbers, frame_times, lumas, sound
from tests.media.drafts import piece, timeline, title

Maker = Callable[..., Path]


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


CUT = (piece(500, 1500), piece(2000, 2700))


@pytest.mark.parametrize(
    ("form", "video", "audio"),
    [("mp4", "h264", "aac"), ("mov", "h264", "aac"), ("mkv", "h264", "aac"), ("webm", "vp9", "opus")],
)
def test_films(clip: Maker, tmp_path: Path, form: str, video: str, audio: str) -> None:
    target = tmp_path / f"out.{form}"
    report = render(timeline(*CUT), {"a": clip(seconds=3)}, target, Export())
    assert frame_numbers(target) == [*range(15, 45), *range(60, 81)]
    times = frame_times(target)
    assert [round(float(time - times[0]) * 30) for time in times] == list(range(51))
    with av.open(str(target)) as out:
        picture, voice = out.streams.video[0], out.streams.audio[0]
        assert (picture.codec_context.name.removeprefix("lib").split("-")[0][:4]) in {video, "vpx", "vp9"}
        assert audio in voice.codec_context.name
        assert picture.codec_context.pix_fmt == "yuv420p"
        assert out.duration / 1e6 == pytest.approx(1.7, abs=1 / 30)
    assert sound(target).shape[1] == pytest.approx(1.7 * 48000, abs=1024)
    assert report.size_bytes == target.stat().st_size
    assert (report.format, report.duration_ms, report.frames) == (form, 1700, 51)


@pytest.mark.parametrize("form", ["mp3", "wav", "m4a"])
def test_sounds(clip: Maker, tmp_path: Path, form: str) -> None:
    target = tmp_path / f"out.{form}"
    report = render(timeline(*CUT), {"a": clip(seconds=3)}, target, Export())
    with av.open(str(target)) as out:
        assert not out.streams.video
        assert out.duration / 1e6 == pytest.approx(1.7, abs=0.001)
    assert (report.frames, report.width, report.video_codec) == (0, 0, "")


def test_gif(clip: Maker, tmp_path: Path) -> None:
    report = render(timeline(*CUT), {"a": clip(seconds=3)}, tmp_path / "o.gif", Export())
    assert report.rate == "15/1"
    assert frame_numbers(tmp_path / "o.gif") == [*range(15, 45, 2), *range(60, 81, 2)][: report.frames]
    with Image.open(tmp_path / "o.gif") as image:
        assert image.info["loop"] == 0
        assert image.n_frames == report.frames == 26


def test_png_is_the_first_picture_that_shows_something(clip: Maker, tmp_path: Path) -> None:
    black = tmp_path / "black.png"
    Image.new("RGB", (320, 180)).save(black)
    sources = {"b": black, "a": clip(".mp4", seconds=3)}
    draft = timeline(piece(0, 1000, asset="b"), piece(0, 1000))
    report = render(draft, sources, tmp_path / "out.png", Export())
    assert frame_numbers(tmp_path / "out.png")[0] in range(3)
    assert (report.frames, report.duration_ms, report.audio_tracks) == (1, 0, 0)


def test_mp4_has_its_index_in_front(clip: Maker, tmp_path: Path) -> None:
    render(timeline(*CUT), {"a": clip(seconds=3)}, tmp_path / "out.mp4", Export())
    data, place, boxes = (tmp_path / "out.mp4").read_bytes(), 0, []
    while place < len(data):
        size, name = struct.unpack(">I4s", data[place : place + 8])
        boxes.append(name)
        place += size
    assert boxes.index(b"moov") < boxes.index(b"mdat")


@pytest.mark.parametrize("form", ["mp4", "mkv", "webm", "gif", "mp3", "m4a"])
def test_same_edit_same_bytes(clip: Maker, tmp_path: Path, form: str) -> None:
    draft = timeline(*CUT, titles=(title("再见"),))
    hashes = set()
    for name in ("one", "two"):
        render(draft, {"a": clip(seconds=3)}, tmp_path / f"{name}.{form}", Export())
        hashes.add(hashlib.sha256((tmp_path / f"{name}.{form}").read_bytes()).hexdigest())
    assert len(hashes) == 1


def test_quality_changes_the_size(clip: Maker, tmp_path: Path) -> None:
    sizes = [
        render(timeline(*CUT), {"a": clip(seconds=3)}, tmp_path / "o.mp4", Export(quality=quality)).size_bytes
        for quality in ("low", "medium", "high")
    ]
    assert sizes == sorted(sizes)
    assert sizes[0] < 0.8 * sizes[2]


@pytest.mark.parametrize(
    ("form", "limit"), [("mp4", 40_000), ("webm", 60_000), ("gif", 60_000), ("mp3", 12_000)]
)
def test_max_bytes_is_kept(clip: Maker, tmp_path: Path, form: str, limit: int) -> None:
    target = tmp_path / f"o.{form}"
    report = render(timeline(*CUT), {"a": clip(seconds=3)}, target, Export(max_bytes=limit))
    assert target.stat().st_size <= limit
    if form == "gif":
        assert any("smaller" in note for note in report.notes)
        assert report.width < 320


def test_what_cannot_fit_is_refused(clip: Maker, tmp_path: Path) -> None:
    for form in ("mp4", "mp3", "wav", "gif", "png"):
        with pytest.raises((EditError, RenderFailed)) as caught:
            render(timeline(*CUT), {"a": clip(seconds=3)}, tmp_path / f"o.{form}", Export(max_bytes=400))
        assert caught.value.remedy
    assert names(tmp_path) == []


def test_format_is_taken_from_the_name_unless_said(clip: Maker, tmp_path: Path) -> None:
    render(timeline(*CUT), {"a": clip(seconds=3)}, tmp_path / "strange.name", Export(format="wav"))
    assert (tmp_path / "strange.name").read_bytes()[:4] == b"RIFF"
    with pytest.raises(EditError, match="no format that can be written"):
        render(timeline(*CUT), {"a": clip(seconds=3)}, tmp_path / "o.xyz", Export())


@pytest.mark.parametrize(
    "name", ["a b.mp4", 'it\'s "so".mp4', "中文 视频.mp4", "%03d.mp4", "-x.mp4", "a:b.mp4"]
)
def test_odd_names(clip: Maker, tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    render(timeline(piece(0, 100)), {"a": clip(seconds=3)}, Path(name), Export())
    assert names(tmp_path) == [name]
    assert len(list(lumas(tmp_path / name))) == 3


def test_what_does_not_go_together(clip: Maker, tmp_path: Path) -> None:
    voice, mute = clip(".wav", seconds=1), clip(".mp4", seconds=1, sound=None)
    with pytest.raises(EditError, match="no picture"):
        render(timeline(piece(0, 1000), kind=1), {"a": voice}, tmp_path / "o.mp4", Export())
    with pytest.raises(EditError, match="no picture"):
        render(timeline(piece(0, 1000), kind=1), {"a": voice}, tmp_path / "o.png", Export())
    with pytest.raises(EditError, match="no sound"):
        render(timeline(piece(0, 1000)), {"a": mute}, tmp_path / "o.mp3", Export())
    with pytest.raises(NotReady):
        render(Draft(), {}, tmp_path / "o.mp4", Export())
    with pytest.raises(MediaNotFound, match="b"):
        render(timeline(piece(0, 1000, asset="b")), {"a": mute}, tmp_path / "o.mp4", Export())
    assert names(tmp_path) == []


def test_progress_goes_up_to_the_end(clip: Maker, tmp_path: Path) -> None:
    told: list[float] = []
    draft = timeline(*CUT, effects=({"op": "normalize"},))
    render(draft, {"a": clip(seconds=3)}, tmp_path / "o.mp4", Export(), progress=told.append)
    assert told == sorted(told)
    assert told[-1] == 1.0
    assert len(told) > 10


@pytest.mark.parametrize("error", [KeyboardInterrupt(), Cancelled("stop"), ZeroDivisionError()])
def test_a_stopped_render_leaves_the_old_file_and_no_other(
    clip: Maker, tmp_path: Path, error: BaseException
) -> None:
    target = tmp_path / "o.mp4"
    target.write_bytes(b"old")

    def stop(fraction: float) -> None:
        if fraction > 0.3:
            raise error

    with pytest.raises(type(error)):
        render(timeline(*CUT), {"a": clip(seconds=3)}, target, Export(), progress=stop)
    assert names(tmp_path) == ["o.mp4"]
    assert target.read_bytes() == b"old"


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk(clip: Maker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    def refuse(self: Writer, *made: object, **more: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(Writer, "put", refuse)
    monkeypatch.setattr(PacketWriter, "packet", refuse)
    for quality in ("low", None):  # all encoded, and copied
        with pytest.raises(DiskFull, match="no space left"):
            render(timeline(*CUT), {"a": clip(seconds=3)}, tmp_path / "o.mp4", Export(quality=quality))
        assert names(tmp_path) == []


def test_a_file_size_limit_counts_as_full(clip: Maker, tmp_path: Path) -> None:
    """The real thing: the kernel refuses to let the file grow."""
    resource = pytest.importorskip("resource")
    import signal

    source = clip(seconds=3)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, hard))
    try:
        with pytest.raises(DiskFull):
            render(timeline(*CUT), {"a": source}, tmp_path / "o.mp4", Export(quality="high"))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)
    assert names(tmp_path) == []


def test_places_that_cannot_be_written(clip: Maker, tmp_path: Path) -> None:
    source = {"a": clip(seconds=3)}
    with pytest.raises(OutputNotWritable):
        render(timeline(*CUT), source, tmp_path / "none" / "o.mp4", Export())
    (tmp_path / "folder.mp4").mkdir()
    with pytest.raises(OutputNotWritable, match="is a folder"):
        render(timeline(*CUT), source, tmp_path / "folder.mp4", Export())
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputNotWritable):
        render(timeline(*CUT), source, tmp_path / "file" / "o.mp4", Export())


def test_the_source_may_be_replaced_by_the_result(clip: Maker, tmp_path: Path) -> None:
    """Even onto itself: the source is read to the end before the result takes its place."""
    own = tmp_path / "rec.mp4"
    own.write_bytes(clip(".mp4", seconds=3).read_bytes())
    render(timeline(*CUT), {"a": own}, own, Export())
    assert frame_numbers(own) == [*range(15, 45), *range(60, 81)]


def test_a_damaged_source_still_renders_what_is_whole(clip: Maker, tmp_path: Path) -> None:
    data = bytearray(clip(".mkv", seconds=3).read_bytes())
    middle = len(data) // 2
    data[middle : middle + 400] = bytes(400)
    (tmp_path / "bad.mkv").write_bytes(data)
    report = render(timeline(piece(0, 2900)), {"a": tmp_path / "bad.mkv"}, tmp_path / "o.mp4", Export())
    numbers, times = frame_numbers(tmp_path / "o.mp4"), frame_times(tmp_path / "o.mp4")
    # What is whole lies at its own time; in the hole the picture before it stays.
    assert 40 < len(numbers) == report.frames < 87
    assert np.mean([n == round(at * 30) for at, n in zip(times, numbers, strict=True)]) > 0.9
    assert probe(tmp_path / "o.mp4").duration_ms == pytest.approx(2900, abs=40)


def test_unknown_tracks_are_said(clip: Maker, tmp_path: Path) -> None:
    wire = timeline(piece(0, 200)).to_wire()
    wire["t"].append({"tt": 42, "sg": [{"d": 100}]})
    report = render(Draft.from_wire(wire), {"a": clip(seconds=3)}, tmp_path / "o.mp4", Export())
    assert any("unknown type" in note for note in report.notes)
