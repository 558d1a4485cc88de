"""What a stranger gets: wheel and sdist, built from this tree, and environments with nothing else in."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import venv
from pathlib import Path

import psutil

ROOT = Path(__file__).parents[2]
_OURS = dict(os.environ)
"""As it was before any test: with the proxies and the settings that reach a package registry."""


def build(target: Path) -> tuple[Path, Path]:
    """Build the sdist, and the wheel from the sdist; return wheel and sdist."""
    run("-m", "build", "--no-isolation", "--outdir", target, ROOT)
    (wheel,), (sdist,) = target.glob("*.whl"), target.glob("*.tar.gz")
    return wheel, sdist


def run(*arguments: object, python: Path | str = sys.executable, seconds: float = 600) -> str:
    """Run a Python with these arguments and the environment as it was; return its standard output."""
    environment = {name: value for name, value in _OURS.items() if name not in {"PYTHONPATH", "VIRTUAL_ENV"}}
    done = subprocess.run(
        [str(python), *map(str, arguments)],
        env=environment, capture_output=True, text=True, timeout=seconds, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


class Environment:
    """A fresh virtual environment and a home of its own.

    Args:
        folder: for both.
        borrowed: see the packages of the Python that runs this, for what is not in it.
    """

    def __init__(self, folder: Path, *, borrowed: bool = False) -> None:
        self.folder, self.home = folder / "venv", folder / "home"
        self.home.mkdir(parents=True)
        venv.create(self.folder, with_pip=not borrowed)
        self.bin = self.folder / ("Scripts" if sys.platform == "win32" else "bin")
        self.python = self.bin / "python"
        if borrowed:
            (site,) = self.folder.glob("lib/python*/site-packages")
            theirs = [path for path in sys.path if path.endswith("site-packages")]
            (site / "borrowed.pth").write_text("\n".join(theirs))

    def install(self, wheel: Path, extras: str = "", *options: object) -> None:
        """Install the wheel with extras, and all that they need, from the registry."""
        what = f"{wheel}[{extras}]" if extras else wheel
        run("-m", "pip", "install", "--quiet", *options, what, python=self.python)

    def install_alone(self, wheel: Path) -> None:
        """Install the wheel and nothing that it needs, without a registry."""
        options = ("--quiet", "--no-deps", "--no-index", "--disable-pip-version-check")
        run("-m", "pip", "--python", self.python, "install", *options, wheel)

    def variables(self) -> dict[str, str]:
        """What its user's shell would have set."""
        kept = {k: v for k, v in _OURS.items() if not k.startswith(("NEMO_", "JUPYTER", "PYTHON", "XDG_"))}
        path = f"{self.bin}{os.pathsep}{_OURS.get('PATH', os.defpath)}"
        return kept | {"HOME": str(self.home), "PATH": path, "VIRTUAL_ENV": str(self.folder)}

    def shell(self, *words: object, folder: Path, seconds: float = 300) -> subprocess.CompletedProcess[str]:
        """Run one of its programs as its user would."""
        return subprocess.run(
            list(map(str, words)),
            env=self.variables(), cwd=folder, capture_output=True, text=True, timeout=seconds, check=False,
        )  # fmt: skip

    def end_processes(self) -> None:
        """End what still runs from it, as the watcher that OBS's script has called."""
        found = [
            p for p in psutil.process_iter(["cmdline"]) if str(self.bin) in " ".join(p.info["cmdline"] or ())
        ]
        for process in found:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.terminate()
        assert not psutil.wait_procs(found, 60)[1]
