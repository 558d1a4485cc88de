"""What a command costs: processor time and memory with all its children, and time on the clock."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from typing import NamedTuple

import psutil

_EVERY = 0.2


class Cost(NamedTuple):
    """Seconds, seconds, MiB and what it printed."""

    cpu: float
    wall: float
    peak: float
    output: str


def cost(command: list[str]) -> Cost:
    """Run a command and return its cost; it has to succeed."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    peak, ended = [0.0], threading.Event()
    watcher = threading.Thread(target=_watch, args=(process.pid, peak, ended))
    watcher.start()
    assert process.stdout is not None
    assert process.stderr is not None
    complaints: list[str] = []
    listener = threading.Thread(target=lambda: complaints.append(process.stderr.read()))
    listener.start()
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    ended.set()
    watcher.join()
    listener.join()
    process.stdout.close()
    process.stderr.close()
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, complaints[0][-2000:]
    return Cost(usage.ru_utime + usage.ru_stime, wall, peak[0], output)


def _watch(pid: int, peak: list[float], ended: threading.Event) -> None:
    """Note the most memory the process and its children held at once; what they share counts once."""
    while not ended.wait(_EVERY):
        total = 0.0
        try:
            family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
        except psutil.Error:
            continue
        for process in family:
            try:
                info = process.memory_full_info()
            except psutil.Error:
                continue
            total += getattr(info, "pss", info.rss)
        peak[0] = max(peak[0], total / 2**20)
