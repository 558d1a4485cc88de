"""The one place that knows httpx: connections, limits, timeouts; its errors are renamed here.

There are two kinds of connections. Those to the API carry our headers and never follow a redirect. Those to
any other place (a CDN) carry none of them, so that no token can end up there.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import ipaddress
import ssl
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from typing import IO, Any
from urllib.parse import urljoin, urlsplit

import httpx

from nemo_lab.errors import ConnectFailed, Disconnected, NemoError, ProtocolError
from nemo_lab.protocol.parsing import parsed

_TIMEOUT = httpx.Timeout(60.0, connect=10.0, pool=None)
_UPLOAD_TIMEOUT = httpx.Timeout(60.0, connect=10.0, pool=None, read=900.0)
"""The backend may look through a long recording before it answers."""
_REPLY_LIMIT = 60.0
"""Seconds for the body of a reply: one byte now and then must not hold anybody for ever."""
_STREAM_TIMEOUT = httpx.Timeout(60.0, connect=10.0, pool=None, read=None)
"""Chat streams may be silent for minutes; the conversation has its own clock for that."""
_LIMITS = httpx.Limits(max_connections=None, max_keepalive_connections=20, keepalive_expiry=30.0)
_NOTHING_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


@dataclass(frozen=True)
class Answer:
    """A whole reply: the parsed JSON as ``body``, or its text when it is none."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: Any = field(repr=False)


@dataclass(frozen=True)
class FilePart:
    """One file of a multipart upload."""

    name: str
    media_type: str
    file: IO[bytes]


class Incoming:
    """A reply whose body is still on its way."""

    def __init__(self, response: httpx.Response, name: str) -> None:
        self._response, self._name = response, name
        self.status = response.status_code
        self.headers: Mapping[str, str] = response.headers

    @property
    def media_type(self) -> str:
        """The content type without parameters, in lower case."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def length(self) -> int | None:
        """The body's size in bytes, where the reply says it."""
        text = self.headers.get("content-length", "")
        return int(text) if text.isdecimal() and "content-encoding" not in self.headers else None

    @property
    def ends_surely(self) -> bool:
        """Whether the end of the body can be told from a cut connection."""
        return "chunked" in self.headers.get("transfer-encoding", "").lower() or self.length is not None

    async def chunks(self) -> AsyncIterator[bytes]:
        """Return the body piece by piece.

        Raises:
            Disconnected: the connection broke.
        """
        with renamed(self._name):
            async for chunk in self._response.aiter_bytes():
                yield chunk

    async def answer(self) -> Answer:
        """Read the rest and return the whole reply."""
        with renamed(self._name):
            await self._response.aread()
        return Answer(self.status, self.headers, _body_of(self._response))


