"""Timelines as files of other editors: every format says the same cuts to the frame, to readers not ours."""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import av
import pytest

from nemo_lab.engine.interchange import read_timeline, write_timeline
from nemo_lab.engine.render import render
from nemo_lab.errors import EditError, MediaNotFound, NotReady, UnreadableMedia
from nemo_lab.protocol.draft import Draft
from nemo_lab.protocol.plan import Export
from tests.media.clips import frame_numbers
from tests.media.drafts import blend, piece, timeline, title

otio = pytest.importorskip("opentimelineio")
NTSC = Fraction(30000, 1001)
CUTS = [(10, 40), (60, 75), (90, 120)]
"""Frames of the recording that stay; the last stretch plays twice as fast."""
EVENT = "001  AX  V  C  00:00:00:00 00:00:01:00 00:00:00:00 00:00:01:00\n"
MELT = shutil.which("melt")


def ms(frame: int, rate: Fraction) -> int:
    return round(frame * 1000 / rate)


def draft(rate: Fraction = Fraction(30), **more: Any) -> Draft:
    pieces = [
        piece(ms(a, rate), ms(b, rate), speed=2.0 if number == 2 else 1.0, x_name="take one",
              **(blend(duration=ms(4, rate)) if number == 0 else {}))
        for number, (a, b) in enumerate(CUTS)
    ]  # fmt: skip
    made = timeline(*pieces, rate=f"{rate.numerator}/{rate.denominator}", size=(320, 180), **more)
    chapters = [{"start": 0, "title": "Start & <end>"}]
    return made.model_copy(update={"metadata": {**made.metadata, "title": "Talk", "x_chapters": chapters}})


def rich(rate: Fraction = Fraction(30)) -> Draft:
    """A timeline with all that formats may hold."""
    music = {"d": ms(45, rate), "x_start": ms(5, rate), "x_asset": "m", "x_volume": 0.25, "x_loop": True}
    return draft(rate, music=(music,), titles=(title("你好 <b>", ms(15, rate), ms(6, rate), position="top"),))


@pytest.fixture
def sources(clip: Callable[..., Path], tmp_path: Path) -> dict[str, Path]:
    folder = tmp_path / "it's 50% & more"
    folder.mkdir()
    names = {"a": ("rec 录像.mp4", {"seconds": 5, "tracks": 2, "titles": ("Mic", "Game")}),
             "m": ("song.wav", {"seconds": 1, "sound": "tone"})}  # fmt: skip
    return {
        id: shutil.copy(clip(Path(name).suffix, **wishes), folder / name)
        for id, (name, wishes) in names.items()
    }


@pytest.fixture
def ntsc(clip: Callable[..., Path]) -> dict[str, Path]:
    return {"a": clip(".mp4", seconds=5, rate=NTSC, tracks=2), "m": clip(".wav", seconds=1, sound="tone")}


def written(timeline: Draft, sources: dict[str, Path], target: Path, **more: Any) -> Path:
    settings = Export.model_validate({"format": target.suffix[1:], **more})
    write_timeline(timeline, sources, target, settings)
    return target


def clips_of(track: Any) -> list[tuple[int, int, int]]:
    """First frame on the timeline, frames, and first frame of the source, of each clip of an OTIO track."""
    found = []
    for item in track:
        if isinstance(item, otio.schema.Clip):
            start = item.range_in_parent().start_time.value
            found.append((round(start), round(item.duration().value),
                          round(item.trimmed_range().start_time.value)))  # fmt: skip
    return found


EXPECTED = [(0, 30, 10), (30, 15, 60), (45, 15, 90)]


@pytest.mark.parametrize("rate", [Fraction(30), NTSC])
def test_otio_says_every_cut_track_and_text(
    rate: Fraction, sources: dict[str, Path], ntsc: dict[str, Path], tmp_path: Path
) -> None:
    files = sources if rate == 30 else ntsc
    read = otio.adapters.read_from_file(str(written(rich(rate), files, tmp_path / "t.otio")))
    tracks = {track.name: track for track in read.tracks}
    assert (read.tracks[0].name, read.tracks[0].kind) == ("V1", "Video")
    assert clips_of(tracks["V1"]) == EXPECTED
    sounds = [clips_of(t) for t in read.tracks if t.kind == "Audio" and "Music" not in t.name]
    assert sounds == [EXPECTED, EXPECTED]
    assert [(s, n) for s, n, _ in clips_of(tracks["Music 1"])] == [(5, 30), (35, 15)]
    assert [(s, n) for s, n, _ in clips_of(tracks["Titles 1"])] == [(6, 15)]
    join = next(item for item in tracks["V1"] if isinstance(item, otio.schema.Transition))
    assert (join.in_offset.value, join.out_offset.value) == (2, 2)
    speed = next(c for c in tracks["V1"].find_clips() if c.effects).effects[0].time_scalar
    assert speed == 2
    assert abs(read.duration().rate - float(rate)) < 1e-9


