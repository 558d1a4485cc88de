"""What is running in a session, so that it can be stopped from another task or thread."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from nemo_lab.errors import Cancelled


class Operations:
    """The tasks at work in one session."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[object]] = set()
        self._stopped: set[asyncio.Task[object]] = set()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Do something that :meth:`stop` can end.

        Raises:
            Cancelled: it was ended.
        """
        task = asyncio.current_task()
        if task is None or task in self._running:
            yield
            return
        self._running.add(task)
        try:
            yield
        except asyncio.CancelledError:
            if task not in self._stopped:
                raise
            task.uncancel()
            raise Cancelled("stopped") from None
        finally:
            self._running.discard(task)
            self._stopped.discard(task)

    def stop(self) -> int:
        """End all that runs; return how many that were."""
        current = asyncio.current_task()
        tasks = {task for task in self._running if task is not current}
        for task in tasks:
            self._stopped.add(task)
            task.cancel()
        return len(tasks)
