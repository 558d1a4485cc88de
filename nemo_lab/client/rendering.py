"""Exports: asked for once, waited for, and asked again only where that cannot render twice.

**How often to look.** SKILL.md says every 30 s, 10 times; the API reference every 10 s for 5 minutes; the
vendor's client 2 s, growing by half to 15 s, for 5 minutes. A real render takes about 28 s. So the cloud
is asked after 2 s, growing to 15 s, for 300 s unless the caller wants another limit; then
:class:`~nemo_lab.errors.RenderTimeout` carries the id with which to wait on. A backend on this machine is
asked after 0.1 s, growing slowly to 1 s, so that little is added to a render of seconds; once its progress
tells when it will end, seldom before and often around then; and as long as its progress moves: a long
recording may take hours.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass

from nemo_lab.client.transport import Transport
from nemo_lab.errors import (
    ApiError,
    AuthError,
    BackendUnavailable,
    Cancelled,
    Disconnected,
    InsufficientCredits,
    NemoError,
    RateLimited,
    RenderFailed,
    RenderTimeout,
    SessionNotFound,
    SubscriptionRequired,
    TransportError,
)
from nemo_lab.protocol.draft import Draft
from nemo_lab.protocol.messages import RENDER, render_cancel_path, render_path
from nemo_lab.protocol.renders import RenderOutput, RenderRequest, RenderStatus

CLOUD_LIMIT = 300.0
"""Seconds to wait for the cloud."""
STALL_LIMIT = 600.0
"""Seconds without any progress after which a render on this machine is given up."""
_TELLING = 0.1
"""The part of a render that must be done before it tells how long the rest will take."""
_OF_THE_REST = 0.25
"""How much of the rest to let go by: the guess grows better with each look."""
_FINAL_REFUSALS = (AuthError, SessionNotFound, InsufficientCredits, SubscriptionRequired, RateLimited)
_DUPLICATE = ("duplicate", "already exist", "exists already")


@dataclass(frozen=True)
class Pace:
    """How often to look, and for how long, in seconds. Without ``limit`` it ends when nothing moves."""

    first: float
    factor: float
    longest: float
    limit: float | None
    even: bool = False
    """Whether the progress that is told is even enough to tell when the render will end."""

    def after(self, wait: float, elapsed: float, fraction: float) -> float:
        """Return how long to wait now, after a wait and a look that showed a fraction done."""
        if not self.even or fraction < _TELLING:
            return min(wait * self.factor, self.longest)
        left = elapsed * (1 - fraction) / fraction
        return min(max(left * _OF_THE_REST, self.first), self.longest)


def pace_for(*, loopback: bool, limit: float | None) -> Pace:
    """Return the pace for a backend; ``limit`` is the caller's own."""
    if loopback:
        return Pace(0.1, 1.03, 1.0, limit, even=True)
    return Pace(2.0, 1.5, 15.0, CLOUD_LIMIT if limit is None else limit)


def new_render_id() -> str:
    """Return an id that no other thread, process or machine makes."""
    return f"render_{time.time_ns() // 1_000_000}_{secrets.token_hex(6)}"


