"""What starting costs: the import, ``--help``, and one edit of three minutes from a cold start."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.bench.screencast import record
from tests.bench.talk import SECONDS, talk

pytestmark = [pytest.mark.bench, pytest.mark.timeout(900)]
ROOT = Path(__file__).parents[2]
WISH = "cut the pauses"
PAIRS = 5


def timed(*arguments: object, folder: Path, home: Path) -> tuple[float, str]:
    """Seconds on the clock of a Python process, and what it printed; its user folders are under ``home``."""
    folders = {f"NEMO_{kind}_DIR": str(home / kind) for kind in ("DATA", "CACHE", "CONFIG")}
    environment = os.environ | folders | {"PYTHONPATH": str(ROOT)}
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, *map(str, arguments)], env=environment, cwd=folder, capture_output=True, text=True,
        check=True,
    )  # fmt: skip
    return time.perf_counter() - start, done.stdout


def median_ms(*arguments: object, folder: Path) -> float:
    """Milliseconds that Python needs for it beyond its own start, the middle one of 15 runs."""
    bare = statistics.median(timed("-c", "pass", folder=folder, home=folder)[0] for _ in range(15))
    runs = statistics.median(timed(*arguments, folder=folder, home=folder)[0] for _ in range(15))
    return (runs - bare) * 1000


def test_import_and_help(tmp_path: Path):
    loading = median_ms("-c", "import nemo_lab", folder=tmp_path)
    helping = statistics.median(
        timed("-m", "nemo_lab", "--help", folder=tmp_path, home=tmp_path)[0] for _ in range(15)
    )
    sys.stdout.write(f"\nimport nemo_lab: {loading:.0f} ms; nemo --help: {helping * 1000:.0f} ms\n")
    assert loading < 100
    assert helping < 0.3


def test_an_edit_from_a_cold_start(tmp_path: Path):
    """``nemo edit`` beside the engine alone, in turns: each run finds nothing of an earlier one."""
    source = record(tmp_path / "talk.mkv", SECONDS, 8, talk().sound)
    alone, whole = [], []
    for turn in range(PAIRS):
        engine = [Path(__file__).with_name("engine_alone.py"), source, tmp_path / f"alone{turn}.mp4", WISH]
        alone.append(float(timed(*engine, folder=tmp_path, home=tmp_path)[1]))
        edit = ["-m", "nemo_lab", "edit", source, WISH, "-o", tmp_path / f"whole{turn}.mp4", "--quiet"]
        whole.append(timed(*edit, folder=tmp_path, home=tmp_path / f"home{turn}")[0])
    films = {
        (tmp_path / f"{name}{turn}.mp4").read_bytes() for name in ("alone", "whole") for turn in range(PAIRS)
    }
    ratios = [both / engine for engine, both in zip(alone, whole, strict=True)]
    ratio = statistics.median(ratios)
    sys.stdout.write(
        f"\n3 minutes of 1080p, {WISH!r}: engine alone {statistics.median(alone):.2f} s, nemo edit from a "
        f"cold start {statistics.median(whole):.2f} s, ratios {', '.join(f'{one:.2f}' for one in ratios)}, "
        f"the middle one {ratio:.2f}; films: {len(films)}\n"
    )
    assert len(films) == 1
    assert ratio <= 1.3
