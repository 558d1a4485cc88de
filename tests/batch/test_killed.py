"""``nemo batch`` killed again and again: it goes on, and what was finished is not touched."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from nemo_lab.recipes.batch import BatchReport
from tests.batch.material import Finished, recordings
from tests.cli.conftest import environment


def killed_over(folder: Path, goal: Any, count: int, kills: int) -> None:
    recordings(folder, count)
    finished, chance = Finished(folder / "out"), random.Random(7)
    command = [sys.executable, "-m", "nemo_lab", "batch", "short.toml", "in", "--out", "out", "--no-stills"]
    share = max(count // (kills + 1), 1)
    for _ in range(kills):
        enough = finished.look() + share
        with subprocess.Popen(
            command, cwd=folder, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as batch:
            deadline = time.monotonic() + 120
            while finished.look() < enough and batch.poll() is None:
                assert time.monotonic() < deadline
                time.sleep(0.02)
            time.sleep(chance.random() * 0.5)
            finished.look()
            assert batch.poll() is None, "it ended before it was killed"
            os.kill(batch.pid, signal.SIGKILL)
    last = subprocess.run(command, cwd=folder, env=environment(), capture_output=True, text=True, check=False)
    assert last.returncode == 0, last.stderr
    report = BatchReport.model_validate_json((folder / "out" / "batch.json").read_bytes())
    assert report.skipped > 0
    finished.check(report, count)
    goal.at_least(
        "G27", f"results, each once, of a batch that was killed {kills} times", len(report.done), count
    )


def test_a_killed_batch_goes_on_where_it_was(tmp_path: Path, goal: Any) -> None:
    killed_over(tmp_path, goal, count=8, kills=2)


@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_two_hundred_recordings_in_a_batch_killed_twenty_times(tmp_path: Path, goal: Any) -> None:
    killed_over(tmp_path, goal, count=200, kills=20)