class Http:
    """Connections of one client.

    Args:
        origin: the API's address.
    """

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self._trust_env = not is_loopback(origin)
        # On this machine no certificates are needed, and a context that trusts nobody is made at once.
        plain = not self._trust_env and origin.startswith("http:")
        self._trusted = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT) if plain else _tls()
        self._api = self._client(verify=self._trusted, timeout=_TIMEOUT)
        self._foreign: httpx.AsyncClient | None = None

    async def send(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str],
        json: Any = None,
        files: list[FilePart] | None = None,
    ) -> Answer:
        """Send a request to the API and read the whole reply.

        Raises:
            ConnectFailed: nothing was sent.
            Disconnected: it broke after that.
        """
        parts = [("files", (part.name, part.file, part.media_type)) for part in files or ()]
        timeout = _UPLOAD_TIMEOUT if method == "POST" else _TIMEOUT
        with renamed(self._host):
            async with asyncio.timeout(None) as limit:

                async def sent(event: str, _: dict[str, Any]) -> None:
                    if event.endswith("receive_response_headers.started") and timeout.read:
                        limit.reschedule(asyncio.get_running_loop().time() + timeout.read)

                request = self._api.build_request(
                    method, self.origin + path, headers=dict(headers), json=json, files=parts or None,
                    timeout=timeout, extensions={"trace": sent},
                )  # fmt: skip
                response = await self._api.send(request, stream=True)
            async with contextlib.aclosing(response), asyncio.timeout(_REPLY_LIMIT):
                await response.aread()
        return Answer(response.status_code, response.headers, _body_of(response))

    @contextlib.asynccontextmanager
    async def open_stream(
        self, path: str, *, headers: Mapping[str, str], json: Any
    ) -> AsyncIterator[Incoming]:
        """Post for a stream, on a connection of its own: a stale one would leave the outcome unknown."""
        async with self._client(verify=self._trusted, timeout=_STREAM_TIMEOUT) as client:
            request = client.build_request("POST", self.origin + path, headers=dict(headers), json=json)
            async with _opened(client, request, self._host) as incoming:
                yield incoming

    @contextlib.asynccontextmanager
    async def open_file(self, url: str, *, headers: Mapping[str, str]) -> AsyncIterator[Incoming]:
        """Get a file. The headers are sent only when the address is the API's own.

        Raises:
            ProtocolError: it is no web address.
        """
        address = urljoin(self.origin + "/", url)
        parts = urlsplit(address)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ProtocolError("the backend named a file that is not on the web")
        own = _origin_of(address) == _origin_of(self.origin)
        client = self._api if own else self._foreign_client()
        plain = {"Accept-Encoding": "identity"}
        request = client.build_request("GET", address, headers=plain | dict(headers) if own else plain)
        async with _opened(client, request, parts.hostname) as incoming:
            yield incoming

    async def aclose(self) -> None:
        """Close all connections."""
        await self._api.aclose()
        if self._foreign is not None:
            await self._foreign.aclose()

    @property
    def _host(self) -> str:
        return urlsplit(self.origin).netloc

    def _client(self, **options: Any) -> httpx.AsyncClient:
        return httpx.AsyncClient(trust_env=self._trust_env, limits=_LIMITS, **options)

    def _foreign_client(self) -> httpx.AsyncClient:
        if self._foreign is None:
            self._foreign = self._client(
                verify=_tls(), timeout=_TIMEOUT, follow_redirects=True, max_redirects=5
            )
        return self._foreign


def is_loopback(origin: str) -> bool:
    """Return whether an address is this machine, which no proxy must ever see a request to."""
    host = urlsplit(origin).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _origin_of(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or {"http": 80, "https": 443}.get(parts.scheme)


@functools.cache
def _tls() -> ssl.SSLContext:
    """Return the certificates to trust: loading them takes longer than a request, so only once."""
    return httpx.create_ssl_context()


@contextlib.asynccontextmanager
async def _opened(client: httpx.AsyncClient, request: httpx.Request, name: str) -> AsyncIterator[Incoming]:
    with renamed(name):
        response = await client.send(request, stream=True)
    async with contextlib.aclosing(response):
        yield Incoming(response, name)


@contextlib.contextmanager
def renamed(name: str) -> Iterator[None]:
    """Turn httpx's errors into ours. They are cut off, since they hold the request with its headers.

    Raises:
        ConnectFailed: nothing was sent.
        Disconnected: it broke after that.
        ProtocolError: the address cannot be used.
    """
    failure: NemoError
    try:
        yield
    except _NOTHING_SENT as exc:
        failure = ConnectFailed(
            f"{name} could not be reached ({_reason(exc)})", remedy="Check the network and NEMO_API_URL."
        )
    except (httpx.HTTPError, httpx.StreamError, TimeoutError) as exc:
        failure = Disconnected(
            f"the connection to {name} broke ({_reason(exc)})", remedy="Check the network."
        )
    except httpx.InvalidURL:
        failure = ProtocolError(f"an address of {name} cannot be used")
    else:
        return
    raise failure from None


def _reason(error: Exception) -> str:
    return type(error).__name__


def _body_of(response: httpx.Response) -> Any:
    try:
        return parsed(response.content)
    except (ValueError, RecursionError):
        return response.text
