"""Tags, chapters, subtitles and colours of the recording survive the edit, where the cuts left them."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest
from av.subtitles.subtitle import SubtitleSet

from nemo_lab.engine.media import probe
from nemo_lab.engine.media.extras import read_extras
from nemo_lab.engine.render import render
from nemo_lab.engine.render.subtitles import _HEADER
from nemo_lab.protocol.draft import Draft
from nemo_lab.protocol.plan import Export
from tests.media.clips import make
from tests.media.drafts import piece, timeline

TAGS = {"title": "Day 1", "artist": "Ann", "comment": "raw", "creation_time": "2025-11-20T10:00:00.000000Z"}
CHAPTERS = ((0, 2000, "Intro"), (2000, 3000, "Loading"), (3000, 6000, "Böss"))
CUES = ((500, 1000, "one"), (1500, 2500, "across"), (2600, 2900, "gone"), (4000, 5000, "last"))
_CODECS = {".mp4": "mov_text", ".mov": "mov_text", ".mkv": "ass", ".webm": "webvtt"}


def recording(path: Path, *, chapters: tuple = CHAPTERS, cues: tuple = CUES, tags: dict = TAGS) -> Path:
    """Write six seconds with tags, chapters, one track of subtitles and BT.601 colours."""
    with av.open(str(path), "w") as out:
        webm = path.suffix == ".webm"
        video = out.add_stream("libvpx" if webm else "libx264", rate=30, width=160, height=90)
        video.codec_context.options = {} if webm else {"preset": "ultrafast"}
        context = video.codec_context
        context.colorspace, context.color_primaries, context.color_trc, context.color_range = 6, 6, 6, 1
        sound = out.add_stream("libopus" if webm else "aac", rate=48000, layout="stereo")
        text = out.add_stream(_CODECS[path.suffix])
        text.metadata.update({"language": "ger", "title": "Deutsch"})
        text.codec_context.subtitle_header = _HEADER
        text.codec_context.time_base = text.time_base = Fraction(1, 1000)
        out.metadata.update(tags)
        out.set_chapters([_chapter(number, *chapter) for number, chapter in enumerate(chapters, 1)])
        for number, cue in enumerate(cues):
            out.mux(_cue(text, number, *cue))
        for number in range(180):
            frame = av.VideoFrame.from_ndarray(np.full((135, 160), 100, np.uint8), "yuv420p")
            frame.pts, frame.time_base, frame.colorspace, frame.color_range = number, Fraction(1, 30), 6, 1
            out.mux(video.encode(frame))
            block = av.AudioFrame.from_ndarray(np.zeros((2, 1600), np.float32), "fltp", "stereo")
            block.sample_rate, block.pts, block.time_base = 48000, number * 1600, Fraction(1, 48000)
            out.mux(sound.encode(block))
        out.mux(sound.encode(None))
        out.mux(video.encode(None))
    return path


def _chapter(number: int, start: int, end: int, title: str) -> dict:
    base = Fraction(1, 1000)
    return {"id": number, "start": start, "end": end, "time_base": base, "metadata": {"title": title}}


def _cue(
    stream: av.subtitles.stream.SubtitleStream, number: int, start: int, end: int, text: str
) -> av.Packet:
    line = f"{number},0,Default,,0,0,0,,{text}".encode()
    packet = stream.codec_context.encode_subtitle(SubtitleSet.create(line, 0, end - start, start))
    packet.stream, packet.time_base = stream, Fraction(1, 1000)
    packet.pts = packet.dts = start
    packet.duration = end - start
    return packet


def seen(path: Path) -> tuple[dict, list, list]:
    """Return tags, chapters and the cues of each track of subtitles, in ms."""
    extras = read_extras(path, probe(path))
    chapters = [(_ms(c.start), _ms(c.end), c.title) for c in extras.chapters]
    cues = [[(_ms(c.start), _ms(c.end), c.text.split(",", 7)[-1]) for c in s.cues] for s in extras.subtitles]
    return dict(extras.tags), chapters, cues


def _ms(units: int) -> int:
    return round(units / 48)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return recording(tmp_path_factory.mktemp("extras") / "source.mkv")


CUT = (piece(0, 2000), piece(3000, 6000))


@pytest.mark.parametrize("suffix", ["mp4", "mov", "mkv", "webm"])
def test_all_of_it_survives_a_cut(source: Path, tmp_path: Path, suffix: str) -> None:
    target = tmp_path / f"out.{suffix}"
    render(timeline(*CUT), {"a": source}, target, Export())
    tags, chapters, (cues,) = seen(target)
    assert TAGS.items() <= tags.items()
    assert chapters == [(0, 2000, "Intro"), (2000, 5000, "Böss")]
    assert cues == [(500, 1000, "one"), (1500, 2000, "across"), (3000, 4000, "last")]
    with av.open(str(target)) as made:
        (text,) = [stream for stream in made.streams.subtitles if stream.codec_context]
        assert text.metadata["language"] == "ger"
        assert "Deutsch" in (text.metadata.get("title"), text.metadata.get("name"))


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".webm"])
def test_every_container_is_read(tmp_path: Path, suffix: str) -> None:
    source = recording(tmp_path / f"source{suffix}")
    render(timeline(*CUT), {"a": source}, tmp_path / "out.mkv", Export())
    tags, chapters, (cues,) = seen(tmp_path / "out.mkv")
    assert TAGS.items() <= tags.items()
    assert [title for _, _, title in chapters] == ["Intro", "Böss"]
    assert [text for _, _, text in cues] == ["one", "across", "last"]


def test_speed_moves_them(source: Path, tmp_path: Path) -> None:
    render(timeline(piece(0, 6000, speed=2.0)), {"a": source}, tmp_path / "out.mp4", Export())
    _, chapters, (cues,) = seen(tmp_path / "out.mp4")
    assert chapters == [(0, 1000, "Intro"), (1000, 1500, "Loading"), (1500, 3000, "Böss")]
    assert cues == [(250, 500, "one"), (750, 1250, "across"), (1300, 1450, "gone"), (2000, 2500, "last")]


def test_joined_files_bring_the_chapters_of_both(source: Path, tmp_path: Path) -> None:
    other = recording(
        tmp_path / "b.mp4",
        chapters=((0, 6000, "Second"),),
        cues=((100, 600, "zwei"),),
        tags={"title": "Day 2"},
    )
    draft = timeline(piece(0, 2000), piece(0, 6000, asset="b"))
    render(draft, {"a": source, "b": other}, tmp_path / "out.mkv", Export())
    tags, chapters, (cues,) = seen(tmp_path / "out.mkv")
    assert tags["title"] == "Day 1"
    assert chapters == [(0, 2000, "Intro"), (2000, 8000, "Second")]
    assert cues[-1] == (2100, 2600, "zwei")


def test_a_cut_inside_a_cue_leaves_one_cue(source: Path, tmp_path: Path) -> None:
    render(timeline(piece(0, 4300), piece(4600, 6000)), {"a": source}, tmp_path / "out.mp4", Export())
    _, chapters, (cues,) = seen(tmp_path / "out.mp4")
    assert cues[-1] == (4000, 4700, "last")
    assert chapters[-1] == (3000, 5700, "Böss")


def test_what_is_played_backwards_in_order_is_told_in_that_order(source: Path, tmp_path: Path) -> None:
    render(timeline(piece(3000, 6000), piece(0, 2000)), {"a": source}, tmp_path / "out.mp4", Export())
    assert [title for _, _, title in seen(tmp_path / "out.mp4")[1]] == ["Böss", "Intro"]


def test_a_sound_keeps_tags_and_chapters(source: Path, tmp_path: Path) -> None:
    render(timeline(*CUT), {"a": source}, tmp_path / "out.mp3", Export())
    tags, chapters, cues = seen(tmp_path / "out.mp3")
    assert (tags["title"], tags["artist"]) == ("Day 1", "Ann")
    assert [title for _, _, title in chapters] == ["Intro", "Böss"]
    assert cues == []


def test_colours_are_tagged_as_before(source: Path, tmp_path: Path) -> None:
    render(timeline(*CUT), {"a": source}, tmp_path / "out.mp4", Export())
    with av.open(str(tmp_path / "out.mp4")) as made:
        context = made.streams.video[0].codec_context
        assert (context.colorspace, context.color_primaries, context.color_trc) == (6, 6, 6)


def test_the_same_edit_gives_the_same_bytes(source: Path, tmp_path: Path) -> None:
    for suffix in ("mp4", "mkv"):
        for name in ("one", "two"):
            render(timeline(*CUT), {"a": source}, tmp_path / f"{name}.{suffix}", Export())
        one, two = (tmp_path / f"{name}.{suffix}" for name in ("one", "two"))
        assert one.read_bytes() == two.read_bytes()


def test_nothing_is_made_up(tmp_path: Path) -> None:
    bare = recording(tmp_path / "bare.mkv", chapters=(), cues=(), tags={})
    render(timeline(*CUT), {"a": bare}, tmp_path / "out.mp4", Export())
    assert seen(tmp_path / "out.mp4") == ({}, [], [])
    with av.open(str(tmp_path / "out.mp4")) as made:
        assert {stream.type for stream in made.streams} == {"video", "audio"}


def test_packets_of_subtitles_lie_beside_their_pictures(source: Path, tmp_path: Path) -> None:
    """Players read a file from front to back: a cue must not come long before or after its time."""
    render(timeline(*CUT), {"a": source}, tmp_path / "out.mkv", Export())
    with av.open(str(tmp_path / "out.mkv")) as made:
        times = [float(p.dts * p.time_base) for p in made.demux() if p.dts is not None]
    assert all(later > earlier - 1.5 for earlier, later in pairwise(times))


def test_styles_and_overlaps_of_ass_stay(tmp_path: Path) -> None:
    cues = ((500, 3000, "{\\i1}slow{\\i0}"), (1000, 1500, "two,\\Nlines"), (1000, 1500, "at once"))
    source = recording(tmp_path / "source.mkv", cues=cues)
    render(timeline(*CUT), {"a": source}, tmp_path / "out.mkv", Export())
    (track,) = read_extras(tmp_path / "out.mkv", probe(tmp_path / "out.mkv")).subtitles
    assert track.codec in {"ass", "ssa"}
    assert b"[V4+ Styles]" in track.header
    assert [cue.text.split(",", 7)[-1] for cue in track.cues] == [cues[0][2], cues[1][2], cues[2][2]]


def test_stills_and_sounds_have_nothing_to_bring(source: Path, tmp_path: Path) -> None:
    still = make(tmp_path / "still.png", seconds=1)
    draft = timeline(piece(0, 1000, asset="p"), piece(0, 1000))
    render(draft, {"a": source, "p": still}, tmp_path / "out.mp4", Export())
    assert seen(tmp_path / "out.mp4")[1] == [(0, 1000, ""), (1000, 2000, "Intro")]
    render(draft, {"a": source, "p": still}, tmp_path / "out.mkv", Export())
    assert seen(tmp_path / "out.mkv")[1] == [(1000, 2000, "Intro")]
    song = make(tmp_path / "song.wav", seconds=1)
    render(timeline(piece(0, 1000), kind=1), {"a": song}, tmp_path / "out.m4a", Export())
    assert seen(tmp_path / "out.m4a") == ({}, [], [])


def test_a_recording_that_was_cut_off_brings_what_is_left(source: Path, tmp_path: Path) -> None:
    whole = source.read_bytes()
    cut_off = tmp_path / "cut.mkv"
    cut_off.write_bytes(whole[: len(whole) // 2])
    extras = read_extras(cut_off, probe(cut_off))
    assert [chapter.title for chapter in extras.chapters] == ["Intro", "Loading", "Böss"]
    assert 1 <= len(extras.subtitles[0].cues) < len(CUES)


def test_no_time_of_day_gets_into_a_file(tmp_path: Path) -> None:
    bare = recording(tmp_path / "bare.mkv", tags={})
    for suffix in ("mp4", "mov", "mkv"):
        render(timeline(*CUT), {"a": bare}, tmp_path / f"out.{suffix}", Export())
        with av.open(str(tmp_path / f"out.{suffix}")) as made:
            assert "creation_time" not in made.metadata


def test_a_file_without_chapters_is_none_of_another(source: Path, tmp_path: Path) -> None:
    """MP4 says only where a chapter begins, so an untitled one tells where the last is over."""
    bare = recording(tmp_path / "bare.mkv", chapters=(), cues=(), tags={})
    draft = timeline(piece(0, 1000), piece(0, 1000, asset="b"), piece(3000, 4000))
    render(draft, {"a": source, "b": bare}, tmp_path / "out.mp4", Export())
    assert seen(tmp_path / "out.mp4")[1] == [(0, 1000, "Intro"), (1000, 2000, ""), (2000, 3000, "Böss")]


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".mkv", ".webm"])
def test_captions_beside_the_picture_are_a_track_that_comes_first(
    source: Path, tmp_path: Path, suffix: str
) -> None:
    draft = timeline(piece(0, 6000))
    texts = [
        {"d": 900, "x_start": 100, "m": {"text": "今天{开始}"}},
        {"d": 1500, "x_start": 1200, "m": {"text": "two\nlines"}},
    ]
    facts = {"role": "captions", "burn_in": False, "language": "zh"}
    wire = draft.to_wire()
    wire["t"].append({"tt": 7, "m": facts, "sg": texts})
    target = tmp_path / f"out{suffix}"
    render(Draft.from_wire(wire), {"a": source}, target, Export(format=suffix[1:]), progress=lambda _: None)
    tracks = read_extras(target, probe(target)).subtitles
    assert [track.language for track in tracks] == ["chi", "ger"]
    shown = [(_ms(cue.start), _ms(cue.end), cue.text.split(",", 7)[-1]) for cue in tracks[0].cues]
    first, second = "今天｛开始｝", r"two\Nlines"
    assert shown == [(100, 1000, first), (1200, 2700, second)]