def test_otio_comes_back_with_all_that_was_written(sources: dict[str, Path], tmp_path: Path) -> None:
    first = written(rich(), sources, tmp_path / "t.otio")
    reading, files = read_timeline(first)
    assert set(files.values()) == {path.resolve() for path in sources.values()}
    ids = {path.resolve(): id for id, path in sources.items()}
    back = reading.with_assets({file: ids[path] for file, path in files.items()})
    second = written(back, sources, tmp_path / "u.otio")
    assert second.read_text("utf-8") == first.read_text("utf-8")
    assert back.metadata["x_chapters"] == rich().metadata["x_chapters"]


@pytest.mark.parametrize("rate", [Fraction(30), NTSC])
def test_fcp7_xml_says_the_same_cuts(
    rate: Fraction, sources: dict[str, Path], ntsc: dict[str, Path], tmp_path: Path
) -> None:
    files = sources if rate == 30 else ntsc
    path = written(rich(rate), files, tmp_path / "t.xml")
    read = otio.adapters.read_from_file(str(path), "fcp_xml")
    pictures = [track for track in read.tracks if track.kind == "Video"]
    sounds = [track for track in read.tracks if track.kind == "Audio"]
    # Speed is a filter that this reader passes over: in and out are counted on the clip as it plays.
    assert clips_of(pictures[0]) == [*EXPECTED[:2], (45, 15, 45)]
    assert [(s, n) for s, n, _ in clips_of(pictures[1])] == [(6, 15)]
    # Both channels of a pair are one track to this reader: microphone, game, music.
    assert [clips_of(t) for t in sounds[:2]] == [[*EXPECTED[:2], (45, 15, 45)]] * 2
    assert [(s, n) for s, n, _ in clips_of(sounds[2])] == [(5, 30), (35, 15)]
    document = ElementTree.parse(path)
    assert document.findtext("sequence/rate/ntsc") == ("FALSE" if rate == 30 else "TRUE")
    links = {link.findtext("linkclipref") for link in document.iter("link")}
    assert links == {
        item.get("id")
        for item in document.iter("clipitem")
        if not item.get("id", "").startswith("clipitem-m")
    }


def test_fcpxml_says_the_same_cuts(sources: dict[str, Path], tmp_path: Path) -> None:
    path = written(rich(), sources, tmp_path / "t.fcpxml")
    read = otio.adapters.read_from_file(str(path), "fcpx_xml")
    main = next(t for t in read[0].tracks if t.kind == "Video")
    # Its own clock of a clip that is twice as fast runs half as far.
    assert clips_of(main) == [*EXPECTED[:2], (45, 15, 45)]


@pytest.mark.parametrize("rate", [Fraction(25), NTSC])
def test_times_of_fcpxml_are_whole_frames(rate: Fraction, clip: Callable[..., Path], tmp_path: Path) -> None:
    files = {"a": clip(".mp4", seconds=5, rate=rate, tracks=2), "m": clip(".wav", seconds=1, sound="tone")}
    document = ElementTree.parse(written(rich(rate), files, tmp_path / "t.fcpxml"))
    spine = document.find(".//spine")
    assert spine is not None
    items = [
        [Fraction(item.get(name, "0s")[:-1]) * rate for name in ("offset", "duration", "start")]
        for item in spine.iterfind("asset-clip")
    ]
    assert items == [[0, 30, 10], [30, 15, 60], [45, 15, 45]]
    frame = document.find(".//format[@id='r100']")
    assert frame is not None
    assert Fraction(frame.get("frameDuration", "")[:-1]) == 1 / rate
    assert [c.get("srcCh") for c in spine.iterfind("asset-clip/audio-channel-source")][:2] == ["1, 2", "3, 4"]


@pytest.mark.parametrize("rate", [Fraction(30), NTSC])
def test_edl_says_the_same_cuts(
    rate: Fraction, sources: dict[str, Path], ntsc: dict[str, Path], tmp_path: Path
) -> None:
    files = sources if rate == 30 else ntsc
    path = written(rich(rate), files, tmp_path / "t.edl")
    read = otio.adapters.read_from_file(str(path), "cmx_3600", rate=30)
    # A dissolve begins with the clip that it leads to: two frames before the cut's middle.
    assert clips_of(read.tracks[0]) == [(0, 28, 10), (28, 17, 58), (45, 15, 90)]
    assert [c.name for c in read.tracks[0].find_clips()] == ["take one"] * 3


