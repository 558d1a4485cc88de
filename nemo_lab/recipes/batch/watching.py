"""A folder that is watched: what comes into it is edited when it is complete."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nemo_lab.errors import MediaNotFound, NemoError
from nemo_lab.recipes.batch.listing import recordings_in
from nemo_lab.recipes.batch.report import BatchReport
from nemo_lab.recipes.batch.run import OnItem, Order, PathLike, here
from nemo_lab.recipes.connection import connected
from nemo_lab.recipes.files import check_name
from nemo_lab.recipes.model import Recipe

if TYPE_CHECKING:
    from nemo_lab.client import Client

LOOK_SECONDS = 2.0
SETTLED_SECONDS = 5.0
"""A file that did not grow for so long is complete; recorders write at least once a second."""


def watch(
    recipe: Recipe | PathLike,
    folder: PathLike,
    out: PathLike = "edited",
    *,
    jobs: int | None = None,
    parameters: Mapping[str, Any] | None = None,
    client: Client | None = None,
    stop: threading.Event | None = None,
    settled: float = SETTLED_SECONDS,
    again: bool = False,
    on_item: OnItem | None = None,
) -> Iterator[BatchReport]:
    """Yield a report each time that recordings which came into a folder were edited, until ``stop`` is set.

    Polls, for no notification works on network drives. One that failed is tried again when it changes.

    Args:
        recipe, out, jobs, parameters, client, again, on_item: as for :func:`nemo_lab.batch`.
        folder: what to watch, with the folders in it.
        stop: ends the watch between two recordings.
        settled: seconds without growth after which a file is complete.

    Raises:
        MediaNotFound: there is no such folder.
        NemoError: as for :func:`nemo_lab.batch`.
    """
    place, target = Path(folder).absolute(), Path(out).absolute()
    if not place.is_dir():
        raise MediaNotFound(f"{place} is not a folder", path=place)
    read = recipe if isinstance(recipe, Recipe) else Recipe.load(recipe)
    with connected(client, read.backend) as user:
        for fresh in _arrivals(place, target, stop or threading.Event(), settled):
            order = Order.of(read, fresh, target, parameters, user)
            report = order.carry_out(here(order, user, jobs), again=again, on_item=on_item)
            yield report
            if report.stopped:
                raise NemoError(report.stopped)


def _arrivals(folder: Path, out: Path, stop: threading.Event, settled: float) -> Iterator[Sequence[Path]]:
    """Yield the recordings that are complete and were not yielded as they are before."""
    seen: dict[Path, tuple[tuple[int, int], float]] = {}
    given: dict[Path, tuple[int, int]] = {}
    while True:
        now, ready = time.monotonic(), []
        for path in recordings_in(folder, out):
            facts = _facts(path)
            if facts is None or given.get(path) == facts:
                continue
            if seen.get(path, (None, now))[0] != facts:
                seen[path] = facts, now
            if now - seen[path][1] >= settled and facts[0]:
                given[path] = facts
                ready.append(path)
        if ready:
            yield ready
        if stop.wait(min(LOOK_SECONDS, max(settled / 2, 0.05))):
            return


def _facts(path: Path) -> tuple[int, int] | None:
    try:
        check_name(path)  # one that no ledger can hold must not end the watch
        found = path.stat()
    except (MediaNotFound, OSError):
        return None
    return found.st_size, found.st_mtime_ns
