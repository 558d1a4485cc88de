"""A batch on a Dask cluster: any ``distributed.Client`` will do (local, SSH, dask-jobqueue, dask-kubernetes).

Dask carries a task out at least once: when a worker dies, or is thought dead, another one does its work
again, at the same time even. That is safe here. Attempts at one recording take turns, so that the second
finds the result of the first; a result is the same bytes whoever makes it and appears whole under its name;
the ledger is written by this process alone; the cloud is asked under a claim that a second attempt finds.
Recordings and results do not travel through the cluster: all workers and this process see them on shared
storage, by the same paths. Tasks hold paths and the recipe; a token is each worker's own.
"""

from __future__ import annotations

import contextlib
import secrets
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from distributed import Client, wait
from distributed.scheduler import KilledWorker

from nemo_lab.cache import key_of
from nemo_lab.errors import NemoError, UsageError
from nemo_lab.recipes.batch.ledger import FOLDER, Item
from nemo_lab.recipes.batch.work import Job, do

if TYPE_CHECKING:
    from nemo_lab.client import Client as Connection

Cluster = Client | str
"""A client, or the address of a scheduler."""
_ATTEMPTS = 10
"""How often a recording may meet the death of Dask's patience (three workers each) before it is given up."""
_AHEAD = 2
"""Tasks per thread of the cluster that are under way or wait there; the rest waits here."""
_LOOK_S = 30.0
"""How often a cluster from which nothing comes is asked for its workers."""
_DESERTED_S = 600.0
"""How long a cluster may be without any worker: job queues take minutes to bring new ones."""
_TURN_S = 86_400.0
"""How long an attempt waits for another one at the same recording; the lock of a dead one is free at once."""


def on_cluster(
    jobs: Sequence[Job], cluster: Client | str, count: int | None, done: Callable[[Item], bool]
) -> None:
    """Carry out jobs on a cluster.

    Args:
        jobs: what to do.
        cluster: a client, left open, or a scheduler's address.
        count: how many jobs to have there at once; ``None`` goes by the cluster's threads.
        done: told how each ended, in this thread; returns whether to go on.

    Raises:
        UsageError: a worker does not see the recordings or the output folder.
        NemoError: the cluster cannot be reached, is gone, or has had no worker for ten minutes.
    """
    with connected(cluster) as client:
        client.wait_for_workers(1, timeout=60)
        _check_storage(client, jobs[0])
        threads = sum(client.nthreads().values())
        try:
            _drive(client, jobs, count or max(1, threads * _AHEAD), done)
        finally:
            shutil.rmtree(_turns(jobs[0]), ignore_errors=True)


