"""``nemo batch`` as its user meets it, and a folder that is watched."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest

from nemo_lab.engine.media import probe
from nemo_lab.errors import MediaNotFound
from nemo_lab.recipes.batch import watch
from tests.cli.conftest import Nemo, speech_clip


@pytest.fixture
def recordings(tmp_path: Path) -> Path:
    """A recording, one that is none, and a recipe that has no name."""
    folder = tmp_path / "work" / "in"
    folder.mkdir(parents=True)
    speech_clip(folder / "good.mkv", 4)
    (folder / "bad.mkv").write_bytes(b"no video at all" * 100)
    (folder.parent / "clean.toml").write_text('steps = ["cut the pauses"]\n', encoding="utf-8")
    return folder


def test_a_batch_says_what_became_of_each_recording(nemo_here: Nemo, recordings: Path):
    done = nemo_here("batch", "clean.toml", "in", "--why", "--no-stills")
    assert done.returncode == 1
    heads, *lines = done.stderr.splitlines()
    assert "result" in heads
    assert any(" done " in line and "good" in line for line in lines), lines
    assert any(" failed " in line and "bad.mkv: " in line for line in lines), lines
    assert any("why: nothing is known of an earlier run" in line for line in lines), lines
    assert "Report: " in done.stdout
    assert probe(recordings.parent / "edited" / "good.mp4").duration_ms < 4000
    again = nemo_here("batch", "clean.toml", "in/good.mkv", "--quiet", "--json", "--no-stills")
    assert again.returncode == 0, again.stderr
    assert again.stderr == ""
    report = json.loads(again.stdout)
    assert (report["name"], report["skipped"]) == ("clean", 1)


@pytest.mark.parametrize("more", [["in"], ["--dask", "tcp://127.0.0.1:1"], ["--fresh"]])
def test_watching_goes_with_nothing_that_names_the_work(nemo_here: Nemo, recordings: Path, more: list[str]):
    done = nemo_here("batch", "clean.toml", "--watch", "in", *more)
    assert done.returncode == 1
    assert "--watch goes with neither" in done.stderr
    assert not (recordings.parent / "edited").exists()


def test_what_comes_into_a_watched_folder_is_edited_once(recordings: Path, tmp_path: Path):
    stop, out = threading.Event(), tmp_path / "out"
    reports = watch(recordings.parent / "clean.toml", recordings, out, stop=stop, settled=0.2)
    first = next(reports)
    assert [Path(item.source).name for item in first.done] == ["good.mkv"]
    assert [Path(item.source).name for item in first.failed] == ["bad.mkv"]
    speech_clip(tmp_path / "new.mkv", 3).replace(recordings / "new.mkv")
    second = next(reports)
    assert [Path(item.source).name for item in second.done] == ["new.mkv"]
    stop.set()
    assert list(reports) == []
    assert {path.name for path in out.glob("*.mp4")} == {"good.mp4", "new.mp4"}


def test_a_folder_that_is_not_there_cannot_be_watched(tmp_path: Path):
    with pytest.raises(MediaNotFound, match="is not a folder"):
        next(watch(tmp_path / "r.toml", tmp_path / "none"))