@pytest.mark.parametrize("suffix", [".xml", ".edl"])
@pytest.mark.parametrize("rate", [Fraction(30), NTSC])
def test_a_cut_list_comes_back_to_the_frame(
    suffix: str, rate: Fraction, sources: dict[str, Path], ntsc: dict[str, Path], tmp_path: Path
) -> None:
    files = sources if rate == 30 else ntsc
    reading, found = read_timeline(written(draft(rate), files, tmp_path / f"t{suffix}"))
    back = reading.with_assets(dict.fromkeys(found, "a"))
    assert back.metadata["x_rate"] == f"{rate.numerator}/{rate.denominator}"
    segments = back.tracks[0].segments
    assert [round(s.source_start_ms * rate / 1000) for s in segments] == [10, 60, 90]
    assert [round(s.duration_ms * rate / 1000) for s in segments] == [30, 15, 15]
    assert [s.speed for s in segments] == [1, 1, 2]
    assert segments[0].transition is not None
    assert (segments[0].transition.kind, segments[0].transition.duration_ms) == ("crossfade", ms(4, rate))


def test_what_comes_back_renders_as_it_was(sources: dict[str, Path], tmp_path: Path) -> None:
    direct = tmp_path / "direct.mp4"
    render(draft(), sources, direct, Export(format="mp4"))
    for suffix in (".otio", ".xml", ".edl"):
        reading, found = read_timeline(written(draft(), sources, tmp_path / f"t{suffix}"))
        back = reading.with_assets(dict.fromkeys(found, "a"))
        render(back, sources, tmp_path / "back.mp4", Export(format="mp4"))
        assert frame_numbers(tmp_path / "back.mp4") == frame_numbers(direct), suffix


def test_csv_and_ffconcat_list_the_cuts(sources: dict[str, Path], tmp_path: Path) -> None:
    plain = timeline(*(piece(ms(a, Fraction(30)), ms(b, Fraction(30))) for a, b in CUTS))
    table = written(plain, sources, tmp_path / "t.csv").read_text("utf-8")
    rows = list(csv.DictReader(table.splitlines()))
    assert [(row["source_start"], row["source_end"]) for row in rows] == [
        ("00:00:00:10", "00:00:01:10"), ("00:00:02:00", "00:00:02:15"), ("00:00:03:00", "00:00:04:00"),
    ]  # fmt: skip
    script = written(plain, sources, tmp_path / "t.ffconcat")
    with av.open(str(script), format="concat", options={"safe": "0"}) as source:
        seconds = sum(p.duration * p.time_base for p in source.demux(video=0) if p.duration)
    # A copy begins at the keyframe before, so it may be longer, never shorter.
    assert Fraction(75, 30) <= seconds < 5


@pytest.mark.skipif(MELT is None, reason="melt is not installed")
def test_melt_plays_the_mlt_frame_by_frame(sources: dict[str, Path], tmp_path: Path) -> None:
    plain = timeline(*(piece(ms(a, Fraction(30)), ms(b, Fraction(30))) for a, b in CUTS), size=(320, 180))
    path, played = written(plain, sources, tmp_path / "t.mlt"), tmp_path / "played.mp4"
    assert MELT is not None
    wish = [f"avformat:{played}", "vcodec=libx264", "preset=ultrafast", "acodec=aac"]
    subprocess.run([MELT, str(path), "-consumer", *wish], capture_output=True, check=True, timeout=120)
    expected = [number for a, b in CUTS for number in range(a, b)]
    assert frame_numbers(played) == expected


@pytest.mark.skipif(MELT is None, reason="melt is not installed")
def test_melt_plays_joins_music_and_titles(sources: dict[str, Path], tmp_path: Path) -> None:
    path, played = written(rich(), sources, tmp_path / "t.mlt"), tmp_path / "played.mp4"
    assert MELT is not None
    wish = [f"avformat:{played}", "vcodec=libx264", "preset=ultrafast", "acodec=aac"]
    ran = subprocess.run([MELT, str(path), "-consumer", *wish], capture_output=True, check=True, timeout=120)
    assert b"failed" not in ran.stderr.lower()
    shown = frame_numbers(played)
    assert len(shown) == 60
    assert shown[:6] == list(range(10, 16))  # before the title, which covers the numbers of some
    assert shown[34:45] == list(range(64, 75))
    assert abs(shown[50] - 100) <= 1  # twice as fast


