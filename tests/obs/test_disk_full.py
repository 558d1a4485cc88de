"""A disk that is really full (a small one of its own): the state is clear, and all goes on with space."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import replace

import pytest

from nemo_lab.engine.media import probe
from obs_plugin.editing import COMMAND
from obs_plugin.folders import Folders
from obs_plugin.jobs import Arrival
from tests.cli.conftest import environment
from tests.media.clips import Clip, make
from tests.obs.conftest import sealed_mp4
from tests.obs.driver import QUICK
from tests.obs.test_watcher import Running, states

MOUNT, UNMOUNT = (shutil.which(name) or name for name in ("mount", "umount"))
ENDLESS = replace(QUICK, until_idle=False)


@pytest.fixture
def disk(tmp_path):
    """A file system of 4 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    words = [MOUNT, "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(folder)]
    try:
        subprocess.run(words, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("a file system may not be mounted here")
    yield folder
    subprocess.run([UNMOUNT, "-l", str(folder)], check=True)


def fill(folder):
    """Take all that is left."""
    path = folder / "filler"
    with path.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            return path


def test_the_disk_of_the_results_is_full(place, disk, goal):
    place.presets('[[preset]]\nsay = "cut the pauses"\n')
    path = make(disk / "talk.mp4", Clip(seconds=4, sound="speech", speech=((0.0, 1.0), (2.5, 3.5))))
    filler = fill(disk)
    place.spool.drop(Arrival(path, "script"))
    with Running(place, replace(ENDLESS, command=COMMAND)) as running:
        running.until(lambda: place.jobs() and "waits for space" in place.jobs()[0].reason, 60)
        assert sorted(p for p in disk.iterdir() if not p.name.startswith(".")) == [filler, path]
        filler.unlink()
        running.until(lambda: states(place) == ["saved"], 60)
    (job,) = place.jobs()
    assert 1500 < probe(job.output).duration_ms < 3500
    goal.at_most("G8", "attempts until a result is saved, the disk full meanwhile", job.attempts, 1)
    assert not [found for found in disk.iterdir() if found.name.startswith(".")]


def test_the_disk_of_the_queue_is_full(place, disk, caplog, goal):
    place.folders = Folders(disk / "home", place.folders.presets)
    whole = sealed_mp4()
    paths = [place.record(f"{number}.mp4", whole[:-1]) for number in range(3)]
    for path in paths:
        place.spool.drop(Arrival(path, "script"))
    with Running(place, ENDLESS) as running:
        running.until(lambda: place.folders.ledger.exists() and states(place) == ["new"] * 3)
        filler = fill(disk)
        for path in paths:  # elsewhere, and complete now
            path.write_bytes(whole)
        running.until(lambda: "no space left" in caplog.text)
        assert not place.edits()
        filler.unlink()
        running.until(lambda: states(place) == ["saved"] * 3)
        running.until(lambda: '"trouble": ""' in place.folders.status.read_text())
    goal.at_most("G8", "edits for 3 recordings, the disk of the queue full meanwhile", len(place.edits()), 3)


def test_a_watcher_that_starts_on_a_full_disk_waits(disk, tmp_path, monkeypatch):
    monkeypatch.setenv("NEMO_DATA_DIR", str(disk))
    filler = fill(disk)
    process = subprocess.Popen(
        [sys.executable, "-m", "obs_plugin"],
        cwd=tmp_path,
        env=environment(),
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert "no space left" in process.stderr.readline()
        filler.unlink()
        assert "Watching" in process.stderr.readline()
    finally:
        process.terminate()
        process.wait()
        process.stderr.close()
