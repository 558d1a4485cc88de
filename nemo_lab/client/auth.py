"""Tokens: the user's own, or an anonymous one fetched once and shared by all processes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from pydantic import SecretStr

from nemo_lab.client.clock import Clock
from nemo_lab.client.identity import ClientId, StoredToken, TokenStore
from nemo_lab.client.vault import locked
from nemo_lab.errors import ApiError, AuthError, RateLimited
from nemo_lab.protocol.messages import AnonymousToken

TOKEN_WAIT = 30.0
"""Seconds to wait before the one new try when tokens are refused with 429 (SKILL.md v1.9 §7)."""


class Auth(Protocol):
    """Whoever has the token."""

    @property
    def anonymous(self) -> bool:
        """Whether the token is an anonymous one, fetched by us."""

    @property
    def user_id(self) -> str | None:
        """The user, where the backend told."""

    async def token(self) -> str:
        """Return the token in force."""

    async def renew(self, refused: str) -> str:
        """Return another token after one was refused.

        Raises:
            AuthError: there is none.
        """


class OwnToken:
    """The user's own token: never exchanged for another, for that would change the account unseen."""

    anonymous = False

    def __init__(self, token: SecretStr) -> None:
        self._token = token
        self.user_id: str | None = None

    async def token(self) -> str:
        """Return the token."""
        return self._token.get_secret_value()

    async def renew(self, refused: str) -> str:
        """Refuse."""
        raise AuthError(
            "the backend does not accept your token",
            remedy="Set NEMO_TOKEN to a valid one (Settings → API Tokens), or unset it.",
        )


class AnonymousAuth:
    """An anonymous token, fetched when it is first needed; one flight for all that wait for it.

    Args:
        fetch: asks the backend for a token with a client id; returns the reply's data.
        client_id: whose token it is.
        store: where it is kept.
        clock: for the wait after a 429.
    """

    anonymous = True

    def __init__(
        self, fetch: Callable[[str], Awaitable[Any]], client_id: ClientId, store: TokenStore, clock: Clock
    ) -> None:
        self._fetch, self._client_id, self._store, self._clock = fetch, client_id, store, clock
        self._held: StoredToken | None = None
        self._flight = asyncio.Lock()

    @property
    def user_id(self) -> str | None:
        """The anonymous user, where the backend told."""
        return None if self._held is None else self._held.user_id

    async def token(self) -> str:
        """Return the token in force, from memory, the store or the backend."""
        async with self._flight:
            if self._held is not None and self._store.valid(self._held):
                return self._held.token
            return await self._other_than(None)

    async def renew(self, refused: str) -> str:
        """Return another token; those who come with the same refused one share the new one."""
        async with self._flight:
            if self._held is not None and self._held.token != refused:
                return self._held.token
            return await self._other_than(refused)

    async def _other_than(self, refused: str | None) -> str:
        self._store.prepare()
        async with locked(self._store.lock_path):
            stored = await asyncio.to_thread(self._store.load)
            if stored is None or stored.token == refused or not self._store.valid(stored):
                stored = await self._newer_than(stored, refused)
                await asyncio.to_thread(self._store.save, stored)
        self._held = stored
        return stored.token

    async def _newer_than(self, stored: StoredToken | None, refused: str | None) -> StoredToken:
        """Fetch a token; one that only our clock calls expired is used on where there is no other."""
        try:
            return await self._request()
        except RateLimited:
            if stored is None or stored.token == refused:
                raise
            return stored

    async def _request(self) -> StoredToken:
        """Fetch a token: 429 is tried once more after 30 s, a refused client id once with a new one."""
        try:
            data = await self._fetch(self._client_id.get())
        except RateLimited:
            await self._clock.sleep(TOKEN_WAIT)
            data = await self._again(self._client_id.get())
        except ApiError as exc:
            if exc.code != 400:
                raise
            data = await self._again(self._client_id.renew())
        return StoredToken.of(AnonymousToken.read(data), self._clock.wall())

    async def _again(self, client_id: str) -> Any:
        try:
            return await self._fetch(client_id)
        except RateLimited as exc:
            raise RateLimited(
                "no new anonymous token: the backend gives one per client and 7 days",
                code=exc.code,
                status=exc.status,
                remedy="Set NEMO_TOKEN to a token of your own, or try again later.",
            ) from None
