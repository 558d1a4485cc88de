"""One long render on Dask workers of one thread each: how much faster two are than one, and the joins.

By environment: ``NEMO_BENCH_CLUSTER_MINUTES`` (60). The machine needs two idle cores.
"""

from __future__ import annotations

import os
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

import nemo_lab
from nemo_lab.recipes import RunRecord
from tests.media.clips import RATE, Clip, frame_numbers, frame_times, make, noise, sound

distributed = pytest.importorskip("distributed")
pytestmark = [
    pytest.mark.bench,
    pytest.mark.timeout(7200),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]
ROOT = Path(__file__).parents[2]
MINUTES = int(os.environ.get("NEMO_BENCH_CLUSTER_MINUTES", "60"))
FRAMES = Fraction(9)
"""A second: so that an hour's frames can be told apart by what they show."""
SPAN = 8
"""Seconds."""


def run_on(workers: int, recording: Path, target: Path) -> RunRecord:
    recipe = nemo_lab.Recipe(steps=("cut the first second",), export={"quality": "medium"})
    with distributed.LocalCluster(
        n_workers=workers, threads_per_worker=1, dashboard_address="127.0.0.1:0", silence_logs="CRITICAL"
    ) as cluster, distributed.Client(cluster) as client:  # fmt: skip
        client.wait_for_workers(workers)
        return nemo_lab.run(recipe, recording, output=target, cluster=client, fresh=True)


def test_two_workers_against_one_and_no_seam(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clean_environment: Path
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    clip = Clip(seconds=MINUTES * 60, rate=FRAMES, size=(640, 360), gop=72, channels=1)
    recording = make(tmp_path / "long.mp4", clip)
    records = {count: run_on(count, recording, tmp_path / f"{count}.mp4") for count in (1, 2)}
    walls = {count: record.seconds["in all"] for count, record in records.items()}
    told = f"one worker {walls[1]:.1f} s, two {walls[2]:.1f} s: {walls[1] / walls[2]:.2f} times"
    print(f"\n{MINUTES} min: {told}")  # noqa: T201
    assert records[1].output.sha256 == records[2].output.sha256
    _check_seams(tmp_path / "2.mp4", clip)
    assert walls[1] / walls[2] >= 1.7


def _check_seams(film: Path, clip: Clip) -> None:
    """Every frame is there once, at its time; the sound is as true where spans meet as between."""
    assert frame_numbers(film) == list(range(9, clip.frames))
    assert frame_times(film) == [number / FRAMES for number in range(clip.frames - 9)]
    heard, played = sound(film)[0], noise(clip.samples)[RATE:] * np.float32(clip.level)
    meetings = range(SPAN * RATE, len(played) - RATE, SPAN * RATE)
    at = [_noise_of(heard, played, place) for place in meetings]
    between = [_noise_of(heard, played, place - SPAN * RATE // 2) for place in meetings]
    assert max(at) <= max(between) * 1.2


def _noise_of(heard: np.ndarray, played: np.ndarray, middle: int) -> float:
    """Return how far 0.1 s of sound are from what was played, RMS."""
    part = slice(middle - RATE // 20, middle + RATE // 20)
    return float(np.sqrt(np.mean((heard[part] - played[part]) ** 2)))
