"""A run that is stopped or killed anywhere: nothing half-made stays, and the next run finishes the work."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from nemo_lab.engine.media import hash_file, probe
from tests.cli.conftest import environment
from tests.media.clips import Clip, make

_EDIT = (
    sys.executable,
    "-m",
    "nemo_lab",
    "edit",
    "talk.mp4",
    "cut the first second and speed up 1.2x",
    "-o",
    "cut.mp4",
)


@pytest.fixture(scope="module")
def talk(tmp_path_factory) -> Path:
    return make(
        tmp_path_factory.mktemp("talk") / "talk.mp4", Clip(seconds=8, size=(320, 180), sound="speech")
    )


@pytest.mark.parametrize("count", [3, pytest.param(50, marks=pytest.mark.soak)])
def test_g31_stopped_anywhere_the_next_run_finishes(goal, seed, talk, tmp_path, count):
    dice, wrong = random.Random(seed), []
    original = hash_file(talk)
    whole = 3.0  # seconds that a run takes, to begin with
    for number in range(count):
        how = (signal.SIGINT, signal.SIGTERM, signal.SIGKILL)[number % 3]
        folder = tmp_path / str(number)
        stopped = _one_run(talk, folder, how, after=dice.uniform(0.1, whole))
        again = _one_run(talk, folder, None)
        whole = again["seconds"]
        if (
            stopped["orphans"] or stopped["traceback"] or again["code"]
            or again["files"] != ["cut.mp4", "cut.mp4.nemo.json", "home", "talk.mp4"] or again["parts"]
            or hash_file(folder / "talk.mp4") != original or probe(folder / "cut.mp4").duration_ms < 5000
            or (how != signal.SIGKILL and stopped["parts"])
        ):  # fmt: skip
            wrong.append((how, stopped, again))
    goal.none(
        "G31", "runs stopped anywhere that left something, or kept the next from finishing", wrong, count
    )


def _one_run(talk: Path, folder: Path, how: signal.Signals | None, after: float = 0.0) -> dict[str, Any]:
    """Run the edit in ``folder``, stop it after so many seconds, and tell what was left."""
    home = folder / "home"
    home.mkdir(parents=True, exist_ok=True)
    if not (folder / "talk.mp4").exists():
        (folder / "talk.mp4").write_bytes(talk.read_bytes())
    (folder / "cut.mp4").unlink(missing_ok=True)
    dirs = {f"NEMO_{kind}_DIR": str(home / kind.lower()) for kind in ("DATA", "CACHE", "CONFIG")}
    start = time.monotonic()
    child = subprocess.Popen(
        _EDIT, cwd=folder, env=environment() | dirs | {"HOME": str(home)}, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    children: list[psutil.Process] = []
    if how is not None:
        time.sleep(after)
        if child.poll() is None:
            children = psutil.Process(child.pid).children(recursive=True)
            child.send_signal(how)
    _, said = child.communicate(timeout=120)
    return {
        "seconds": time.monotonic() - start,
        "code": child.returncode,
        "traceback": said[-300:] if "Traceback" in said else "",
        "orphans": psutil.wait_procs(children, timeout=10)[1],
        "files": sorted(path.name for path in folder.iterdir()),
        "parts": [str(path) for path in folder.rglob("*.part")],
    }
