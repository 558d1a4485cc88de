"""Events as Google's ADK writes them, and the stream that carries them."""

from __future__ import annotations

import asyncio
import json
import time
import uuid
from collections.abc import AsyncIterator, Callable
from typing import Any

from nemo_lab.errors import NemoError
from nemo_lab.protocol.draft import Draft
from nemo_lab.protocol.messages import APP

HEARTBEAT_SECONDS = 15.0
_HEARTBEAT = b": heartbeat\n\n"
Event = dict[str, Any]
Emit = Callable[[Event], None]


class Invocation:
    """Builds the events of one turn: exact keys and order of google-adk 1.27."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self.id = f"e-{uuid.uuid4()}"
        self._clock = clock

    def text(self, text: str, *, partial: bool = False) -> Event:
        """Return an event with words for the user."""
        more: dict[str, Any] = {"partial": True} if partial else {}
        return self._event([{"text": text}], **more)

    def call(self, name: str, args: dict[str, Any]) -> tuple[str, Event]:
        """Return the id of a tool call and the event that announces it."""
        call = f"adk-{uuid.uuid4()}"
        part = {"functionCall": {"id": call, "args": args, "name": name}}
        return call, self._event([part], call=True)

    def result(self, call: str, name: str, response: dict[str, Any], draft: Draft | None = None) -> Event:
        """Return the event with a tool's result, and the timeline if it made a new one."""
        part = {"functionResponse": {"id": call, "name": name, "response": response}}
        state = {} if draft is None else {"draft": draft.to_wire()}
        return self._event([part], role="user", state=state)

    def progress(self, stage: str, fraction: float | None = None) -> Event:
        """Return an event without content that tells what is being done, and how much of it is (0 to 1)."""
        told = {"stage": stage} if fraction is None else {"stage": stage, "progress": round(fraction, 3)}
        return self._event(None, partial=True, customMetadata={"nemo": told})

    def error(self, error: NemoError) -> Event:
        """Return an event that says that the turn failed."""
        return self._event(None, errorCode=type(error).__name__, errorMessage=str(error))

    def _event(
        self,
        parts: list[dict[str, Any]] | None,
        *,
        role: str = "model",
        state: dict[str, Any] | None = None,
        call: bool = False,
        **more: Any,
    ) -> Event:
        event: Event = {} if parts is None else {"content": {"parts": parts, "role": role}}
        event |= more
        event |= {"invocationId": self.id, "author": APP, "actions": _actions(state or {})}
        if call:
            event["longRunningToolIds"] = []
        return {**event, "id": str(uuid.uuid4()), "timestamp": self._clock()}


def _actions(state: dict[str, Any]) -> dict[str, Any]:
    return {
        "stateDelta": state,
        "artifactDelta": {},
        "requestedAuthConfigs": {},
        "requestedToolConfirmations": {},
    }


def encode(event: Event) -> bytes:
    """Return an event as it goes over the wire."""
    text = json.dumps(event, ensure_ascii=False, separators=(",", ":"))
    # A lone surrogate becomes its JSON escape.
    return b"data: " + text.encode("utf-8", "backslashreplace") + b"\n\n"


async def frames(
    events: asyncio.Queue[Event | None], heartbeat: float = HEARTBEAT_SECONDS
) -> AsyncIterator[bytes]:
    """Yield frames until ``None`` comes; a comment keeps a silent connection alive."""
    while True:
        try:
            event = await asyncio.wait_for(events.get(), heartbeat)
        except TimeoutError:
            yield _HEARTBEAT
            continue
        if event is None:
            return
        yield encode(event)
