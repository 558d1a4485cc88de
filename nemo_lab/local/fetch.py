"""Upload by address: fetch a file from the net, and only from the net.

The address could point into this machine or the network that it stands in. So every name is resolved here,
each address that it has must be a public one, the connection goes to the very address that was checked, and
each redirect is checked anew.
"""

from __future__ import annotations

import hashlib
import http.client
import ipaddress
import os
import socket
import ssl
import time
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, unquote, urljoin, urlsplit

from nemo_lab.errors import ConnectFailed, NemoError, UnsupportedFormat, UsageError
from nemo_lab.local.assets import Received, new_path, shown_name, too_large
from nemo_lab.local.quota import Spend, free
from nemo_lab.protocol.messages import UPLOAD_FORMATS

TIME_LIMIT = 30.0
"""Seconds for one file, redirects included."""
_REDIRECTS = 5
_CHUNK = 256 * 1024
_IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_EXTENSIONS = {media: extension for extension, media in reversed(UPLOAD_FORMATS.items())}


def fetch(
    url: str, folder: Path, limit: int, *, allow_private: bool = False, spend: Spend = free
) -> Received:
    """Fetch one file into ``folder``. Blocks.

    Args:
        url: http or https.
        folder: where it is stored, under a name of ours.
        limit: bytes that it may have.
        allow_private: also from this machine and the private network.
        spend: told of all bytes before they are written.

    Raises:
        UsageError: the address is of a kind that is not fetched.
        ConnectFailed: the server does not answer, or not with a file.
        UnsupportedFormat: it is none of the 13 formats.
        FileTooLarge: it has more than ``limit`` bytes.
    """
    deadline = time.monotonic() + TIME_LIMIT
    try:
        for _ in range(_REDIRECTS + 1):
            connection, reply = _get(_checked(url), deadline, allow_private)
            try:
                if reply.status not in {301, 302, 303, 307, 308}:
                    return _save(reply, url, folder, limit, deadline, spend)
                url = urljoin(url, reply.headers.get("location", ""))
            finally:
                connection.close()
    except (OSError, http.client.HTTPException) as exc:
        raise ConnectFailed(f"the address cannot be fetched: {_brief(exc)}") from exc
    raise ConnectFailed("the address cannot be fetched: too many redirects")


def public(address: str) -> bool:
    """Return whether an IP address belongs to the open net, also when it is wrapped in another kind."""
    ip: _IPAddress = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        wrapped = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if ip in _NAT64 or int(ip) >> 32 == 0:
            wrapped = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if wrapped is not None:
            return public(str(wrapped))
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


def _checked(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        port_is_fine = parts.port != 0
    except ValueError:
        raise UsageError("the address is malformed") from None
    if parts.scheme not in {"http", "https"} or not parts.hostname or not port_is_fine:
        raise UsageError("only http and https addresses can be fetched")
    if parts.username or parts.password:
        raise UsageError("an address with a password in it is not fetched")
    return parts


def _get(
    parts: SplitResult, deadline: float, allow_private: bool
) -> tuple[http.client.HTTPConnection, http.client.HTTPResponse]:
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    address = _resolve(host, port, allow_private)
    pinned = _PinnedTLS if parts.scheme == "https" else _Pinned
    connection = pinned(host, port, address, _left(deadline))
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        connection.request("GET", target, headers={"User-Agent": "nemo_lab", "Accept-Encoding": "identity"})
        return connection, connection.getresponse()
    except BaseException:
        connection.close()
        raise


def _resolve(host: str, port: int, allow_private: bool) -> str:
    """Return the address to connect to. One private address among several is enough to refuse."""
    try:
        found = [str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    except (OSError, UnicodeError):
        raise ConnectFailed(f"the address cannot be fetched: there is no host {host[:100]}") from None
    if not allow_private and not all(public(address) for address in found):
        raise UsageError("the address lies in this machine or its network and is not fetched")
    return found[0]


class _Pinned(http.client.HTTPConnection):
    """A connection to a host by an address that was checked."""

    def __init__(self, host: str, port: int, address: str, timeout: float, **more: Any) -> None:
        super().__init__(host, port, timeout=timeout, **more)
        self._address = address

    def connect(self) -> None:
        """Connect to the checked address, whatever the name resolves to by now."""
        self.sock = socket.create_connection((self._address, self.port), self.timeout)


class _PinnedTLS(_Pinned):
    """The same, encrypted; the certificate must be the host's."""

    def connect(self) -> None:
        """Connect to the checked address and make sure that it is the host."""
        super().connect()
        context = ssl.create_default_context()
        self.sock = context.wrap_socket(self.sock, server_hostname=self.host)


def _save(
    reply: http.client.HTTPResponse, url: str, folder: Path, limit: int, deadline: float, spend: Spend
) -> Received:
    if reply.status != 200:
        raise ConnectFailed(f"the address cannot be fetched: its server answers {reply.status}")
    name = _name(url, reply.headers.get_content_type())
    stated = reply.headers.get("content-length", "")
    if stated.isdecimal() and int(stated) > limit:
        raise too_large(name, limit)
    path = new_path(folder, name)
    try:
        digest = _copy(reply, path, name, limit, deadline, spend)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return Received(name, path, digest, "url")


def _copy(
    reply: http.client.HTTPResponse, path: Path, name: str, limit: int, deadline: float, spend: Spend
) -> str:
    digest, size = hashlib.sha256(), 0
    with path.open("xb") as file:
        while chunk := reply.read1(_CHUNK):
            size += len(chunk)
            if size > limit:
                raise too_large(name, limit)
            _left(deadline)
            spend(len(chunk))
            digest.update(chunk)
            file.write(chunk)
        file.flush()
        os.fsync(file.fileno())
    stated = reply.headers.get("content-length", "")
    if stated.isdecimal() and int(stated) != size:
        raise ConnectFailed("the address cannot be fetched: the file broke off")
    return digest.hexdigest()


def _name(url: str, media_type: str) -> str:
    """Return the file's name: the address's last part, with an extension that says what it is."""
    name = shown_name(unquote(urlsplit(url).path))
    if Path(name).suffix.lower().lstrip(".") in UPLOAD_FORMATS:
        return name
    extension = _EXTENSIONS.get(media_type)
    if extension is None:
        raise UnsupportedFormat(
            f"the address leads to no media file ({media_type[:60]})",
            remedy="Give the address of the file itself; pages of video sites are not fetched.",
        )
    return f"{name}.{extension}"


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise ConnectFailed(f"the address cannot be fetched: it takes more than {TIME_LIMIT:.0f} s")
    return left


def _brief(error: Exception) -> str:
    if isinstance(error, NemoError):
        return error.message
    return (getattr(error, "strerror", None) or str(error) or type(error).__name__)[:200]
