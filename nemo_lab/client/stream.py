"""A chat as something to iterate over."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from nemo_lab.client.reply import Reply
from nemo_lab.protocol.events import Event


class AsyncStream:
    """Events of one message as they come.

    The message is sent when the iteration (or :meth:`reply`) begins, and goes on even when nobody
    iterates any more: leaving a loop early stops nothing. ``Session.cancel()`` does.
    """

    def __init__(self, chat: Callable[[Callable[[Event], None]], Awaitable[Reply]]) -> None:
        self._chat = chat
        self._events: asyncio.Queue[Event | None] = asyncio.Queue()
        self._task: asyncio.Task[Reply] | None = None

    def __aiter__(self) -> AsyncStream:
        return self

    async def __anext__(self) -> Event:
        """Return the next event.

        Raises:
            NemoError: as for ``Session.chat``, after the last event.
        """
        task = self._started()
        event = await self._events.get()
        if event is None:
            self._events.put_nowait(None)
            await task
            raise StopAsyncIteration
        return event

    async def reply(self) -> Reply:
        """Return the reply when it is there. Errors as for ``Session.chat``."""
        return await asyncio.shield(self._started())

    def _started(self) -> asyncio.Task[Reply]:
        if self._task is None:
            self._task = asyncio.ensure_future(self._run())
        return self._task

    async def _run(self) -> Reply:
        try:
            return await self._chat(self._events.put_nowait)
        finally:
            self._events.put_nowait(None)
