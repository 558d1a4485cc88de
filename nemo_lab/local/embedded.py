"""A backend inside the running program: on loopback, behind a random port and a random bearer."""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import secrets
import socket
import sys
import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Self

from nemo_lab.config import Settings
from nemo_lab.errors import BackendUnavailable
from nemo_lab.local.services import Options, Services

if TYPE_CHECKING:
    import uvicorn

_START_SECONDS = 30.0
_GOODBYE_SECONDS = 1
"""How long streams that are open may take to end when the backend closes."""
_KEEP_ALIVE_SECONDS = 60
"""Longer than clients keep an idle connection (httpx: 5 s), so that none is closed under their hands."""


class Embedded:
    """A running backend; close it, or leave its ``with`` block, when done.

    Attributes:
        url: its address, such as ``http://127.0.0.1:49152``.
        token: the bearer that it wants; empty where it gives anonymous tokens.
    """

    def __init__(self, services: Services, listening: socket.socket) -> None:
        self._port = listening.getsockname()[1]
        self.url = f"http://127.0.0.1:{self._port}"
        self.token = services.options.token or ""
        self._services = services
        self._socket = listening
        self._ready = threading.Event()
        self._server: uvicorn.Server | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closing = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="nemo_lab.local", daemon=True)

    def start(self) -> None:
        """Start, and return when requests are answered.

        Raises:
            BackendUnavailable: it does not start.
        """
        self._thread.start()
        waited = self._ready.wait(_START_SECONDS)
        if not waited or not self._thread.is_alive():
            self.close()
            raise BackendUnavailable("the embedded backend does not start")
        atexit.register(self.close)

    def close(self) -> None:
        """Stop it, its renders and its worker processes; a second call does nothing."""
        atexit.unregister(self.close)
        if self._server is not None:
            self._server.should_exit = True
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # it has ended already
                self._loop.call_soon_threadsafe(self._closing.set)
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join()
        self._socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        finally:
            self._ready.set()

    async def _serve(self) -> None:
        """Serve; a worker process starts while what makes a server of us is loaded."""
        self._loop = asyncio.get_running_loop()
        await self._services.expect_file()
        self._server = await asyncio.to_thread(self._made)
        serving = asyncio.create_task(self._server.serve(sockets=[self._socket]))
        closing = asyncio.create_task(self._closing.wait())
        await asyncio.wait([serving, closing], return_when=asyncio.FIRST_COMPLETED)
        closing.cancel()
        if self._server.started and not self._server.server_state.connections:
            await _ended(self._server, serving)
        with contextlib.suppress(asyncio.CancelledError):
            await serving

    def _made(self) -> uvicorn.Server:
        import uvicorn

        from nemo_lab.local.app import create_app, hosts_of

        return uvicorn.Server(server_config(create_app(self._services, hosts_of(self._port), self._ready)))


async def _ended(server: uvicorn.Server, serving: asyncio.Task[None]) -> None:
    """End a server to which nobody is connected: at once, where uvicorn waits for two tenths of a second."""
    serving.cancel()
    for listening in server.servers:
        listening.close()
    await server.lifespan.shutdown()


def start_embedded(settings: Settings, options: Options | None = None, *, eager: bool = False) -> Embedded:
    """Start a backend for this process alone.

    Args:
        settings: where its data and cache lie, and how large an upload may be.
        options: how it behaves; by default it has a random bearer and takes files by reference.
        eager: return only when all is loaded that an edit needs.

    Raises:
        NemoError: its data folder cannot be used, or it does not start.
    """
    chosen = options or Options(token=f"nmv_usr_{secrets.token_urlsafe(32)}", allow_paths=True)
    services = Services(settings, replace(chosen, eager=eager))
    embedded = Embedded(services, bind("127.0.0.1", 0))
    embedded.start()
    return embedded


def bind(host: str, port: int) -> socket.socket:
    """Return a socket that listens; connections wait in it until the server runs."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named, for asyncio sends at once on no other: a reply in two parts would wait 40 ms for its second.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if sys.platform != "win32":  # where it would let two servers share a port
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen(512)
        listening.setblocking(False)
    except BaseException:
        listening.close()
        raise
    return listening


def server_config(app: object) -> uvicorn.Config:
    """Return how uvicorn is to run the app: silent, without names, and without proxy headers."""
    import uvicorn

    return uvicorn.Config(
        app,  # type: ignore[arg-type]
        lifespan="on",
        log_config=None,
        log_level="critical",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=_GOODBYE_SECONDS,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
    )