@contextlib.contextmanager
def connected(cluster: Client | str) -> Iterator[Client]:
    """Yield a client of a cluster: the one given, left open, or one of its own for an address.

    Raises:
        NemoError: no scheduler answers there.
    """
    if not isinstance(cluster, str):
        yield cluster
        return
    try:
        own = Client(cluster, timeout=10, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as exc:
        raise NemoError(f"no Dask scheduler answers at {cluster}: {exc}") from None
    with own:
        yield own


def _drive(client: Client, jobs: Sequence[Job], width: int, done: Callable[[Item], bool]) -> None:
    """Keep the cluster busy until all is done, submitting a job again when Dask has lost patience with it."""
    rest, run = iter(jobs), secrets.token_hex(4)
    flying: dict[Any, tuple[Job, int]] = {}

    def submit(job: Job, attempt: int) -> None:
        # The key is new for each run and attempt, lest an old failure be taken for the answer.
        key = f"nemo-{key_of(job.source, job.out)[:24]}-{run}-{attempt}"
        flying[client.submit(do_on_worker, job, key=key, pure=False)] = job, attempt

    try:
        for job in islice(rest, width):
            submit(job, 1)
        while flying:
            future = _ended(client, list(flying))
            job, attempt = flying[future]
            try:
                item = _outcome(future, job, last=attempt >= _ATTEMPTS)
            except TimeoutError:
                continue  # its worker died before the result was fetched: Dask makes it again
            del flying[future]
            future.release()
            if item is None:
                submit(job, attempt + 1)
            elif not done(item):
                return
            else:
                for following in islice(rest, 1):
                    submit(following, 1)
    finally:
        client.cancel(list(flying), force=True)


def _ended(client: Client, flying: list[Any]) -> Any:
    """Wait until a task ends; return one that has: while it is dealt with, the worker of another may die.

    Dask itself waits for ever: a cluster whose workers are all dead, and that brings no new ones, is silent.

    Raises:
        NemoError: there has been no worker for so long that none will come.
    """
    seen = time.monotonic()
    while True:
        try:
            return next(iter(wait(flying, timeout=_LOOK_S, return_when="FIRST_COMPLETED").done))
        except TimeoutError:
            now = time.monotonic()
            seen = now if client.nthreads() else seen
            if now - seen >= _DESERTED_S:
                raise NemoError(
                    "the Dask cluster has lost its workers",
                    remedy="Start workers and run the batch again: it goes on.",
                ) from None


def _outcome(future: Any, job: Job, *, last: bool) -> Item | None:
    """Return how a task ended; ``None`` when it should be done again.

    Raises:
        TimeoutError: it has not ended after all.
        NemoError: the scheduler is gone.
    """
    if future.status in {"finished", "pending", "lost"}:
        with contextlib.suppress(KilledWorker):
            item: Item = future.result(timeout=_LOOK_S)
            return item
    if future.status != "error":
        raise NemoError("the Dask scheduler is gone", remedy="Start it and run the batch again: it goes on.")
    fault = future.exception()
    if isinstance(fault, KilledWorker) and not last:
        return None
    text = f"its workers died {_ATTEMPTS} times over" if isinstance(fault, KilledWorker) else str(fault)
    failed = {"status": "failed", "error": text, "kind": type(fault).__name__}
    return Item(source=job.source, target=job.target).model_copy(update=failed)


def do_on_worker(job: Job) -> Item:
    """Carry out a job in a worker, with the connection that all jobs of its process share."""
    with _in_turn(job):
        return do(job, _connection(job.backend))


@contextlib.contextmanager
def _in_turn(job: Job) -> Iterator[None]:
    """Wait until nobody else is at this job. The lock is SQLite's, as the ledger's, and only saves work."""
    with contextlib.ExitStack() as held:
        with contextlib.suppress(OSError, sqlite3.Error):
            _turns(job).mkdir(parents=True, exist_ok=True)
            turn = held.enter_context(
                contextlib.closing(sqlite3.connect(_turns(job) / job.target, timeout=_TURN_S))
            )
            turn.execute("BEGIN EXCLUSIVE")
        yield


def _turns(job: Job) -> Path:
    return Path(job.out) / FOLDER / "turns"


@cache
def _connection(backend: str) -> Connection:
    from nemo_lab.client import connect

    return connect(backend)


def _check_storage(client: Client, job: Job) -> None:
    """Make sure that every worker sees the recordings and the output folder that we see.

    Raises:
        UsageError: one does not.
    """
    mark = Path(job.out) / FOLDER / f"seen-{secrets.token_hex(8)}"
    mark.touch()
    try:
        sizes = client.run(_seen, str(mark), job.source)
    finally:
        mark.unlink()
    here = _seen(None, job.source)
    blind = sorted(worker for worker, size in sizes.items() if size != here)
    if blind:
        raise UsageError(
            f"worker {blind[0]} does not see {job.source} and {job.out} as this machine does",
            remedy="Put both on storage that all workers mount at the same place.",
        )


def _seen(mark: str | None, source: str) -> int:
    """Return a recording's size, or -1 where it or the mark cannot be seen."""
    try:
        return Path(source).stat().st_size if mark is None or Path(mark).exists() else -1
    except OSError:
        return -1
