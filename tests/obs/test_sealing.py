"""Whether a recording is complete, on crafted files."""

from __future__ import annotations

import os
import struct
import time

import pytest

from obs_plugin.containers import shape_of
from obs_plugin.sealing import Patience, SealTest
from tests.media.clips import Clip, make
from tests.obs.conftest import box, sealed_mp4

FTYP, MOOV = box(b"ftyp", b"isom"), box(b"moov", box(b"mvhd", bytes(12) + struct.pack(">II", 600, 1200)))
MDAT, MOOF, MFRA = box(b"mdat", b"0" * 99), box(b"moof", b"1" * 20), box(b"mfra", b"2" * 8)


@pytest.mark.parametrize(
    ("name", "content", "sealed", "readable"),
    [
        ("plain", FTYP + MDAT + MOOV, True, True),
        ("moov first", FTYP + MOOV + MDAT, True, True),
        ("no moov yet", FTYP + MDAT, False, False),
        ("box is longer than the file", FTYP + MOOV + MDAT[:-1], False, True),
        ("cut in a head", FTYP + MDAT + MOOV + b"\0\0\0", False, True),
        ("hybrid under way", FTYP + box(b"free", b"") + MOOV + MOOF + MDAT, False, True),
        ("fragmented under way", FTYP + MOOV + MOOF + MDAT + MOOF + MDAT, False, True),
        ("fragmented, finished", FTYP + MOOV + MOOF + MDAT + MFRA, True, True),
        ("large size", FTYP + struct.pack(">I4sQ", 1, b"mdat", 20) + b"1234" + MOOV, True, True),
        ("to the end", FTYP + MOOV + struct.pack(">I4s", 0, b"mdat") + b"1234", True, True),
        ("nonsense", b"\0\0\0\3abcd" * 20, False, False),
        ("one byte", b"\0", False, False),
    ],
)
def test_the_boxes_of_an_mp4_tell(tmp_path, name, content, sealed, readable):
    path = tmp_path / "a.mp4"
    path.write_bytes(content)
    found = shape_of(path)
    assert (found.sealed, found.readable) == (sealed, readable), name


def test_real_files_are_sealed_and_know_their_length(tmp_path):
    for suffix in (".mp4", ".mov", ".mkv"):
        found = shape_of(make(tmp_path / f"a{suffix}", Clip(seconds=2)))
        assert found.sealed
        assert found.duration_ms == pytest.approx(2000, abs=60)


def test_every_truncation_of_a_matroska_is_unsealed(tmp_path):
    whole = make(tmp_path / "whole.mkv", Clip(seconds=1, size=(64, 64))).read_bytes()
    path = tmp_path / "cut.mkv"
    for end in [*range(400), *range(400, len(whole), max(1, len(whole) // 200))]:
        path.write_bytes(whole[:end])
        assert shape_of(path).sealed is False, end
    path.write_bytes(whole)
    assert shape_of(path).sealed


def test_a_matroska_of_unknown_size_is_under_way_but_readable(tmp_path):
    whole = make(tmp_path / "whole.mkv", Clip(seconds=1, size=(64, 64))).read_bytes()
    at = whole.index(bytes.fromhex("18538067")) + 4
    path = tmp_path / "live.mkv"
    path.write_bytes(whole[:at] + b"\x01" + b"\xff" * 7 + whole[at + 8 :])
    found = shape_of(path)
    assert (found.sealed, found.readable) == (False, True)


def look(test, path, **options):
    return test.look([path], **options)[path].state


def test_a_sealed_file_must_be_quiet(tmp_path):
    test, path = SealTest(Patience(quiet=0.2)), tmp_path / "a.mp4"
    assert look(test, path) == "missing"
    path.write_bytes(b"")
    assert look(test, path) == "empty"
    path.write_bytes(sealed_mp4())
    assert look(test, path) == "changing"
    time.sleep(0.25)
    path.write_bytes(sealed_mp4(b"more"))
    assert look(test, path) == "changing"
    time.sleep(0.25)
    verdict = test.look([path])[path]
    assert (verdict.state, verdict.duration_ms) == ("sealed", 5000)


def test_a_file_that_somebody_writes_to_is_busy_under_any_name(tmp_path):
    test, path = SealTest(Patience(quiet=0.0)), tmp_path / "a.mp4"
    path.write_bytes(sealed_mp4())
    os.link(path, tmp_path / "other.mp4")
    with (tmp_path / "other.mp4").open("ab"):
        assert look(test, path) == "busy"
    with path.open("rb"):
        assert look(test, path) == "changing"
        assert look(test, path) == "sealed"


def test_what_obs_says_it_writes_to_is_busy(tmp_path):
    test, path = SealTest(Patience(quiet=0.0)), tmp_path / "a.mp4"
    path.write_bytes(sealed_mp4())
    assert look(test, path, recording=lambda which: which == path) == "busy"


@pytest.mark.parametrize(
    ("content", "state"), [(FTYP + MOOV + MOOF + MDAT, "salvage"), (FTYP + MDAT, "lost"), (b"", "lost")]
)
def test_an_unfinished_file_is_salvaged_only_when_it_was_left_alone(tmp_path, content, state):
    test, path = SealTest(Patience(quiet=0.0, quiet_unseen=0.0)), tmp_path / "a.mp4"
    path.write_bytes(content)
    look(test, path)
    assert look(test, path) in {"unsealed", "empty"}
    old = time.time() - 60
    os.utime(path, (old, old))
    look(test, path)
    assert look(test, path) == state


def test_without_sight_of_writers_it_takes_longer(tmp_path):
    test, path = SealTest(Patience(quiet=0.0, quiet_unseen=0.3), sees_writers=False), tmp_path / "a.mp4"
    path.write_bytes(sealed_mp4())
    assert look(test, path) == "changing"
    assert look(test, path) == "changing"
    time.sleep(0.35)
    assert look(test, path) == "sealed"


def test_a_folder_or_a_device_is_no_recording(tmp_path):
    (tmp_path / "a.mp4").mkdir()
    test = SealTest()
    assert look(test, tmp_path / "a.mp4") == "missing"
