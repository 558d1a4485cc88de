"""The command as a user runs it: in a process of its own, with folders of its own."""

from __future__ import annotations

import hashlib
import os
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from nemo_lab.cli.main import cli
from tests.media.clips import Clip, make

ROOT = Path(__file__).parents[2]
Nemo = Callable[..., subprocess.CompletedProcess[str]]


def environment() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}


def limit_files(size: int) -> None:
    """No file of this process or its children may grow beyond this many bytes."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


@pytest.fixture
def nemo(tmp_path: Path) -> Nemo:
    """Run ``nemo`` in an empty folder, in a process of its own; give its exit code, stdout and stderr."""
    folder = tmp_path / "work"
    folder.mkdir(exist_ok=True)

    def run(
        *arguments: object, stdin: str = "", api_url: str = "", file_limit: int = 0
    ) -> subprocess.CompletedProcess[str]:
        surroundings = environment()
        if file_limit:
            surroundings.pop("COVERAGE_PROCESS_CONFIG", None)  # what it writes would be cut too
        return subprocess.run(
            [sys.executable, "-m", "nemo_lab", *map(str, arguments)],
            input=stdin,
            capture_output=True,
            text=True,
            encoding="utf-8",
            cwd=folder,
            env=surroundings | ({"NEMO_API_URL": api_url, "NEMO_BACKEND": "local"} if api_url else {}),
            preexec_fn=(lambda: limit_files(file_limit)) if file_limit else None,
            timeout=120,
            check=False,
        )

    return run


@pytest.fixture
def nemo_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Nemo:
    """The same in this process: loading everything takes longer than most commands.

    Not for what ends with its process: a limit, a signal, a server.
    """
    folder = tmp_path / "work"
    folder.mkdir(exist_ok=True)
    monkeypatch.chdir(folder)

    def run(*arguments: object) -> subprocess.CompletedProcess[str]:
        done = CliRunner().invoke(cli, list(map(str, arguments)), prog_name="nemo")
        return subprocess.CompletedProcess(arguments, done.exit_code, done.stdout, done.stderr)

    return run


def speech_clip(path: Path, seconds: float = 6.0) -> Path:
    """A small recording: a second of speech, a second of pause, and so on."""
    return make(path, Clip(seconds=seconds, sound="speech"))


def digests(folder: Path) -> dict[str, str]:
    """Every file below a folder with its hash: what must not change."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
