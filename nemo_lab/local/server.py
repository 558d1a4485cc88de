"""The same backend as a server of its own, for ``nemo serve``."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
from collections.abc import Callable

import uvicorn

from nemo_lab.config import Settings
from nemo_lab.errors import UsageError
from nemo_lab.local.app import create_app, hosts_of
from nemo_lab.local.embedded import bind, server_config
from nemo_lab.local.policy import Policy
from nemo_lab.local.services import Options, Services

DEFAULT_PORT = 8765


def serve(
    settings: Settings,
    *,
    host: str = "127.0.0.1",
    port: int = DEFAULT_PORT,
    token: str | None = None,
    like_cloud: bool = False,
    seed: int = 0,
    allow_paths: bool = False,
    allow_private_urls: bool = False,
    on_ready: Callable[[str], None] = lambda _: None,
) -> None:
    """Serve until interrupted.

    Args:
        settings: where data and cache lie, and how large an upload may be.
        host: a loopback address; nothing else is served, since there is no encryption.
        port: 0 takes any free one.
        token: the one bearer that is accepted; without it, anonymous tokens are given as the cloud does.
        like_cloud: play the cloud's rules: credits, limits, silent edits, two-stage generation.
        seed: decides which edits are silent under ``like_cloud``.
        allow_paths: take files of this machine by reference.
        allow_private_urls: fetch uploads from this machine and its network too.
        on_ready: called with the address when connections are accepted.

    Raises:
        UsageError: the host is not loopback, or the port cannot be had.
        NemoError: the data folder cannot be used.
    """
    options = Options(
        token=token,
        policy=Policy.like_cloud(seed) if like_cloud else Policy(),
        allow_paths=allow_paths,
        allow_private_urls=allow_private_urls,
    )
    _run(settings, options, loopback(host), port, on_ready)


def _run(
    settings: Settings, options: Options, address: str, port: int, on_ready: Callable[[str], None]
) -> None:
    try:
        listening = bind(address, port)
    except (OSError, OverflowError) as exc:
        raise UsageError(
            f"cannot listen on {address}:{port}: {exc}", remedy="Choose another --port."
        ) from exc
    with listening:
        services = Services(settings, options)
        port = listening.getsockname()[1]
        server = uvicorn.Server(server_config(create_app(services, hosts_of(port))))
        on_ready(f"http://{f'[{address}]' if ':' in address else address}:{port}")
        # uvicorn shuts down in order on Ctrl-C, and raises it anew when it is done.
        with contextlib.suppress(KeyboardInterrupt):
            asyncio.run(server.serve(sockets=[listening]))


def loopback(host: str) -> str:
    """Return the address to bind for a host.

    Raises:
        UsageError: it is not this machine's own loopback.
    """
    if host == "localhost":
        return "127.0.0.1"
    with contextlib.suppress(ValueError):
        if ipaddress.ip_address(host).is_loopback:
            return host
    raise UsageError(f"{host} is not a loopback address", remedy="Use 127.0.0.1: nothing else is served.")
