"""How soon a recording is edited, and what OBS loses by it, with a real OBS; ``make bench`` prints it."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from obs_plugin.folders import our_folders
from obs_plugin.jobs import Arrival
from obs_plugin.ledger import Ledger
from tests.cli.conftest import environment
from tests.obs.real_obs import Display, RealObs, make_talk, needs_obs
from tests.obs.watching import all_saved, jobs, write_presets

pytestmark = [pytest.mark.bench, needs_obs, pytest.mark.timeout(600)]
SECONDS = 20
WITHIN = 10.0
"""Seconds from the wish to stop until the edited file lies there, on a quiet machine of two cores."""


def tell(line: str) -> None:
    sys.stdout.write(f"\n{line}\n")


@contextmanager
def watcher(obs: RealObs) -> Iterator[int]:
    """``nemo obs run`` as a user runs it; gives its process id."""
    own = {"HOME": str(obs.home), "XDG_CONFIG_HOME": str(obs.home / ".config")}
    process = subprocess.Popen(
        [sys.executable, "-m", "nemo_lab", "obs", "run"], env=environment() | own, stderr=subprocess.DEVNULL
    )
    try:
        until(lambda: our_folders().status.exists() and '"OBS ' in our_folders().status.read_text(), 60)
        yield process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def until(condition, seconds: float) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.fixture
def obs(tmp_path: Path) -> Iterator[RealObs]:
    display = Display()
    found = RealObs(tmp_path / "obs", display.name, make_talk(tmp_path / "talk.mp4"))
    try:
        yield found
    finally:
        found.close()
        display.close()


@pytest.mark.parametrize("format", ["mkv", "mp4"])
def test_from_stop_to_saved(obs: RealObs, format: str) -> None:
    obs.configure(format=format)
    obs.start()
    with watcher(obs):
        obs.begin()
        time.sleep(SECONDS)
        asked = time.time()
        obs.end()
        stopped = time.time()
        until(all_saved(1), 120)
    (job,) = jobs()
    ledger = Ledger(our_folders().ledger)
    steps = ", ".join(f"{state} {at - asked:.1f}" for at, state, _ in ledger.history(job.id))
    ledger.close()
    tell(
        f"{format}, {SECONDS} s: stopped {stopped - asked:.1f}, {steps} s after the wish to stop; {job.note}"
    )
    assert job.changed - asked < WITHIN


def test_the_frames_that_obs_loses_while_a_recording_is_rendered(obs: RealObs) -> None:
    """1080p at 30 frames/s, by OBS's own count, without and with a render beside it: less than 1 % more."""
    obs.configure(size=(1920, 1080))
    obs.start()
    alone, recording = lost_frames(obs)
    write_presets('[[preset]]\nsay = "make it vertical, slow it down to a quarter of the speed"\n')
    with watcher(obs):
        ledger = Ledger(our_folders().ledger)
        ledger.arrive(Arrival(recording, "user"))
        until(lambda: jobs()[0].state == "rendering", 120)
        beside, _ = lost_frames(obs)
        assert jobs()[0].state == "rendering", "the render ended before the measurement did"
        ledger.close()
    tell(f"1080p30, frames lost of all: {alone:.2%} alone, {beside:.2%} while a job renders")
    assert beside - alone < 0.01


def lost_frames(obs: RealObs) -> tuple[float, Path]:
    """Record, and return which part of the frames was lagged (not drawn in time) or skipped (not encoded)."""
    assert obs.link is not None
    obs.begin()
    time.sleep(3)  # the start of the encoder is no part of it
    before = obs.link.ask("GetStats")
    time.sleep(SECONDS)
    after = obs.link.ask("GetStats")
    recording = obs.end()
    rise = {name: after[name] - before[name] for name in before if name.endswith("Frames")}
    tell(str(rise))
    return (rise["renderSkippedFrames"] + rise["outputSkippedFrames"]) / rise["renderTotalFrames"], recording
