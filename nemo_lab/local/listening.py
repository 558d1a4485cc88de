"""Listening to recordings: each once, for all who ask, and ahead of time while nothing else is to be done.

Who uploads a recording says soon what he wants, and most wishes depend on what happens in it. So it is begun
when the upload is there, and goes on while the sentence is typed, sent and understood.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from nemo_lab.cache import Cache
from nemo_lab.errors import NemoError
from nemo_lab.local.places import Places, read_model
from nemo_lab.local.projects import StoredFile
from nemo_lab.local.workers import Workers

if TYPE_CHECKING:
    from nemo_lab.engine.analysis import Analysis

Progress = Callable[[float], None]
log = logging.getLogger("nemo_lab.local")


@dataclass
class _Hearing:
    """An analysis under way, and who waits for it."""

    task: asyncio.Task[Analysis]
    followers: list[Progress] = field(default_factory=list)


class Listening:
    """Analyses, kept in the cache.

    Args:
        workers: who analyses.
        cache: where finished analyses are kept.
        places: where in it.
    """

    def __init__(self, workers: Workers, cache: Cache, places: Places) -> None:
        self._workers, self._cache, self._places = workers, cache, places
        self._under_way: dict[Path, _Hearing] = {}
        self._ahead: asyncio.Task[None] | None = None

    async def analysis(self, file: StoredFile, progress: Progress) -> Analysis:
        """Return the analysis of a file with sound; who asks while it is being made waits for it.

        When nobody waits any more, it is given up.

        Raises:
            FileChanged: the file is not what was uploaded.
            UnreadableMedia: it cannot be analysed.
        """
        target = await self._places.of(file, "analysis")
        hearing = self._under_way.get(target)
        if hearing is None:
            hearing = self._under_way[target] = self._begun(file, target)
        hearing.followers.append(progress)
        try:
            return await asyncio.shield(hearing.task)
        finally:
            hearing.followers.remove(progress)
            if not hearing.followers:
                self._forget(target, hearing)
                hearing.task.cancel()

    def begin(self, files: Sequence[StoredFile]) -> None:
        """Listen to files before anybody asks, unless something else is at work."""
        heard = [file for file in files if file.info["audio"]]
        resting = self._ahead is None or self._ahead.done()
        if heard and resting and not self._workers.busy:
            self._ahead = asyncio.create_task(self._listen(heard))

    def rest(self) -> None:
        """Give up what nobody asked for."""
        if self._ahead is not None:
            self._ahead.cancel()

    async def close(self) -> None:
        """Give up everything."""
        self.rest()
        tasks = [hearing.task for hearing in self._under_way.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _listen(self, files: Sequence[StoredFile]) -> None:
        for file in files:
            try:
                await self.analysis(file, lambda _: None)
            except NemoError as exc:  # who asks for it is told
                log.info("%s was not listened to: %s", file.filename, exc)

    def _begun(self, file: StoredFile, target: Path) -> _Hearing:
        hearing: _Hearing

        def tell(fraction: float) -> None:
            for follow in hearing.followers:
                follow(fraction)

        def ended(task: asyncio.Task[Analysis]) -> None:
            self._forget(target, hearing)
            with contextlib.suppress(asyncio.CancelledError):
                task.exception()  # taken note of: perhaps nobody waits any more

        hearing = _Hearing(asyncio.create_task(self._heard(file, target, tell)))
        hearing.task.add_done_callback(ended)
        return hearing

    def _forget(self, target: Path, hearing: _Hearing) -> None:
        """Let the next one who asks begin anew, unless that was done already."""
        if self._under_way.get(target) is hearing:
            del self._under_way[target]

    async def _heard(self, file: StoredFile, target: Path, progress: Progress) -> Analysis:
        from nemo_lab.engine.analysis import Analysis

        if (known := await asyncio.to_thread(read_model, target, Analysis)) is not None:
            return known
        progress(0)
        job = {"job": "analyse", "path": str(file.path), "info": file.info, "target": str(target)}
        await self._workers.run(job, progress=progress)
        await asyncio.to_thread(self._cache.tidy)
        fresh = await asyncio.to_thread(read_model, target, Analysis)
        assert fresh is not None
        return fresh
