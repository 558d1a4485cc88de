"""One recipe on two installations that differ in all that must not matter: the same bytes, says `verify` too.

Both have a virtual environment of their own with the package of this tree; what it needs comes from the
environment of the tests, since nothing is downloaded here.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.media.clips import Clip, make

ROOT = Path(__file__).parents[2]
pytestmark = [pytest.mark.soak, pytest.mark.timeout(900)]
RECIPES = {
    "copied": """steps = ["cut the pauses"]""",
    "all": """steps = ["cut the pauses", "add a title '你好 Ünï' for 1 second", "fade out for 1 second",
         { op = "transition", kind = "crossfade", duration_ms = 200 }, "normalise to -16 LUFS"]""",
    "encoded": """steps = ["keep from 0:00 to 0:20", "make it vertical"]
[export]
quality = "low"
height = 240""",
}


@dataclass(frozen=True)
class Machine:
    """An installation and the surroundings in which it is used."""

    folder: Path
    cores: str
    umask: int
    written: float
    """When the recording was written, seconds since 1970."""
    environment: dict[str, str] = field(default_factory=dict)

    def nemo(self, *arguments: str) -> str:
        """Run the command in this machine's own folder; return what it says."""
        pinned = ["taskset", "-c", self.cores] if shutil.which("taskset") else []
        surroundings = {"PATH": os.environ["PATH"], "HOME": str(self.folder / "home"), **self.environment}
        done = subprocess.run(
            [*pinned, str(self.folder / "venv/bin/nemo"), *arguments],
            cwd=self.folder / "work", env=surroundings, umask=self.umask,
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package as it is installed: a folder of what the wheel holds."""
    folder = tmp_path_factory.mktemp("package")
    for name in ("nemo_lab", "obs_plugin"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


@pytest.fixture(scope="module")
def machines(package: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Machine]:
    root = tmp_path_factory.mktemp("machines")
    recording = make(root / "talk.mkv", Clip(seconds=24, sound="speech", gop=90, tracks=2))
    every = ",".join(str(core) for core in sorted(os.sched_getaffinity(0)))
    two = [
        Machine(root / "one", every, 0o022, 1_000_000_000, {"LC_ALL": "C.UTF-8", "TZ": "UTC"}),
        Machine(
            root / "two" / "über there" / "录像", every.split(",")[0], 0o077, 1_700_000_000,
            {"LC_ALL": "de_DE.UTF-8", "LANGUAGE": "zh", "TZ": "Asia/Kathmandu", "PYTHONHASHSEED": "77",
             "NO_COLOR": "1", "OMP_NUM_THREADS": "1"},
        ),
    ]  # fmt: skip
    for machine in two:
        _set_up(machine, package, recording)
    return two


def _set_up(machine: Machine, package: Path, recording: Path) -> None:
    for name in ("home", "work"):
        (machine.folder / name).mkdir(parents=True)
    venv.create(machine.folder / "venv", symlinks=True)
    site = next((machine.folder / "venv/lib").glob("python*")) / "site-packages"
    shutil.copytree(package, site, dirs_exist_ok=True)
    (site / "needed.pth").write_text(sysconfig.get_path("purelib") + "\n")
    command = machine.folder / "venv/bin/nemo"
    command.write_text(f'#!/bin/sh\nexec "{machine.folder}/venv/bin/python" -m nemo_lab "$@"\n')
    command.chmod(0o755)
    taken = shutil.copy(recording, machine.folder / "work" / "talk.mkv")
    os.utime(taken, (machine.written, machine.written))
    for name, text in RECIPES.items():
        (machine.folder / "work" / f"{name}.toml").write_text(text, encoding="utf-8")


@pytest.mark.skipif(sys.platform != "linux", reason="pins cores")
@pytest.mark.parametrize("name", RECIPES)
def test_two_machines_make_the_same_file_and_verify_says_so(machines: list[Machine], name: str) -> None:
    one, two = machines
    assert str(one.folder) in one.nemo("doctor", "--json")
    for machine in machines:
        machine.nemo("recipe", "run", f"{name}.toml", "talk.mkv", "-o", f"{name}.mp4")
    films = [(machine.folder / "work" / f"{name}.mp4").read_bytes() for machine in machines]
    assert films[0] == films[1]
    for suffix in (".mp4", ".mp4.nemo.json"):
        shutil.copy(one.folder / "work" / f"{name}{suffix}", two.folder / "work")
    assert two.nemo("recipe", "verify", f"{name}.mp4", "talk.mkv").startswith("Byte-identical")
    one.nemo("recipe", "freeze", f"{name}.toml", "talk.mkv")
    shutil.copy(one.folder / "work" / f"{name}.frozen.toml", two.folder / "work")
    assert two.nemo("recipe", "verify", f"{name}.frozen.toml", "talk.mkv").startswith("Byte-identical")
