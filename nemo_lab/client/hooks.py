"""Telling an address of the user's own that something is finished."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import httpx

from nemo_lab.client.http import is_loopback, renamed
from nemo_lab.errors import ApiError

_SECONDS = 15.0


def post_hook(url: str, data: dict[str, Any]) -> None:
    """Send JSON to a webhook once. None of our headers or tokens goes along, and no redirect is followed.

    Raises:
        ConnectFailed: nothing was sent.
        Disconnected: it is not known whether it arrived.
        ApiError: the address answered with an error.
    """
    host = urlsplit(url).netloc.rpartition("@")[2]
    with renamed(host):
        response = httpx.post(url, json=data, timeout=_SECONDS, trust_env=not is_loopback(url))
    if response.status_code >= 300:
        raise ApiError(f"{host} answered with HTTP {response.status_code}", status=response.status_code)