def test_what_was_cut_may_be_there_switched_off(sources: dict[str, Path], tmp_path: Path) -> None:
    path = written(rich(), sources, tmp_path / "t.otio", keep_cuts=True)
    read = otio.adapters.read_from_file(str(path))
    main = next(track for track in read.tracks if track.name == "V1")
    shown = [(clip.enabled, round(clip.trimmed_range().start_time.value), round(clip.duration().value))
             for clip in main.find_clips()]  # fmt: skip
    assert shown == [
        (False, 0, 10), (True, 10, 30), (False, 40, 20), (True, 60, 15), (False, 75, 15), (True, 90, 15),
        (False, 120, 30),
    ]  # fmt: skip
    music = next(track for track in read.tracks if track.name == "Music 1")
    assert clips_of(music)[0][0] == 15  # moved along with what it lies under
    xml = ElementTree.parse(written(rich(), sources, tmp_path / "t.xml", keep_cuts=True))
    assert [item.findtext("enabled") for item in xml.findall("sequence/media/video/track[1]/clipitem")] == [
        "FALSE", "TRUE", "FALSE", "TRUE", "FALSE", "TRUE", "FALSE",
    ]  # fmt: skip
    back, _ = read_timeline(path)
    assert [round(s.source_start_ms * 30 / 1000) for s in back.draft.tracks[0].segments] == [10, 60, 90]


def test_a_timeline_of_sound_alone_travels(sources: dict[str, Path], tmp_path: Path) -> None:
    heard = timeline(piece(0, 300, asset="m"), piece(500, 900, asset="m"), kind=1)
    for suffix in (".otio", ".xml", ".edl"):
        reading, _ = read_timeline(written(heard, sources, tmp_path / f"t{suffix}"))
        assert [(s.source_start_ms, s.duration_ms) for s in reading.draft.tracks[0].segments] == [
            (0, 300), (500, 400),
        ], suffix  # fmt: skip
        assert reading.draft.tracks[0].type == 1


def test_a_timeline_of_another_program_is_read(sources: dict[str, Path], tmp_path: Path) -> None:
    schema, time = otio.schema, otio.opentime.RationalTime
    made = schema.Timeline("edited elsewhere")
    track = schema.Track("pictures", kind="Video")
    reference = schema.ExternalReference(target_url=sources["a"].as_uri())
    for start, length in ((60, 30), (0, 15)):
        span = otio.opentime.TimeRange(time(start, 30), time(length, 30))
        track.append(schema.Clip("x", reference.clone(), span))
        track.append(schema.Gap(duration=time(10, 30)))
    made.tracks.append(track)
    path = tmp_path / "theirs.otio"
    otio.adapters.write_to_file(made, str(path))
    reading, _ = read_timeline(path)
    assert [(s.start_ms, s.source_start_ms, s.duration_ms) for s in reading.draft.tracks[0].segments] == [
        (0, 2000, 1000), (1000, 0, 500),
    ]  # fmt: skip
    assert reading.notes == ("gaps were closed",)


def test_files_that_moved_along_are_found_by_name(sources: dict[str, Path], tmp_path: Path) -> None:
    path = written(draft(), sources, tmp_path / "t.edl")
    away = tmp_path / "away"
    away.mkdir()
    moved = Path(shutil.move(sources["a"], away / sources["a"].name))
    with pytest.raises(MediaNotFound, match="which is not there"):
        read_timeline(path)
    _, files = read_timeline(Path(shutil.move(path, away / path.name)))
    assert list(files.values()) == [moved.resolve()]


@pytest.mark.parametrize(
    ("name", "text", "error", "words"),
    [
        ("t.otio", "{", EditError, "no OTIO document"),
        ("t.otio", '{"OTIO_SCHEMA": "Track.1", "name": "x", "kind": "Video", "children": []}', EditError,
         "no timeline but a Track"),
        ("t.otio", "", EditError, "no OTIO document"),
        ("t.xml", "<xmeml", EditError, "no XML"),
        ("t.xml", "<html/>", EditError, "no Final Cut Pro 7 XML"),
        ("t.xml", '<!DOCTYPE x [<!ENTITY a "b">]><xmeml/>', EditError, "entities"),
        ("t.xml", "<xmeml><sequence/></xmeml>", EditError, "no frame rate|timebase"),
        ("t.edl", "TITLE: x\n", EditError, "no clip"),
        ("t.edl", EVENT, EditError, "names no file"),
        ("t.edl", f"{EVENT}* FROM CLIP NAME: /etc/passwd.mp4", MediaNotFound, "not there"),
        ("t.mlt", "<mlt/>", EditError, "otio, xml or edl"),
    ],
)  # fmt: skip
def test_what_is_no_timeline_is_named(
    name: str, text: str, error: type[Exception], words: str, tmp_path: Path
) -> None:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    with pytest.raises(error, match=words):
        read_timeline(path)


