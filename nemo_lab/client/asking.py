"""Ask an address once whether anybody is there: for ``nemo doctor``, which neither waits nor tries again."""

from __future__ import annotations

import asyncio
from urllib.parse import urlsplit

from pydantic import SecretStr

from nemo_lab.client.http import Answer, Http
from nemo_lab.client.sync import runner
from nemo_lab.errors import ConnectFailed

_PATIENCE = 10.0
"""Seconds: more is as good as nobody."""


def ask_once(url: str, secret: SecretStr | None = None) -> Answer:
    """Get one address and return the reply, whatever it says. Nothing is sent but the request.

    Args:
        url: of an API, without a query.
        secret: a token or key to show there.

    Raises:
        ConnectFailed: nobody is there, or does not answer within 10 seconds.
        TransportError: the connection broke.
    """
    return runner().run(_ask(url, {"Authorization": f"Bearer {secret.get_secret_value()}"} if secret else {}))


async def _ask(url: str, headers: dict[str, str]) -> Answer:
    parts = urlsplit(url)
    http = Http(f"{parts.scheme}://{parts.netloc}")
    try:
        async with asyncio.timeout(_PATIENCE):
            return await http.send("GET", parts.path or "/", headers=headers)
    except TimeoutError:
        raise ConnectFailed(f"{parts.netloc} does not answer", remedy="Check the network.") from None
    finally:
        await http.aclose()
