"""How soon a recording is edited, and what OBS loses by it, with a real OBS; ``make bench`` prints it."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import NamedTuple

import psutil
import pytest

from obs_plugin.folders import ObsFolder, our_folders
from obs_plugin.install import install
from obs_plugin.jobs import ENDED, Arrival
from obs_plugin.ledger import Ledger
from tests.cli.conftest import environment
from tests.obs.real_obs import Display, RealObs, make_talk, needs_obs
from tests.obs.watching import all_saved, jobs, write_presets

pytestmark = [pytest.mark.bench, needs_obs, pytest.mark.timeout(600)]
SECONDS = 20
PAIRS, RECORDINGS, IDLE_SECONDS = 2, 8, 60
WITHIN = 10.0
"""Seconds from the wish to stop until the edited file lies there, on a quiet machine of two cores."""


def tell(line: str) -> None:
    sys.stdout.write(f"\n{line}\n")
    sys.stdout.flush()


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


@pytest.mark.parametrize("light", [True, False], ids=["light", "usual"])
@pytest.mark.parametrize("size", [(1920, 1080), (640, 360)], ids=["1080p", "360p"])
def test_the_frames_that_obs_loses_beside_a_job(obs: RealObs, size: tuple[int, int], light: bool) -> None:
    """30 frames/s, by OBS's own count, without and with a job in turn: less than 1 % more are lost."""
    obs.configure(size=size, light=light)
    obs.start()
    first = lost_frames(obs)
    write_presets('[[preset]]\nsay = "make it vertical, slow it down to a tenth of the speed"\n')
    alone, beside = [], []
    for turn in range(PAIRS):
        alone.append(lost_frames(obs).lost)
        with watcher(obs) as pid:
            add(first.recording)
            until(lambda: jobs()[0].state == "rendering", 120)
            found = lost_frames(obs, pid)
            beside.append(found.lost)
            tell(
                f"{turn}: alone {alone[-1]:.2%}, with a job {found.lost:.2%}; {jobs()[0].progress:.0%} of it"
            )
            tell(f"in these {SECONDS} s our processes took {found.spent:.2f} s of processor time")
            assert jobs()[0].state not in ENDED, "the edit ended before the measurement did"
    name = f"{size[1]}p30{', light' if light else ''}"
    tell(f"{name}: frames lost alone {shares(alone)}, while a job is there {shares(beside)}")
    assert median(beside) - median(alone) < 0.01


@pytest.mark.parametrize("language", ["lua", "python"])
def test_a_script_leaves_word_in_time(obs: RealObs, language: str) -> None:
    """By its own clock, on OBS's thread; the watcher is called after that."""
    install(our_folders(), ObsFolder(obs.config), Path("/bin/true"), language=language, at_login=False)
    obs.start()
    for _ in range(RECORDINGS):
        obs.record(2)
        time.sleep(1)
    text = "".join(log.read_text(errors="replace") for log in (obs.config / "logs").glob("*.txt"))
    dropped = [float(ms) for ms in re.findall(r"queued .* in ([\d.]+) ms", text)]
    called = [float(ms) for ms in re.findall(r"called the watcher in ([\d.]+) ms", text)]
    tell(f"{language}: word left in {dropped} ms, the watcher called in {called} ms")
    assert len(dropped) == len(called) == RECORDINGS
    assert max(dropped) < 10


def test_the_watcher_idles_modestly(obs: RealObs) -> None:
    """Beside an OBS that runs, when it has edited something and nothing is left to do."""
    obs.start()
    with watcher(obs) as pid:
        obs.record(4)
        until(all_saved(1), 120)
        process = psutil.Process(pid)
        until(lambda: not process.children(), 120)
        spent, begin = sum(process.cpu_times()[:2]), time.monotonic()
        time.sleep(IDLE_SECONDS)
        share = (sum(process.cpu_times()[:2]) - spent) / (time.monotonic() - begin)
        size = process.memory_full_info()
    tell(f"idle: {share:.2%} of a core, {size.rss / 2**20:.1f} MiB resident, {size.pss / 2**20:.1f} its own")
    assert share < 0.005
    assert size.rss < 60e6


def add(recording: Path) -> None:
    ledger = Ledger(our_folders().ledger)
    ledger.arrive(Arrival(recording, "user"))
    ledger.close()


def busy(pid: int) -> float:
    """Return the processor time that a process and all that it started have taken, in seconds."""
    family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    return sum(sum(process.cpu_times()[:2]) for process in family)


def shares(found: list[float]) -> str:
    return " ".join(f"{share:.2%}" for share in found)


class Window(NamedTuple):
    """What happened in some seconds of a recording: part of the frames lost, and our processor time."""

    lost: float
    spent: float
    recording: Path


def lost_frames(obs: RealObs, pid: int | None = None) -> Window:
    """Record, and see which part of the frames was lagged (not drawn in time) or skipped (not encoded)."""
    assert obs.link is not None
    time.sleep(1)  # OBS sometimes ignores the wish to start right after it has stopped
    obs.begin()
    time.sleep(3)  # the start of the encoder is no part of it
    before, ours = obs.link.ask("GetStats"), busy(pid) if pid else 0.0
    time.sleep(SECONDS)
    after, spent = obs.link.ask("GetStats"), busy(pid) - ours if pid else 0.0
    recording = obs.end()
    rise = {name: after[name] - before[name] for name in before if name.endswith("Frames")}
    lost = (rise["renderSkippedFrames"] + rise["outputSkippedFrames"]) / rise["renderTotalFrames"]
    return Window(lost, spent, recording)
