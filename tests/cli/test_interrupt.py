"""Ctrl-C and termination: no half file, no child left, quickly."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from tests.cli.conftest import digests, environment
from tests.media.clips import Clip, make


@contextmanager
def started(folder: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Run ``nemo`` in a process group of its own, as a shell does."""
    process = subprocess.Popen(
        [sys.executable, "-m", "nemo_lab", *arguments],
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment() | {"PYTHONUNBUFFERED": "1"},
        start_new_session=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def read_until(process: subprocess.Popen[str], words: str) -> None:
    assert process.stderr is not None
    seen = []
    for line in process.stderr:
        seen.append(line)
        if words in line:
            return
    raise AssertionError(f"{words!r} never came: {seen}")


def gone(children: list[psutil.Process]) -> bool:
    """Whether all have ended within 5 seconds."""
    return not psutil.wait_procs(children, timeout=5)[1]


@pytest.fixture(scope="module")
def long_clip(tmp_path_factory) -> Path:
    """Long enough that its render can be stopped in the middle."""
    return make(
        tmp_path_factory.mktemp("long") / "rec.mkv", Clip(seconds=40, size=(640, 360), sound="speech")
    )


@pytest.mark.parametrize("stage", ["upload", "export"])
@pytest.mark.parametrize(
    ("number", "code", "to_all"),
    [(signal.SIGINT, 130, True), (signal.SIGINT, 130, False), (signal.SIGTERM, 143, False)],
)
def test_a_stopped_edit_leaves_nothing(tmp_path, long_clip, stage, number, code, to_all):
    source = tmp_path / "rec.mkv"
    source.hardlink_to(long_clip)
    before = digests(tmp_path)
    with started(tmp_path, "edit", "rec.mkv", "speed up 1.1x", "--quality", "high") as process:
        read_until(process, stage)
        children = psutil.Process(process.pid).children(recursive=True)
        when = time.monotonic()
        (os.killpg if to_all else os.kill)(process.pid, number)
        process.wait(15)
        assert time.monotonic() - when < 10
        rest = process.stderr.read() if process.stderr else ""
    assert process.returncode == code
    assert "Traceback" not in rest
    assert rest.count("nemo: stopped") == (number == signal.SIGINT)
    assert gone(children)
    assert digests(tmp_path) == before


def test_ctrl_c_stops_a_turn_of_a_chat_and_the_session_goes_on(tmp_path, long_clip):
    (tmp_path / "rec.mkv").hardlink_to(long_clip)
    with started(tmp_path, "chat", "rec.mkv") as process:
        assert process.stdin is not None
        process.stdin.write(":export stopped.mp4\n:timeline\n")
        process.stdin.flush()
        read_until(process, "export")
        process.send_signal(signal.SIGINT)
        read_until(process, "stopped; once more leaves")
        out, _ = process.communicate(timeout=30)
    assert "Timeline (1 track)" in out
    assert process.returncode == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["rec.mkv"]
