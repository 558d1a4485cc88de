"""Cutting against ffmpeg's own trim and concat: ratios of paired runs, as a table.

``NEMO_BENCH_SECONDS`` (180) and ``NEMO_BENCH_ROUNDS`` (3) set how much is measured.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.bench.screencast import record

pytestmark = [pytest.mark.bench, pytest.mark.timeout(7200)]
SECONDS = int(os.environ.get("NEMO_BENCH_SECONDS", "180"))
ROUNDS = int(os.environ.get("NEMO_BENCH_ROUNDS", "3"))


class Cost(NamedTuple):
    cpu: float
    wall: float
    output: str


def pieces() -> list[tuple[int, int]]:
    """Twenty pieces, 62 % of the whole, on the frame grid of whole 100 ms."""
    step = SECONDS * 1000 // 20 // 100 * 100
    return [(k * step + 100 * (k * 7 % 5), k * step + 100 * (k * 7 % 5) + step * 62 // 100 // 100 * 100)
            for k in range(20)]  # fmt: skip


def cost(command: list[str]) -> Cost:
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    process.stdout.close()
    assert process.returncode == 0
    return Cost(usage.ru_utime + usage.ru_stime, time.perf_counter() - start, output)


def ffmpeg(source: Path, target: Path) -> list[str]:
    program = pytest.importorskip("imageio_ffmpeg").get_ffmpeg_exe()
    cuts = pieces()
    parts = []
    for k, (start, end) in enumerate(cuts):
        span = f"{start / 1000}:{end / 1000}"
        parts.append(
            f"[0:v]trim={span},setpts=PTS-STARTPTS[v{k}];[0:a]atrim={span},asetpts=PTS-STARTPTS[a{k}]"
        )
    inputs = "".join(f"[v{k}][a{k}]" for k in range(len(cuts)))
    graph = ";".join(parts) + f";{inputs}concat=n={len(cuts)}:v=1:a=1[v][a]"
    picture, sound = ["-c:v", "libx264", "-preset", "veryfast", "-crf", "20"], ["-c:a", "aac", "-b:a", "160k"]
    encoders = [*picture, *sound, "-movflags", "+faststart"]
    maps = ["-filter_complex", graph, "-map", "[v]", "-map", "[a]"]
    return [program, "-y", "-v", "error", "-i", str(source), *maps, *encoders, str(target)]


@pytest.mark.parametrize("keyframe_seconds", [8, 2])
def test_cut_against_ffmpeg(tmp_path: Path, keyframe_seconds: int) -> None:
    source = record(tmp_path / "screencast.mp4", SECONDS, keyframe_seconds)
    own = [sys.executable, str(Path(__file__).with_name("cut.py")), str(source), str(tmp_path / "own.mp4")]
    ratios = []
    for _ in range(ROUNDS):
        theirs = cost(ffmpeg(source, tmp_path / "theirs.mp4"))
        ours = cost([*own, json.dumps(pieces())])
        ratios.append((ours.cpu / theirs.cpu, ours.wall / theirs.wall))
    copied, encoded = json.loads(ours.output)
    cpu, wall = (statistics.median(pair[k] for pair in ratios) for k in (0, 1))
    head = f"{SECONDS} s, a keyframe every {keyframe_seconds} s"
    row = f"nemo / ffmpeg, median of {ROUNDS} | {copied} / {encoded} | {cpu:.3f} | {wall:.3f}"
    sys.stdout.write(f"\n| {head} | frames copied / encoded | CPU | wall |\n|---|---|---|---|\n| {row} |\n")
    assert copied > encoded
