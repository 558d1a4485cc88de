"""The benchmark: four tasks, against ffmpeg in one pass and other programs, as ratios of paired runs.

By environment: ``NEMO_BENCH_SECONDS`` (180: lengths with commas), ``NEMO_BENCH_ROUNDS`` (3),
``NEMO_BENCH_TASKS`` (T1,T1-fast,T2,T3,T4), ``NEMO_BENCH_KEYFRAMES`` (8,2 seconds), ``NEMO_BENCH_AGAINST``
(ffmpeg,moviepy,smartcut,unsilence), ``NEMO_BENCH_MINUTES`` (30,60,120: how it grows), ``NEMO_BENCH_PEERS``
(folder of the peers' programs; see the Makefile) and ``NEMO_BENCH_FOLDER`` (keeps the recordings, so that
parts can be run one by one).
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import wave
from pathlib import Path

import numpy as np
import pytest

from tests.bench import peers, talk
from tests.bench.measure import Cost, cost
from tests.bench.screencast import prolong, record

pytestmark = [pytest.mark.bench, pytest.mark.timeout(86_400)]


def _listed(name: str, usual: str) -> list[str]:
    return os.environ.get(name, usual).split(",")


LENGTHS = [int(length) for length in _listed("NEMO_BENCH_SECONDS", "180")]
ROUNDS = int(os.environ.get("NEMO_BENCH_ROUNDS", "3"))
TASKS = _listed("NEMO_BENCH_TASKS", "T1,T1-fast,T2,T3,T4")
KEYFRAMES = [int(seconds) for seconds in _listed("NEMO_BENCH_KEYFRAMES", "8,2")]
OTHERS = _listed("NEMO_BENCH_AGAINST", "ffmpeg,moviepy,smartcut,unsilence")
MINUTES = [int(minutes) for minutes in _listed("NEMO_BENCH_MINUTES", "30,60,120")]
MANY_CUTS = 50
"""In three minutes: 2,000 in two hours."""
FOLDER = os.environ.get("NEMO_BENCH_FOLDER")
OWN = Path(__file__).with_name("own.py")


@pytest.fixture(scope="session")
def material(tmp_path_factory: pytest.TempPathFactory) -> Material:
    if FOLDER is None:
        return Material(tmp_path_factory.mktemp("bench"))
    Path(FOLDER).mkdir(parents=True, exist_ok=True)
    return Material(Path(FOLDER))


class Material:
    """Recordings and music, made when they are needed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def recording(self, seconds: int, keyframe: int, cuts: int = 20) -> Path:
        """Return a recording; a long one has the picture of three minutes again and again."""
        path = self.folder / f"{seconds}-{keyframe}-{cuts}.mp4"
        if path.exists():
            return path
        part, voice = path.with_name(f"part-{path.name}"), talk.talk(cuts).sound
        times, rest = divmod(seconds, talk.SECONDS)
        if times > 1 and not rest:
            prolong(self.recording(talk.SECONDS, keyframe, cuts), part, times, voice)
        else:
            record(part, seconds, keyframe, voice)
        return part.rename(path)

    @property
    def music(self) -> Path:
        path = self.folder / "music.wav"
        if not path.exists():
            with wave.open(str(path), "wb") as file:
                file.setparams((2, 2, 48_000, 0, "NONE", ""))
                tone = 8000 * np.sin(np.arange(48_000 * 20) * 2 * np.pi * 220 / 48_000)
                file.writeframes(np.repeat(tone.astype("<i2"), 2).tobytes())
        return path


def own(task: str, source: Path, target: Path, pieces: list[tuple[int, int]], music: Path) -> list[str]:
    return [sys.executable, str(OWN), task, str(source), str(target), json.dumps(pieces), str(music)]


def table(head: str, rows: list[list[str]]) -> None:
    """Print rows as Markdown."""
    columns = head.count("|") - 1
    lines = [head, "|" + "---|" * columns, *("| " + " | ".join(row) + " |" for row in rows)]
    load = f"Load: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores."
    sys.stdout.write("\n" + "\n".join(lines) + f"\n\n{load}\n")
    sys.stdout.flush()


@pytest.mark.parametrize("seconds", LENGTHS)
@pytest.mark.parametrize("keyframe", KEYFRAMES)
@pytest.mark.parametrize("task", TASKS)
def test_task(material: Material, task: str, keyframe: int, seconds: int) -> None:
    source, pieces = material.recording(seconds, keyframe), talk.kept(seconds)
    mine, theirs = material.folder / "own.mp4", material.folder / "peer.mp4"
    rows = []
    for peer in OTHERS:
        command = peers.command(peer, task, source, theirs, pieces, material.music)
        if command is None:
            continue
        pairs = []
        for _ in range(ROUNDS):
            pairs.append((cost(own(task, source, mine, pieces, material.music)), cost(command)))
        rows.append([peer, *_ratios(pairs)])
    assert rows, "no peer is installed: set NEMO_BENCH_PEERS"
    title = f"{task}, {seconds} s, keyframes every {keyframe} s: ours / peer"
    table(f"| {title} | CPU | wall | peak memory | our CPU s | wall s | MiB | copied / encoded |", rows)


def _ratios(pairs: list[tuple[Cost, Cost]]) -> list[str]:
    ratios = [statistics.median(a[k] / max(b[k], 1e-9) for a, b in pairs) for k in range(3)]
    ours = [statistics.median(a[k] for a, _ in pairs) for k in range(3)]
    copied, encoded = json.loads(pairs[-1][0].output)
    values = [f"{ratio:.2f}" for ratio in ratios] + [f"{value:.1f}" for value in ours]
    return [*values, f"{copied} / {encoded}"]


def test_growth_with_cuts(material: Material) -> None:
    rows, first = [], None
    for cuts in (5, 10, 20, 40, 80):
        source, target = material.recording(180, 8, cuts), material.folder / "own.mp4"
        found = cost(own("T1", source, target, talk.kept(180, cuts), material.music))
        first = first or found
        values = [
            f"{found.cpu:.1f}",
            f"{found.wall:.1f}",
            f"{found.peak:.0f}",
            f"{found.cpu / first.cpu:.2f}",
        ]
        rows.append([str(cuts), *values])
    table("| T1, 180 s: cuts | CPU s | wall s | peak MiB | CPU to 5 cuts |", rows)


@pytest.mark.parametrize("cuts", [20, MANY_CUTS])
def test_growth_with_length(material: Material, cuts: int) -> None:
    """The same share of cuts in ever longer recordings: time grows with the length, memory by little."""
    first, target = None, material.folder / "own.mp4"
    rows = []
    for minutes in (3, *MINUTES):
        seconds = minutes * 60
        pieces = talk.kept(seconds, cuts)
        found = cost(own("T1", material.recording(seconds, 8, cuts), target, pieces, material.music))
        first = first or found
        times = f"{found.cpu / first.cpu:.1f}", f"{found.wall / first.wall:.1f}"
        values = f"{found.cpu:.1f}", f"{found.wall:.1f}", f"{found.peak:.0f}"
        rows.append([str(minutes), str(len(pieces)), *values, *times])
    table("| T1: minutes | cuts | CPU s | wall s | peak MiB | CPU to 3 min | wall to 3 min |", rows)
