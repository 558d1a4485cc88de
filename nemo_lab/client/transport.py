"""Requests as the API wants them: token and attribution on each, and the few re-sends that are allowed.

What may be sent again is decided here and nowhere else. A GET: 3 attempts. A POST: when nothing was sent
yet (twice at most), and once after its token was refused, for a refused request was not carried out.
"""

from __future__ import annotations

import contextlib
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any, TypeVar

from nemo_lab.client.auth import Auth
from nemo_lab.client.clock import Clock
from nemo_lab.client.http import Answer, FilePart, Http, Incoming
from nemo_lab.errors import ApiError, AuthError, BackendUnavailable, ConnectFailed, NemoError, TransportError
from nemo_lab.protocol.envelope import unwrap
from nemo_lab.protocol.messages import RUN_SSE

ATTEMPTS = 3
LONGEST_WAIT = 20.0
"""Seconds between two attempts, at most; a backend that asks for more is not asked again."""
CONNECT_RETRIES = 2
_RETRYABLE_STATUS = frozenset({408, 425, 429, 500, 502, 503, 504})
_T = TypeVar("_T")


class Transport:
    """Requests to one backend.

    Args:
        http: the connections.
        auth: the token.
        headers: attribution, sent with each request.
        clock: for waits between attempts.
    """

    def __init__(self, http: Http, auth: Auth, headers: Mapping[str, str], clock: Clock) -> None:
        self.http, self.auth, self.clock = http, auth, clock
        self._attribution = dict(headers)

    async def get(self, path: str) -> Any:
        """Return what is inside the reply to a GET, after at most 3 attempts.

        Raises:
            ApiError: the backend said no.
            TransportError: the network failed each time.
        """
        for attempt in range(1, ATTEMPTS + 1):
            try:
                answer = await self._authorised(lambda headers: self.http.send("GET", path, headers=headers))
            except TransportError:
                if attempt == ATTEMPTS:
                    raise
                await self.clock.sleep(_backoff(attempt))
                continue
            wait = _wait_before_next(answer, attempt)
            if wait is None or attempt == ATTEMPTS:
                return unwrap(answer.status, answer.body)
            await self.clock.sleep(wait)
        raise AssertionError("unreachable")

    async def post(self, path: str, json: Any = None) -> Any:
        """Return what is inside the reply to a POST.

        Raises:
            ConnectFailed: nothing was sent.
            Disconnected: what the backend did is not known.
            ApiError: the backend said no.
        """
        answer = await self.connecting(
            lambda: self._authorised(lambda headers: self.http.send("POST", path, headers=headers, json=json))
        )
        return unwrap(answer.status, answer.body)

    async def post_file(
        self, path: str, part: Callable[[], contextlib.AbstractContextManager[FilePart]]
    ) -> Any:
        """Upload a file; ``part`` opens it anew for each attempt. Errors as for :meth:`post`."""

        async def send(headers: dict[str, str]) -> Answer:
            with part() as opened:
                return await self.http.send("POST", path, headers=headers, files=[opened])

        answer = await self.connecting(lambda: self._authorised(send))
        return unwrap(answer.status, answer.body)

    @contextlib.asynccontextmanager
    async def chat(self, body: Any) -> AsyncIterator[Incoming]:
        """Post to the chat once and return the stream.

        Raises:
            ConnectFailed: nothing was sent.
            ApiError: the backend said no, also inside a reply with status 200.
        """
        async with contextlib.AsyncExitStack() as stack:

            async def send(headers: dict[str, str]) -> Incoming:
                accept = headers | {"Accept": "text/event-stream", "Cache-Control": "no-store"}
                opened = self.http.open_stream(RUN_SSE, headers=accept, json=body)
                incoming = await stack.enter_async_context(opened)
                if incoming.status != 200 or incoming.media_type != "text/event-stream":
                    await _refuse(incoming)
                return incoming

            yield await self.connecting(lambda: self._with_token(send))

    @contextlib.asynccontextmanager
    async def file(self, url: str) -> AsyncIterator[Incoming]:
        """Get a file, from the API or from anywhere else; the token goes to the API alone."""
        async with self.http.open_file(url, headers=self._headers(await self.auth.token())) as incoming:
            yield incoming

    async def connecting(self, action: Callable[[], Awaitable[_T]]) -> _T:
        """Try again, at most twice, as long as not one byte was sent."""
        for attempt in range(1, CONNECT_RETRIES + 1):
            try:
                return await action()
            except ConnectFailed:
                await self.clock.sleep(_backoff(attempt))
        return await action()

    async def _authorised(self, send: Callable[[dict[str, str]], Awaitable[Answer]]) -> Answer:
        """Send with the token; when it is refused, once more with another."""

        async def checked(headers: dict[str, str]) -> Answer:
            answer = await send(headers)
            _raise_auth(answer)
            return answer

        return await self._with_token(checked)

    async def _with_token(self, send: Callable[[dict[str, str]], Awaitable[_T]]) -> _T:
        token = await self.auth.token()
        try:
            return await send(self._headers(token))
        except AuthError:
            return await send(self._headers(await self.auth.renew(token)))

    def _headers(self, token: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {token}", **self._attribution}


async def _refuse(incoming: Incoming) -> None:
    """Raise what a reply that is no stream means."""
    answer = await incoming.answer()
    unwrap(answer.status, answer.body)
    what = f"{incoming.media_type or 'nothing'} (HTTP {answer.status})"
    raise BackendUnavailable(f"the backend answered with {what} in place of a stream", status=answer.status)


def _raise_auth(answer: Answer) -> None:
    """Raise only when the token was refused; all else is for those who asked."""
    try:
        unwrap(answer.status, answer.body)
    except AuthError:
        raise
    except NemoError:
        return


def _wait_before_next(answer: Answer, attempt: int) -> float | None:
    """Return how long to wait before asking again, or ``None`` when the answer stands."""
    try:
        unwrap(answer.status, answer.body)
    except ApiError as exc:
        if answer.status not in _RETRYABLE_STATUS and not exc.retryable:
            return None
        asked = _seconds(answer.headers.get("retry-after", ""))
        if asked is not None:
            return asked if asked <= LONGEST_WAIT else None
        return _backoff(attempt)
    except NemoError:
        return None
    return None


def _seconds(text: str) -> float | None:
    return float(text) if text.strip().isdecimal() else None


def _backoff(attempt: int) -> float:
    """Return 1, 2, 4 … seconds, with jitter so that many clients do not come back together."""
    return min(LONGEST_WAIT, 2.0 ** (attempt - 1)) * random.uniform(0.5, 1.0)  # noqa: S311 - no secret