def test_bytes_and_emptiness_are_named(sources: dict[str, Path], tmp_path: Path) -> None:
    path = tmp_path / "t.edl"
    path.write_bytes(b"\xff\xfe\x00\x81")
    with pytest.raises(UnreadableMedia, match="no text"):
        read_timeline(path)
    with pytest.raises(NotReady):
        written(Draft(), sources, tmp_path / "t.xml")
    assert not (tmp_path / "t.xml").exists()


def test_what_a_format_cannot_hold_is_said(sources: dict[str, Path], tmp_path: Path) -> None:
    wiped = rich().model_copy(update={"effects": ({"op": "rotate", "degrees": 90},)})
    report = write_timeline(wiped, sources, tmp_path / "t.edl", Export(format="edl"))
    assert report.notes == ("edl has no place for: titles, music, further audio tracks, effects",)
    assert write_timeline(wiped, sources, tmp_path / "t.otio", Export(format="otio")).notes == ()


def kdenlive_cuts(path: Path) -> dict[str, list[tuple[int, int, int]]]:
    """First frame on the timeline, frames and first frame of the producer of each clip, by track."""
    root = ElementTree.parse(path).getroot()
    lanes = {playlist.get("id"): playlist for playlist in root.iter("playlist")}
    found = {}
    for tractor in (t for t in root.iter("tractor") if t.get("id") != "timeline"):
        cuts = []
        for track in tractor.iter("track"):
            at = 0
            for item in lanes[track.get("producer")]:
                if item.tag == "blank":
                    at += int(item.get("length", ""))
                elif item.tag == "entry":
                    first, last = int(item.get("in", "")), int(item.get("out", ""))
                    cuts.append((at, last - first + 1, first))
                    at += last - first + 1
        found[tractor.get("id", "")] = sorted(cuts)
    return found


@pytest.mark.parametrize("rate", [Fraction(30), NTSC])
def test_kdenlive_gets_a_project_with_a_bin(
    rate: Fraction, sources: dict[str, Path], ntsc: dict[str, Path], tmp_path: Path
) -> None:
    path = written(rich(rate), sources if rate == 30 else ntsc, tmp_path / "t.kdenlive")
    root = ElementTree.parse(path).getroot()
    main = next(root.iter("playlist"))  # Kdenlive looks for the version in the first playlist
    assert main.get("id") == "main_bin"
    told = {item.get("name", "").removeprefix("kdenlive:docproperties."): item.text for item in main}
    assert told["version"] == "1.04"
    assert json.loads(told["guides"] or "") == [{"comment": "Start & <end>", "pos": 0, "type": 0}]
    numbers = {
        producer.get("id"): producer.findtext("property[@name='kdenlive:id']")
        for producer in root.iter("producer")
    }
    binned = {numbers[entry.get("producer")] for entry in main.iter("entry")}
    used = {numbers[entry.get("producer")] for entry in root.iter("entry")}
    assert used == binned
    # Music, game, microphone, picture, title; a mix takes two frames more of the clip at either side.
    mixed = [(0, 32, 10), (28, 17, 58), (45, 15, 45)]
    assert list(kdenlive_cuts(path).values()) == [
        [(5, 30, 0), (35, 15, 0)], mixed, mixed, mixed, [(6, 15, 0)]
    ]  # fmt: skip
    mixes = [t for t in root.iter("transition") if t.find("property[@name='kdenlive:mixcut']") is not None]
    assert [(t.get("in"), t.get("out")) for t in mixes] == [("28", "32")] * 3


@pytest.mark.skipif(MELT is None, reason="melt is not installed")
def test_melt_plays_a_kdenlive_project_with_its_mix(sources: dict[str, Path], tmp_path: Path) -> None:
    path, played = written(draft(), sources, tmp_path / "t.kdenlive"), tmp_path / "played.mp4"
    assert MELT is not None
    wish = [f"avformat:{played}", "vcodec=libx264", "preset=ultrafast", "acodec=aac"]
    headless = os.environ | {"QT_QPA_PLATFORM": "offscreen"}
    subprocess.run(
        [MELT, str(path), "-consumer", *wish], capture_output=True, check=True, timeout=120, env=headless
    )
    shown = frame_numbers(played)
    assert len(shown) == 60
    assert shown[:28] == list(range(10, 38))
    assert shown[33:45] == list(range(63, 75))
    assert abs(shown[50] - 100) <= 1  # twice as fast
