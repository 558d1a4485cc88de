"""A recording at a glance: small pictures and sound levels, where the backend makes any."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from urllib.parse import quote

from pydantic import Field

from nemo_lab.client.transport import Transport
from nemo_lab.errors import ProtocolError
from nemo_lab.protocol.messages import Message


@dataclass(frozen=True)
class Filmstrip:
    """Pictures of a file on one sheet, row by row, and how loud it is."""

    jpeg: bytes
    """The sheet; empty for sound."""
    columns: int
    width: int
    height: int
    count: int
    every_ms: int
    """Picture ``n`` shows the moment ``n × every_ms``."""
    peaks: bytes
    """One byte per ``peaks_ms``; 255 is full scale, empty without sound."""
    peaks_ms: int


class _Reply(Message):
    jpeg: str = ""
    columns: int = Field(default=1, ge=1)
    width: int = 0
    height: int = 0
    count: int = 0
    every_ms: int = 0
    peaks: str = ""
    peaks_ms: int = Field(default=20, ge=1)


async def fetch_filmstrip(transport: Transport, asset: str, most: int | None = None) -> Filmstrip:
    """Ask for the filmstrip of an uploaded file (local extension of the protocol).

    Args:
        transport: to the backend.
        asset: id of the file.
        most: pictures at most, and no sound; ``None`` leaves it to the backend.

    Raises:
        ApiError: there is no such file, or the backend makes none.
        ProtocolError: the reply cannot be read.
    """
    wish = "" if most is None else f"?most={most}"
    reply = _Reply.read(await transport.get(f"/api/assets/{quote(asset, safe='')}/x_strip{wish}"))
    try:
        jpeg, peaks = (base64.b64decode(text, validate=True) for text in (reply.jpeg, reply.peaks))
    except binascii.Error:
        raise ProtocolError("the backend sent a filmstrip that cannot be read") from None
    facts = reply.model_dump(include={"columns", "width", "height", "count", "every_ms", "peaks_ms"})
    return Filmstrip(jpeg=jpeg, peaks=peaks, **facts)
