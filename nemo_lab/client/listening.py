"""Listens to one chat stream: what was said, what was done, and how it ended."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from enum import Enum
from typing import Any

from nemo_lab.client.clock import Clock
from nemo_lab.client.http import Incoming
from nemo_lab.client.speech import Speech
from nemo_lab.errors import Disconnected, NemoError, TransportError
from nemo_lab.protocol.dialects import EventReader
from nemo_lab.protocol.events import (
    Event,
    Heartbeat,
    Progress,
    Question,
    StreamError,
    Text,
    ToolCall,
    ToolResult,
)
from nemo_lab.protocol.sse import SSEDecoder

LONGEST_STREAM = 900.0
"""Seconds that a stream may last in all (SKILL.md v1.9 §3.1)."""
LONGEST_SILENCE = 600.0
"""Seconds with nothing, or nothing but heartbeats, after which the stream is given up."""
NOTE_EVERY = 120.0
"""Seconds of silence after which the user is told that it goes on."""
RAW_VIDEO = "raw video ready"
STILL_WORKING = "still working"

_GENERATORS = ("generate_video", "seedance")


class Ending(Enum):
    """How a stream ended."""

    SURE = "the backend closed it, and that is certain"
    UNSURE = "it ended, but a cut connection looks the same"
    CUT = "the connection broke"
    SILENT = "no content for too long"
    EXPIRED = "it lasted too long in all"


class Listener:
    """Takes in one stream.

    Args:
        clock: for the limits above.
        speech: takes the words.
        emit: gets each event as it comes, words already fit for the user.
    """

    def __init__(self, clock: Clock, speech: Speech, emit: Callable[[Event], None]) -> None:
        self._clock, self._emit = clock, emit
        self._decoder, self._reader = SSEDecoder(), EventReader()
        self._queue: asyncio.Queue[Incoming | bytes | NemoError | None] = asyncio.Queue(16)
        self._start = self._last_content = self._last_note = clock.monotonic()
        self._sure_end = False
        self.speech = speech
        self.started = False
        """Whether the stream had begun: until then a refusal is certain."""
        self.answered = False
        """Whether the last thing was a whole message or a question: nothing more is awaited."""
        self.generated = False
        """Whether a video was generated from nothing."""
        self.operations: list[dict[str, Any]] = []
        self.questions: list[Question] = []
        self.notes: list[str] = []
        self.suggestions: list[str] = []
        self.parts: list[dict[str, Any]] = []
        self.error: StreamError | None = None

    async def listen(self, stream: AbstractAsyncContextManager[Incoming]) -> Ending:
        """Read the stream to its end, whatever that is.

        Raises:
            ConnectFailed: nothing was sent.
            ApiError: the backend refused, or failed before the stream began.
            EventTooLarge: one event is over the cap.
        """
        pump = asyncio.create_task(self._pump(stream))
        try:
            ending = await self._read()
        finally:
            pump.cancel()
            await asyncio.gather(pump, return_exceptions=True)
        self._finish(ending)
        return ending

    async def _pump(self, stream: AbstractAsyncContextManager[Incoming]) -> None:
        try:
            async with stream as incoming:
                await self._queue.put(incoming)
                async for chunk in incoming.chunks():
                    await self._queue.put(chunk)
            await self._queue.put(None)
        except NemoError as exc:
            await self._queue.put(exc)

    async def _read(self) -> Ending:
        waiting: asyncio.Future[Incoming | bytes | NemoError | None] | None = None
        try:
            while True:
                waiting = waiting or asyncio.ensure_future(self._queue.get())
                limit = self._limit()
                if limit is not None:
                    return limit
                if not await self._clock.wait(waiting, self._next_limit()):
                    continue
                item, waiting = waiting.result(), None
                ending = self._take(item)
                if ending is not None:
                    return ending
        finally:
            if waiting is not None:
                waiting.cancel()

    def _take(self, item: Incoming | bytes | NemoError | None) -> Ending | None:
        if isinstance(item, bytes):
            self._hear(item)
            return None
        if isinstance(item, Incoming):
            self.started, self._sure_end = True, item.ends_surely
            return None
        if item is None:
            return Ending.SURE if self._sure_end else Ending.UNSURE
        if isinstance(item, Disconnected) or (self.started and isinstance(item, TransportError)):
            return Ending.CUT
        raise item

    def _limit(self) -> Ending | None:
        """Return the limit that has been reached; tell the user now and then that it goes on."""
        now = self._clock.monotonic()
        if now >= self._start + LONGEST_STREAM:
            return Ending.EXPIRED
        if now >= self._last_content + LONGEST_SILENCE:
            return Ending.SILENT
        if now >= self._last_note + NOTE_EVERY:
            self._last_note += NOTE_EVERY
            self._emit(Progress(STILL_WORKING))
        return None

    def _next_limit(self) -> float:
        limits = (
            self._start + LONGEST_STREAM,
            self._last_content + LONGEST_SILENCE,
            self._last_note + NOTE_EVERY,
        )
        return min(limits) - self._clock.monotonic()

    def _hear(self, chunk: bytes) -> None:
        frames = self._decoder.feed(chunk)
        events = [event for frame in frames for event in self._reader.read(frame)]
        for event in events or [Heartbeat()]:
            if not isinstance(event, Heartbeat):
                self._last_content = self._last_note = self._clock.monotonic()
            self._note(event)

    def _finish(self, ending: Ending) -> None:
        """End the open message; whether it was whole is known only when the end is."""
        answered = self.answered
        for event in self._reader.finish():
            self._note(event)
        if ending not in {Ending.SURE, Ending.UNSURE} or self._reader.unfinished:
            self.answered = answered
        for piece in self.speech.hear(Text("")):
            self._emit(piece)

    def _note(self, event: Event) -> None:
        if isinstance(event, Text):
            self.answered = not event.partial
            for piece in self.speech.hear(event):
                self._emit(piece)
            return
        if isinstance(event, ToolCall | ToolResult | Question | StreamError):
            for piece in self.speech.flush():
                self._emit(piece)
        self._emit(event)
        if isinstance(event, Question):
            self.questions.append(event)
            self.answered = True
        elif isinstance(event, StreamError):
            self.error = event
        elif isinstance(event, ToolCall):
            self.answered = False
            self.operations += _objects(event.args.get("operations"))
        elif isinstance(event, ToolResult):
            self.answered = False
            self._note_result(event)

    def _note_result(self, event: ToolResult) -> None:
        self.notes += _texts(event.response.get("notes"))
        self.suggestions += _texts(event.response.get("suggestions"))
        self.parts += _objects(event.response.get("parts"))
        failed = event.response.get("status") in ("error", "failed") or event.response.get("error")
        if not failed and any(name in event.name for name in _GENERATORS):
            self.generated = True
            self._emit(Progress(RAW_VIDEO, 1.0))


def _objects(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _texts(value: Any) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []
