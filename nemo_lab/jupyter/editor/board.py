"""What the views see: traits, written by one thread, not too often, and the last state always."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any

EVERY = 0.1
"""Seconds between two updates: IPython's output channel drops what comes too fast, the last one included."""


class Board:
    """Gathers changes of the traits and hands them over together. Used on one loop only.

    Args:
        write: puts values into the traits.
        send: sends a message, with bytes beside it, to all views.
    """

    def __init__(
        self,
        write: Callable[[Mapping[str, Any]], None],
        send: Callable[[dict[str, Any], Sequence[bytes]], None],
    ) -> None:
        self._write, self.send = write, send
        self._waiting: dict[str, Any] = {}
        self._last = float("-inf")
        self._timer: asyncio.TimerHandle | None = None

    def show(self, *, now: bool = False, **values: Any) -> None:
        """Show values soon; with ``now``, at once, together with all that waits."""
        loop = asyncio.get_running_loop()
        self._waiting |= values
        due = self._last + EVERY
        if now or loop.time() >= due:
            self.flush()
        elif self._timer is None:
            self._timer = loop.call_at(due, self.flush)

    def tell(self, kind: str, *buffers: bytes, **content: Any) -> None:
        """Send a message to all views."""
        self.send({"type": kind, **content}, buffers)

    def flush(self) -> None:
        """Show what waits."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        values, self._waiting = self._waiting, {}
        self._last = asyncio.get_running_loop().time()
        if values:
            self._write(values)
