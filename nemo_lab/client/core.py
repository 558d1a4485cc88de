"""A connection to one backend, as coroutines; the sync face is a thin shell around this."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Literal, Protocol, Self

from pydantic import SecretStr

from nemo_lab.client.auth import AnonymousAuth, Auth, OwnToken
from nemo_lab.client.clock import Clock, SystemClock
from nemo_lab.client.http import Http
from nemo_lab.client.identity import ClientId, TokenStore, attribution
from nemo_lab.client.journal import Journal, Record
from nemo_lab.client.pictures import Filmstrip, fetch_filmstrip
from nemo_lab.client.session import AsyncSession
from nemo_lab.client.transport import Transport
from nemo_lab.config import Settings
from nemo_lab.protocol.envelope import unwrap
from nemo_lab.protocol.messages import (
    ANONYMOUS_TOKEN,
    CLIENT_ID_HEADER,
    CREATE_SESSION,
    CREDITS,
    CreateSession,
    Credits,
    SessionCreated,
)


class EmbeddedBackend(Protocol):
    """A backend that runs in this process."""

    url: str
    token: str

    def close(self) -> None:
        """Stop it."""


@dataclass(frozen=True)
class Backend:
    """Where a client talks to."""

    kind: Literal["local", "cloud"]
    origin: str
    embedded: EmbeddedBackend | None = None


class AsyncClient:
    """A connection to a backend. Made by :func:`nemo_lab.aconnect`; to be closed, best by ``async with``.

    Args:
        backend: which one.
        settings: token, language, folders, limits.
        clock: the time; tests bring their own.
    """

    def __init__(self, backend: Backend, settings: Settings, *, clock: Clock | None = None) -> None:
        self.settings = settings
        self._backend = backend
        self._clock = clock or SystemClock()
        self._headers = attribution(settings)
        self._http = Http(backend.origin)
        self._auth = self._make_auth()
        self._sessions: dict[str, AsyncSession] = {}
        # An embedded backend gets a new address at each start, but keeps its sessions.
        self.journal = Journal(settings.data_dir, "embedded" if backend.embedded else backend.origin)
        self.transport = Transport(self._http, self._auth, self._headers, self._clock)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(backend={self.backend!r}, origin={self.origin!r})"

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    @property
    def backend(self) -> Literal["local", "cloud"]:
        """Which backend was chosen: no file leaves the machine unless it is ``cloud``."""
        return self._backend.kind

    @property
    def origin(self) -> str:
        """The backend's address."""
        return self._backend.origin

    @property
    def embedded(self) -> bool:
        """Whether the backend runs in this process and takes files where they lie."""
        return self._backend.embedded is not None

    async def create_session(self, name: str | None = None, *, resume: bool = False) -> AsyncSession:
        """Start a project.

        Args:
            name: what to call it.
            resume: take up the newest project of that name, if this machine has started one.

        Raises:
            NemoError: it could not be created.
        """
        title = name or "project"
        known = self.journal.latest(title) if resume else None
        if known is not None:
            return self.session(known.session_id)
        request = CreateSession(task_name=title, language=self.settings.language)
        data = await self.transport.post(CREATE_SESSION, request.model_dump(exclude_none=True))
        created = SessionCreated.read(data)
        record = Record(
            session_id=created.session_id,
            task_id=created.task_id,
            name=title,
            user_id=created.user_id,
            created_at=self._clock.wall(),
        )
        self.journal.save(record)
        return self._session_of(record)

    def session(self, session_id: str) -> AsyncSession:
        """Take up a session by its id; the backend is not asked yet."""
        return self._sessions.get(session_id) or self._session_of(self.journal.load(session_id))

    async def credits(self) -> Credits:
        """Return the balance."""
        return Credits.read(await self.transport.get(CREDITS))

    async def filmstrip(self, asset: str, *, most: int | None = None) -> Filmstrip | None:
        """Return pictures and sound levels of an uploaded file; the cloud has none.

        Args:
            asset: the file's id.
            most: pictures at most, and no sound; ``None`` leaves it to the backend.
        """
        if self.backend != "local":
            return None
        return await fetch_filmstrip(self.transport, asset, most)

    async def close(self) -> None:
        """Stop what is running, close the connections, stop an embedded backend."""
        for session in self._sessions.values():
            await session.cancel()
        await self._http.aclose()
        if self._backend.embedded is not None:
            await asyncio.to_thread(self._backend.embedded.close)

    async def how_to_pay(self, user_id: str | None) -> str:
        """Say where credits come from: an anonymous user registers, a registered one tops up."""
        user = user_id or self._auth.user_id
        if not self._auth.anonymous:
            return "Top up at nemovideo.com."
        bind = f"?bind={user}" if user else ""
        return f"Register for more: {self.settings.web_url}/register{bind}"

    def _session_of(self, record: Record) -> AsyncSession:
        session = AsyncSession(self, record)
        self._sessions[record.session_id] = session
        return session

    def _make_auth(self) -> Auth:
        if self._backend.embedded is not None:
            return OwnToken(SecretStr(self._backend.embedded.token))
        if self.settings.token is not None:
            return OwnToken(self.settings.token)
        stated = self.settings.client_id.get_secret_value() if self.settings.client_id else None
        store = TokenStore(self.settings.config_dir / "credentials", self.origin, self._clock)
        return AnonymousAuth(self._fetch_token, ClientId(stated), store, self._clock)

    async def _fetch_token(self, client_id: str) -> Any:
        headers = {CLIENT_ID_HEADER: client_id, **self._headers}
        answer = await self.transport.connecting(
            lambda: self._http.send("POST", ANONYMOUS_TOKEN, headers=headers)
        )
        return unwrap(answer.status, answer.body)
