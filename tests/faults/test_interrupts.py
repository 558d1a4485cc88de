"""A run that is stopped or killed anywhere, on both backends: nothing half-made stays, nothing is paid for
twice, and the next run finishes the work."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest

from nemo_lab.engine.media import hash_file, probe
from nemo_lab.local import Options, Policy
from tests.cli.conftest import environment
from tests.contract.serving import serving
from tests.media.clips import Clip, make

COST = 50
CLOUD = replace(
    Policy.like_cloud(), silent_share=0.0, trouble_share=0.0, starting_credits=10**6, edit_cost=COST
)
_WORDS = ("edit", "talk.mp4", "cut the first second and speed up 1.2x", "-o", "cut.mp4")
_EDIT = (sys.executable, "-m", "nemo_lab", *_WORDS)
# The same; only its waits of half a minute, before it looks what became of a message, are short.
_AGAIN = (
    sys.executable, "-c",
    "from nemo_lab.client import recovery, session; session.FIRST_WAIT = recovery.NEXT_WAIT = 0.5; "
    "from nemo_lab.cli.main import main; main()", *_WORDS,
)  # fmt: skip
_ASKED = "Say it again if you still want it"


@pytest.fixture(scope="module")
def talk(tmp_path_factory) -> Path:
    return make(
        tmp_path_factory.mktemp("talk") / "talk.mp4", Clip(seconds=8, size=(320, 180), sound="speech")
    )


@contextmanager
def _backend(name: str, folder: Path) -> Iterator[tuple[dict[str, str], Any]]:
    """Give what the environment needs for a backend, and what tells the credits spent."""
    if name == "embedded":
        yield {}, lambda: 0
        return
    with serving(folder, Options(policy=CLOUD)) as server:
        token = server.anonymous().json()["data"]["token"]
        server.use(token)
        found = {"NEMO_API_URL": server.embedded.url, "NEMO_TOKEN": token}
        yield found, lambda: CLOUD.starting_credits - server.credits()["total"]


@pytest.mark.parametrize("count", [3, pytest.param(25, marks=pytest.mark.soak)])
@pytest.mark.parametrize("backend", ["embedded", "like-cloud"])
def test_g31_stopped_anywhere_the_next_run_finishes(goal, seed, talk, tmp_path, backend, count):
    dice, wrong = random.Random(seed), []
    original = hash_file(talk)
    whole = 3.0  # seconds that a run takes, to begin with
    with _backend(backend, tmp_path / "server") as (surroundings, spent):
        for number in range(count):
            how = (signal.SIGINT, signal.SIGTERM, signal.SIGKILL)[number % 3]
            folder = tmp_path / str(number)
            before = spent()
            stopped = _one_run(talk, folder, surroundings, how, after=dice.uniform(0.1, whole))
            again = _one_run(talk, folder, surroundings)
            whole = again["seconds"]
            if _ASKED in again["said"]:  # what became of it nobody can know, so it is left to the user
                again = _one_run(talk, folder, surroundings)
            paid = spent() - before
            if (
                stopped["orphans"] or stopped["traceback"] or again["code"]
                or again["files"] != ["cut.mp4", "cut.mp4.nemo.json", "home", "talk.mp4"] or again["parts"]
                or hash_file(folder / "talk.mp4") != original or probe(folder / "cut.mp4").duration_ms < 5000
                or (how != signal.SIGKILL and stopped["parts"])
                or paid != (0 if backend == "embedded" else COST)
            ):  # fmt: skip
                wrong.append((how, paid, stopped, again))
    what = f"runs stopped anywhere ({backend}) that left something, or cost twice"
    goal.none("G31", what, wrong, count)


def _one_run(
    talk: Path,
    folder: Path,
    surroundings: dict[str, str],
    how: signal.Signals | None = None,
    after: float = 0,
) -> dict[str, Any]:
    """Run the edit in ``folder``, stop it after so many seconds, and tell what was left."""
    home = folder / "home"
    home.mkdir(parents=True, exist_ok=True)
    if not (folder / "talk.mp4").exists():
        (folder / "talk.mp4").write_bytes(talk.read_bytes())
    (folder / "cut.mp4").unlink(missing_ok=True)
    dirs = {f"NEMO_{kind}_DIR": str(home / kind.lower()) for kind in ("DATA", "CACHE", "CONFIG")}
    start = time.monotonic()
    child = subprocess.Popen(
        _AGAIN if how is None else _EDIT, cwd=folder, text=True,
        env=environment() | dirs | {"HOME": str(home)} | surroundings,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    children: list[psutil.Process] = []
    if how is not None:
        time.sleep(after)
        if child.poll() is None:
            children = psutil.Process(child.pid).children(recursive=True)
            child.send_signal(how)
    _, said = child.communicate(timeout=120)
    unfinished = list((home / "data" / "sessions" / "unfinished").glob("*"))
    return {
        "seconds": time.monotonic() - start,
        "code": child.returncode,
        "said": said[-600:],
        "traceback": said[-300:] if "Traceback" in said and not _is_early(said) else "",
        "orphans": psutil.wait_procs(children, timeout=10)[1],
        "files": sorted(path.name for path in folder.iterdir()),
        "parts": [str(path) for path in (*folder.rglob("*.part"), *(unfinished if how is None else ()))],
    }


def _is_early(said: str) -> bool:
    """Tell whether Python itself was still starting, where it has no other answer than a traceback."""
    return "    from nemo_lab.cli.main import main" in said or "<frozen site>" in said
