"""The server: generation 1 of NemoVideo's API, on this machine."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError

import nemo_lab
from nemo_lab.errors import NemoError
from nemo_lab.local import routes_chat, routes_project, routes_render, routes_upload
from nemo_lab.local.guard import Guard
from nemo_lab.local.replies import on_error, on_fault, on_malformed
from nemo_lab.local.services import Services


def create_app(services: Services, hosts: Iterable[str], ready: threading.Event | None = None) -> Guard:
    """Return the ASGI app.

    Args:
        services: what it works with; started and closed together with the app.
        hosts: the values that a Host header may have, such as ``127.0.0.1:8000``.
        ready: set when everything is started.
    """

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await services.start()
        if ready is not None:
            ready.set()
        try:
            yield
        finally:
            await services.close()

    app = FastAPI(
        title="nemo_lab local backend",
        version=nemo_lab.__version__,
        description="NemoVideo's protocol (generation 1) over an engine on this machine.",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        # Newer FastAPI reports requests to whatever collector the environment names: not from here.
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
    )
    app.state.services = services
    app.add_exception_handler(NemoError, on_error)
    app.add_exception_handler(Exception, on_fault)
    app.add_exception_handler(RequestValidationError, on_malformed)
    for part in (routes_project, routes_upload, routes_chat, routes_render):
        app.include_router(part.router)
    return Guard(app, hosts, services.user_of)


def hosts_of(port: int) -> list[str]:
    """Return the Host values by which a server on this port may be called."""
    names = ("127.0.0.1", "localhost", "[::1]")
    return [f"{name}:{port}" for name in names] + (list(names) if port == 80 else [])
