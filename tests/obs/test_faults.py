"""Kills and faults at each system call of the watcher by which something is written (strace's injection)."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections import Counter

import pytest

from obs_plugin.jobs import Arrival
from obs_plugin.ledger import Ledger
from tests.obs.driver import start, surroundings

CALLS = ("openat", "write", "pwrite64", "fdatasync", "fsync", "rename", "unlink", "mkdir", "clone3", "vfork")
PIECES = 4
"""Tests into which the calls are dealt out, so that several processes share them."""

STRACE = shutil.which("strace")
pytestmark = [pytest.mark.soak, pytest.mark.skipif(STRACE is None, reason="needs strace")]


def strace(place, *options):
    return subprocess.run(
        [STRACE, "-qq", *options, *start(place.root)],
        env=surroundings(), capture_output=True, timeout=120, check=False,
    )  # fmt: skip


def calls_of_one_life(place, fault):
    """Name the calls of the main thread from the moment that it opens our folder, each by its number."""
    trace = place.root / "trace"
    place.spool.drop(Arrival(place.record(), "script"))
    strace(place, "-e", f"trace={','.join(CALLS)}", "-o", str(trace))
    counts: Counter[str] = Counter()
    points: list[tuple[str, int]] = []
    ours = False
    for line in trace.read_text().splitlines():
        name = re.match(r"\w+", line)[0] if re.match(r"\w+", line) else ""
        counts[name] += 1
        ours = ours or str(place.folders.home) in line
        if ours and (fault == "signal=SIGKILL" or _can_fail(name, line, fault)):
            points.append((name, counts[name]))
    return points


def _can_fail(name, line, fault):
    """A full disk fails no call that only reads, and neither it nor a broken one a process that starts."""
    writes = name != "openat" or "O_CREAT" in line
    return name not in {"clone3", "vfork"} and (writes or fault == "error=EIO")


def checked(place, done):
    """After the fault a watcher without faults finishes everything, once."""
    place.spool.drop(Arrival(place.record(), "script"))
    jobs = place.work()
    assert {job.state for job in jobs} == {"saved"}, (done, jobs)
    for job in jobs:
        assert job.output.read_bytes() == job.path.read_bytes()
    results = [
        path for path in place.videos.iterdir() if "-edited" in path.name and not path.name.startswith(".")
    ]
    assert len(results) == len(jobs) == place.made
    ledger = Ledger(place.folders.ledger)
    assert ledger._db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    ledger.close()


@pytest.mark.parametrize("piece", range(PIECES))
@pytest.mark.parametrize("fault", ["signal=SIGKILL", "error=ENOSPC", "error=EIO"])
def test_a_fault_at_each_call_loses_and_doubles_nothing(place, goal, fault, piece):
    points = calls_of_one_life(place, fault)[piece::PIECES]
    for name, number in points:
        place.spool.drop(Arrival(place.record(), "script"))
        try:
            strace(place, "-e", f"inject={name}:{fault}:when={number}", "-o", "/dev/null")
        except subprocess.TimeoutExpired:
            pytest.fail(f"hangs after {fault} at {name} {number}")
        checked(place, (fault, name, number))
    is_kill = "SIGKILL" in fault
    goal.at_least(
        "G6" if is_kill else "G8",
        f"calls of the system at which {fault} harms nothing",
        len(points),
        20,
    )
