"""One job's whole life with the engine that really edits: a fault at each distinct system call.

Distinct is what is done to which file: the first write to the queue's log, the rename of the result, the
connect to the cloud, and so on, in the watcher and in the process that edits with all its threads.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter
from contextlib import nullcontext
from pathlib import Path

import pytest

from nemo_lab.engine.media import probe
from obs_plugin.editing import COMMAND
from obs_plugin.jobs import Arrival
from tests.media.clips import make
from tests.obs.driver import start, surroundings
from tests.obs.test_faults import STRACE
from tests.obs.test_kills import TALK, check, cloud, finish

CALLS = (
    "write", "pwrite64", "sendto", "fsync", "fdatasync", "rename", "unlink", "link", "mkdir", "ftruncate",
    "connect", "execve", "openat", "clone3", "vfork",
)  # fmt: skip
PIECES = 8
"""Tests into which the points are dealt out, so that none takes more than some minutes."""
pytestmark = [
    pytest.mark.soak,
    pytest.mark.timeout(1800),
    pytest.mark.skipif(STRACE is None, reason="needs strace"),
]


@pytest.fixture(params=["embedded", "like-cloud"])
def backend(request, tmp_path, monkeypatch):
    with cloud(tmp_path, monkeypatch) if request.param == "like-cloud" else nullcontext():
        yield request.param


@pytest.mark.parametrize("piece", range(PIECES))
@pytest.mark.parametrize("fault", ["signal=SIGKILL", "error=ENOSPC", "error=EIO"])
@pytest.mark.parametrize("who", ["watcher", "edit"])
def test_a_fault_at_each_distinct_call(place, tmp_path, backend, who, fault, piece):
    """None lost, none doubled, no result seen that is not whole, the queue whole after each."""
    content = make(tmp_path / "talk.mp4", TALK).read_bytes()
    place.presets('[[preset]]\nsay = "cut the pauses"\n')

    def live(*options):
        recording = place.record(content=content)
        place.spool.drop(Arrival(recording, "script"))
        run(place, who, *options)
        result = recording.with_name(f"{recording.stem}-edited.mp4")
        assert not result.exists() or is_whole(result)

    trace = tmp_path / "trace"
    live("-y", "-e", f"trace={','.join(CALLS)}", "-o", str(trace))
    points = [
        (name, number)
        for name, number in distinct(trace.read_text(errors="replace"))
        if "error" not in fault or name not in {"execve", "connect", "sendto", "clone3", "vfork"}
    ]
    assert len(points) >= 20
    tries = finish(place, COMMAND)
    for done, (name, number) in enumerate(points[piece::PIECES], 2):
        live("-e", "trace=none", "-e", f"inject={name}:{fault}:when={number}", "-o", "/dev/null")
        tries += finish(place, COMMAND)
        check(place, done)
    assert all(is_whole(job.output) for job in place.jobs())
    mine = len(points[piece::PIECES])
    sys.stdout.write(f"\n{backend}, {who}, {fault}: {mine} of {len(points)} points, {tries} tried by hand\n")


def is_whole(result: Path) -> bool:
    return 1500 < probe(result).duration_ms < 3500


def run(place, who, *options):
    """Let a watcher live under these faults, or its first edit."""
    words = [str(STRACE), "-qq", *options]
    if who == "watcher":
        command = [*words, *start(place.root, COMMAND)]
    else:
        faults = place.root / "faults.json"
        faults.write_text(json.dumps([*words[:1], "-f", "--seccomp-bpf", *words[1:]]))
        command = start(place.root, (sys.executable, "-m", "tests.obs.faulty_child", str(faults)))
    subprocess.run(command, env=surroundings(), capture_output=True, timeout=240, check=False)


def distinct(trace: str) -> list[tuple[str, int]]:
    """Return, for each distinct thing done, the call and its number among its thread's calls of that name."""
    counts: Counter[tuple[str, str]] = Counter()
    first: dict[tuple[str, str], tuple[str, int]] = {}
    for line in trace.splitlines():
        found = re.match(r"(?:(\d+) +)?(\w+)\((.*)", line)
        if found is None:
            continue
        thread, name, words = found[1] or "", found[2], found[3]
        counts[thread, name] += 1
        paths = re.findall(r"<(/[^>]*)>|\"(/[^\"]*)\"", words[:400])
        what = " ".join(re.sub(r"[0-9a-f]{6,}|\d+", "#", Path(one or two).name) for one, two in paths[:2])
        if name == "openat" and not re.search("O_CREAT|O_WRONLY|O_RDWR", words):
            continue  # a library is read, or a recording
        if paths or name in {"connect", "sendto", "clone3", "vfork"}:
            first.setdefault((name, what), (name, counts[thread, name]))
    return sorted(set(first.values()))