def wish_of(draft: Draft, output: RenderOutput) -> str:
    """Return a hash of what is to be rendered: the same wish needs no second render."""
    content = json.dumps([draft.to_wire(), output.to_wire()], sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()


class Renderer:
    """Renders of one session.

    Args:
        transport: to the backend.
        session_id: whose timeline.
        pace: how often to look.
        remember: keeps an id where it survives this process, before it is first used.
    """

    def __init__(
        self, transport: Transport, session_id: str, pace: Pace, remember: Callable[[str], None]
    ) -> None:
        self._transport, self._session_id = transport, session_id
        self._pace, self._remember = pace, remember

    async def render(
        self,
        draft: Draft,
        output: RenderOutput,
        *,
        resume: str | None,
        on_fraction: Callable[[float], None],
    ) -> RenderStatus:
        """Return the finished render.

        Args:
            draft: what to render.
            output: how the file should be.
            resume: id of a render that may be under way already.
            on_fraction: told how far it is, from 0 to 1.

        Raises:
            RenderFailed: it failed, twice, each under an id of its own.
            RenderTimeout: it did not end in time.
            SubscriptionRequired: the plan does not allow exports.
            ApiError, TransportError: it could not be asked for.
        """
        failure = ""
        for attempt in range(2):
            request = RenderRequest(
                id=resume or new_render_id(), session_id=self._session_id, draft=draft, output=output
            )
            self._remember(request.id)
            status = await self._started(request, known=resume is not None)
            if not isinstance(status, str):
                status = await self._finished(request.id, status, on_fraction)
                if status.completed:
                    return status
                failure = status.error or ""
            else:
                failure = status
            resume = None
            if attempt == 0:
                await self._transport.clock.sleep(self._pace.first)
        raise RenderFailed(f"the render failed{': ' + failure if failure else ''}")

    async def cancel(self, render_id: str) -> None:
        """Tell the backend to stop; whether it listens does not matter any more."""
        with contextlib.suppress(NemoError):
            await self._transport.post(render_cancel_path(render_id))

    async def _started(self, request: RenderRequest, *, known: bool) -> RenderStatus | str:
        """Return the status of a render that was asked for, or the reason for which it was refused."""
        if known:
            status = await self._known(request.id)
            if status is not None:
                return status
        try:
            return await self._submitted(request)
        except _FINAL_REFUSALS:
            raise
        except (Disconnected, BackendUnavailable):
            # The reply was lost, perhaps not the request. The same id cannot render twice.
            return await self._known(request.id) or await self._submitted(request)
        except ApiError as exc:
            if exc.status == 409 or any(word in exc.message.lower() for word in _DUPLICATE):
                return await self._known(request.id) or exc.message
            return exc.message

    async def _submitted(self, request: RenderRequest) -> RenderStatus:
        return RenderStatus.read_reply(await self._transport.post(RENDER, request.to_wire()))

    async def _known(self, render_id: str) -> RenderStatus | None:
        """Return the status, or ``None`` when the backend does not know the id."""
        try:
            return RenderStatus.read_reply(await self._transport.get(render_path(render_id)))
        except SessionNotFound:
            return None
        except ApiError as exc:
            if exc.status == 404 or exc.code == 404 or "not found" in exc.message.lower():
                return None
            raise

    async def _finished(
        self, render_id: str, status: RenderStatus, on_fraction: Callable[[float], None]
    ) -> RenderStatus:
        try:
            return await self._polled(render_id, status, on_fraction)
        except asyncio.CancelledError:
            await asyncio.shield(asyncio.ensure_future(self.cancel(render_id)))
            raise

    async def _polled(
        self, render_id: str, status: RenderStatus, on_fraction: Callable[[float], None]
    ) -> RenderStatus:
        clock = self._transport.clock
        start = moved = clock.monotonic()
        wait, shown = self._pace.first, -1.0
        while not status.completed and not status.failed:
            now = clock.monotonic()
            if (status.fraction or 0.0) > shown:
                shown, moved = status.fraction or 0.0, now
                on_fraction(shown)
            limit = self._pace.limit
            if now - moved >= STALL_LIMIT if limit is None else now - start >= limit:
                raise _timeout(render_id, now - start)
            await clock.sleep(wait)
            status = await self._looked(render_id, status)
            wait = self._pace.after(wait, clock.monotonic() - start, status.fraction or 0.0)
        if status.status.startswith("cancel"):
            raise Cancelled("the render was stopped")
        return status

    async def _looked(self, render_id: str, last: RenderStatus) -> RenderStatus:
        """Return the status now; a look that failed says nothing about the render."""
        try:
            return RenderStatus.read_reply(await self._transport.get(render_path(render_id)))
        except (TransportError, BackendUnavailable, RateLimited):
            return last


def _timeout(render_id: str, seconds: float) -> RenderTimeout:
    return RenderTimeout(
        f"the render {render_id} did not end within {seconds:.0f} s",
        render_id=render_id,
        remedy="It may still end: export again with this render_id.",
    )
