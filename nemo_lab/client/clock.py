"""Time as the client sees it, so that rules with waits of minutes can be tested in no time."""

from __future__ import annotations

import asyncio
import time
from typing import Any, Protocol


class Clock(Protocol):
    """All that the client knows of time, in seconds."""

    def monotonic(self) -> float:
        """Return a time that never jumps: for waits."""

    def wall(self) -> float:
        """Return the seconds since 1970: for dates that outlive the process."""

    async def sleep(self, seconds: float) -> None:
        """Wait."""

    async def wait(self, future: asyncio.Future[Any], seconds: float) -> bool:
        """Wait for a future, at most so long; return whether it is done. It is never cancelled."""


class SystemClock:
    """The machine's clock."""

    def monotonic(self) -> float:
        """Return a time that never jumps."""
        return time.monotonic()

    def wall(self) -> float:
        """Return the seconds since 1970."""
        return time.time()

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)

    async def wait(self, future: asyncio.Future[Any], seconds: float) -> bool:
        """Wait for a future, at most so long; return whether it is done."""
        done, _ = await asyncio.wait({future}, timeout=max(seconds, 0))
        return bool(done)
