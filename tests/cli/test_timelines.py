"""From a sentence to another editor and back, as a user does it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Nemo, digests
from tests.media.clips import frame_numbers, make

pytest.importorskip("opentimelineio")


def test_a_cut_goes_to_another_editor_and_comes_back(nemo: Nemo, tmp_path: Path) -> None:
    recording = make(tmp_path / "work" / "rec.mp4", seconds=4, sound="noise")
    before = digests(tmp_path / "work")
    out = nemo("edit", "rec.mp4", "cut from 0:01 to 0:02", "-o", "cut.otio")
    assert out.returncode == 0, out.stderr
    assert "0:04.0 → 0:03.0" in out.stdout
    back = nemo("edit", "cut.otio", "export it", "-o", "back.mp4")
    assert back.returncode == 0, back.stderr
    assert frame_numbers(tmp_path / "work" / "back.mp4") == [*range(30), *range(60, 120)]
    assert digests(tmp_path / "work").items() >= before.items()
    record = json.loads((tmp_path / "work" / "cut.otio.nemo.json").read_text("utf-8"))
    assert record["output"]["sha256"] or record["output"]
    assert recording.exists()


def test_the_words_choose_the_editor(nemo: Nemo, tmp_path: Path) -> None:
    make(tmp_path / "work" / "rec.mp4", seconds=2)
    out = nemo("edit", "rec.mp4", "cut the first second and export it for Premiere")
    assert out.returncode == 0, out.stderr
    assert (tmp_path / "work" / "rec-edited.xml").read_text("utf-8").startswith("<?xml")


def test_a_timeline_comes_alone_and_only_here(nemo: Nemo, tmp_path: Path) -> None:
    make(tmp_path / "work" / "rec.mp4", seconds=2)
    assert nemo("edit", "rec.mp4", "cut the first second", "-o", "cut.edl").returncode == 0
    both = nemo("edit", "rec.mp4", "cut.edl", "export", "-o", "x.mp4")
    assert both.returncode == 1
    assert "Begin a new project with it" in both.stderr.splitlines()[-1]
    gone = nemo("edit", "cut.edl", "export", "-o", "cut.edl")
    assert gone.returncode == 1
    assert not (tmp_path / "work" / "x.mp4").exists()
