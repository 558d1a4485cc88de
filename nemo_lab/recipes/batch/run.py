"""Carrying out a batch: list, enter, do, report."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nemo_lab.config import Settings
from nemo_lab.errors import MissingExtra, NemoError, OutputNotWritable, UsageError
from nemo_lab.protocol.plan import Export
from nemo_lab.recipes.batch.here import default_jobs, on_this_machine
from nemo_lab.recipes.batch.ledger import Item, Ledger
from nemo_lab.recipes.batch.listing import listed
from nemo_lab.recipes.batch.report import BatchReport
from nemo_lab.recipes.batch.work import Job
from nemo_lab.recipes.connection import chosen, connected
from nemo_lab.recipes.conversation import wish_of
from nemo_lab.recipes.depends import depends
from nemo_lab.recipes.files import choose_output
from nemo_lab.recipes.model import Recipe

if TYPE_CHECKING:
    from distributed import Client as DaskClient

    from nemo_lab.client import Client

PathLike = str | os.PathLike[str]
OnItem = Callable[[Item, int, int], None]
"""Told how an item ended, how many are done, and of how many."""
Carrier = Callable[[Sequence[Job], Callable[[Item], bool]], None]
"""Carries out jobs and tells how each ended, until it is told that it is enough."""
_ENOUGH = {
    "InsufficientCredits", "AuthError", "SubscriptionRequired", "DiskFull", "RateLimited", "ConnectFailed",
    "BackendUnavailable", "MissingExtra",
}  # fmt: skip
"""Errors that the next recording would meet too."""


def batch(  # long: the public face, every parameter explained
    recipe: Recipe | PathLike,
    files: PathLike | Sequence[PathLike],
    out: PathLike = "edited",
    *,
    jobs: int | None = None,
    parameters: Mapping[str, Any] | None = None,
    client: Client | None = None,
    cluster: DaskClient | str | None = None,
    fresh: bool = False,
    again: bool = False,
    stills: bool = True,
    on_item: OnItem | None = None,
) -> BatchReport:
    """Carry out a recipe on each of many recordings; what was done before is left as it is.

    Args:
        recipe: a recipe, or its file.
        files: files, globs and folders, in this order; each recording once.
        out: the folder for the results, the report and the ledger; made when missing.
        jobs: how many recordings at once; ``None`` chooses by the backend.
        parameters: values for the recipe's parameters.
        client: a nemo_lab connection to use, left open.
        cluster: a ``distributed.Client``, or a Dask scheduler's address: do the work there. Recordings and
            ``out`` must lie on storage that all workers see by the same paths. Each worker takes backend and
            token from its own settings.
        fresh: do all of it again.
        again: also do again what was interrupted while the cloud was at work on it.
        stills: have a small picture made of each result, for the report.
        on_item: told when a recording is done or has failed.

    Returns:
        the report, which also lies in ``out``. A recording that failed is in it with its reason.

    Raises:
        UsageError, MediaNotFound, RecipeError: the call is wrong; nothing was begun.
        OutputNotWritable: the folder cannot be used.
        MissingExtra: ``cluster`` was given and Dask is not installed.
        NemoError: no backend could be reached.
    """
    order = Order.of(recipe, files, Path(out), parameters, client)
    if jobs is not None and jobs < 1:
        raise UsageError(f"{jobs} recordings at once cannot be worked on")
    carry = _on_cluster(cluster, jobs) if cluster is not None else here(order, client, jobs)
    return order.carry_out(carry, fresh=fresh, again=again, stills=stills, on_item=on_item)


class Order:
    """What a batch is to do.

    Args:
        recipe: what to do with each recording.
        sources: the recordings.
        out: where the results go.
        parameters: for the recipe.
        settings: what the results depend on besides.
        backend: ``local`` or ``cloud``.
    """

    def __init__(
        self,
        recipe: Recipe,
        sources: Sequence[Path],
        out: Path,
        parameters: Mapping[str, Any],
        settings: Settings,
        backend: Any,
    ) -> None:
        self.recipe, self.sources, self.out = recipe, sources, out
        self.parameters, self.settings, self.backend = parameters, settings, backend
        self._steps = recipe.resolved_steps(parameters)
        self._explicit, self._wish = recipe.export or Export(), wish_of(self._steps)
        self.wish = depends((), self._steps, self._explicit, backend, settings).key

    @classmethod
    def of(
        cls,
        recipe: Recipe | PathLike,
        files: PathLike | Sequence[PathLike],
        out: Path,
        parameters: Mapping[str, Any] | None,
        client: Client | None = None,
    ) -> Order:
        """Return an order, with the recordings that ``files`` stand for. Raises as :func:`batch`."""
        read = recipe if isinstance(recipe, Recipe) else Recipe.load(recipe)
        out = out.absolute()
        patterns = [files] if isinstance(files, str | os.PathLike) else list(files)
        settings, backend = chosen(client, read.backend)
        return cls(read, listed(patterns, out), out, dict(parameters or {}), settings, backend)

    def carry_out(
        self,
        carry: Carrier,
        *,
        fresh: bool = False,
        again: bool = False,
        stills: bool = True,
        on_item: OnItem | None = None,
    ) -> BatchReport:
        """Do what is not done, write the report, return it. Raises as :func:`batch`."""
        started = time.monotonic()
        with Ledger(self.out) as ledger:
            _clear(self.out)
            entered = ledger.enter([(path, self._ending(path)) for path in self.sources], self.wish)
            open_items = [item for item in entered if fresh or item.status != "done"]
            count = _Count(len(entered), len(entered) - len(open_items))
            jobs = self._jobs(open_items, fresh=fresh, again=again, stills=stills)

            def done(item: Item) -> bool:
                ledger.note(item, self.wish)
                count.one()
                if on_item is not None:
                    on_item(item, count.done, count.all)
                if item.kind in _ENOUGH:
                    count.stopped = item.error
                return not count.stopped

            try:
                if jobs:
                    carry(jobs, done)
            except NemoError as exc:
                count.stopped = str(exc)
                raise
            finally:
                report = self._report(ledger, count, time.monotonic() - started)
        return report

    def _jobs(self, items: Sequence[Item], *, fresh: bool, again: bool, stills: bool) -> list[Job]:
        text = self.recipe.dumps()
        return [
            Job(recipe=text, source=item.source, target=item.target, out=str(self.out),
                backend=self.backend, parameters=self.parameters, fresh=fresh, again=again, stills=stills)
            for item in items
        ]  # fmt: skip

    def _report(self, ledger: Ledger, count: _Count, seconds: float) -> BatchReport:
        report = BatchReport(
            name=self.recipe.name or "Batch",
            out=str(self.out),
            items=tuple(ledger.items(map(str, self.sources))),
            skipped=count.before,
            stopped=count.stopped,
            seconds=round(seconds, 3),
        )
        with suppress(OutputNotWritable):  # a full disk must not hide why the batch stopped
            report.save()
        return report

    def _ending(self, source: Path) -> str:
        return choose_output([source], None, self._explicit, self._wish)[0].suffix[1:]


class _Count:
    """How far a batch is."""

    def __init__(self, number: int, before: int) -> None:
        self.all, self.before, self.done, self.stopped = number, before, before, ""

    def one(self) -> None:
        self.done += 1


def here(order: Order, client: Client | None, jobs: int | None) -> Carrier:
    """Return what does the work on this machine.

    Args:
        order: what is to be done.
        client: a connection to use, left open; ``None`` makes one when there is something to do.
        jobs: how many recordings at once; ``None`` chooses by the backend.
    """
    count = jobs or default_jobs(order.backend)

    def carry(work: Sequence[Job], done: Callable[[Item], bool]) -> None:
        with connected(client, order.recipe.backend) as user:
            on_this_machine(work, user, count, done)

    return carry


def _on_cluster(cluster: DaskClient | str, jobs: int | None) -> Carrier:
    try:
        from nemo_lab.recipes.batch.cluster import on_cluster
    except ImportError:
        raise MissingExtra("Dask", "dask") from None

    def carry(work: Sequence[Job], done: Callable[[Item], bool]) -> None:
        on_cluster(work, cluster, jobs, done)

    return carry


def _clear(out: Path) -> None:
    """Remove what a killed batch left half-written; nobody else is at work here."""
    for path in out.glob(".*.part"):
        with suppress(OSError):
            path.unlink()
