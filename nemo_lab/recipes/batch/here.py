"""A batch on this machine: a few threads, one backend."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from nemo_lab.recipes.batch.ledger import Item
from nemo_lab.recipes.batch.work import Job, do

if TYPE_CHECKING:
    from nemo_lab.client import Client

Done = Callable[[Item], bool]
"""Told how an item ended; returns whether to go on."""
_CLOUD_JOBS = 2
"""The cloud counts requests; its limits are not public, and it works on its own machines anyway."""


def default_jobs(backend: str) -> int:
    """Return how many recordings to work on at once: a render has all cores by itself, analysis has not."""
    return _CLOUD_JOBS if backend == "cloud" else max(1, (os.cpu_count() or 2) // 2)


def on_this_machine(jobs: Sequence[Job], client: Client, count: int, done: Done) -> None:
    """Carry out jobs with one client, which is left open; an interruption stops what is under way."""
    work_off(jobs, lambda job: do(job, client), count, done)


def work_off(jobs: Sequence[Job], work: Callable[[Job], Item], count: int, done: Done) -> None:
    """Do the work of each job on ``count`` threads, until ``done`` says that it is enough."""
    queue, stop, telling = iter(jobs), threading.Event(), threading.Lock()
    faults: list[BaseException] = []

    def next_job() -> Job | None:
        with telling:
            return None if stop.is_set() else next(queue, None)

    def work_on() -> None:
        try:
            while (job := next_job()) is not None:
                item = work(job)
                with telling:
                    if not done(item):
                        stop.set()
        except BaseException as exc:  # noqa: BLE001 - told to the one who waits
            faults.append(exc)
            stop.set()

    threads = [threading.Thread(target=work_on, name="nemo-batch", daemon=True) for _ in range(count)]
    for thread in threads:
        thread.start()
    try:
        for thread in threads:
            while thread.is_alive():  # short waits: on Windows a long one could not be interrupted
                thread.join(1.0)
    finally:
        stop.set()
    if faults:
        raise faults[0]
