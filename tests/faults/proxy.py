"""A proxy on loopback that does to connections what networks do: cuts, stalls, delays, slices, throttles.

It works on bytes and knows nothing of HTTP but the first line of a connection, by which a test chooses
what befalls it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from tests.sockets import LoopbackServer, reset

_CHUNK = 65536


@dataclass(frozen=True)
class Fault:
    """What befalls the bytes that come back from the server.

    Args:
        cut_at: bytes of the answer that pass before it happens; ``None`` is never.
        how: orderly end, reset, or silence with the connection open.
        latency: seconds before the first byte.
        rate: bytes a second; ``None`` is as fast as it goes.
        slices: largest piece in bytes.
        upwards: counts and cuts the request's bytes in place of the answer's.
    """

    cut_at: int | None = None
    how: Literal["fin", "rst", "stall"] = "fin"
    latency: float = 0.0
    rate: float | None = None
    slices: int = _CHUNK
    upwards: bool = False


class FaultProxy(LoopbackServer):
    """Stands before a server while it is entered.

    Args:
        upstream: the server's address.
        choose: gets a connection's first line, and returns what befalls it.
        stalled: called while a connection is silent, every 2 seconds.
        renames: whether requests name the server's address in place of the proxy's, for a server that
            answers to its own only.
    """

    def __init__(
        self,
        upstream: str,
        choose: Callable[[str], Fault | None],
        stalled: Callable[[], None] = lambda: None,
        *,
        renames: bool = False,
    ) -> None:
        super().__init__()
        parts = urlsplit(upstream)
        assert parts.hostname
        assert parts.port
        self._upstream = parts.hostname, parts.port
        self._choose, self._stalled, self._renames = choose, stalled, renames

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Choose what befalls a connection, and carry it so."""
        first = await reader.readline()
        if first:
            fault = self._choose(first.decode("latin-1").strip()) or Fault()
            await self._join(first, reader, writer, fault)

    async def _join(
        self, first: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, fault: Fault
    ) -> None:
        there, back = await asyncio.open_connection(*self._upstream)
        plain = Fault()
        up = asyncio.create_task(
            self._carry(reader, back, fault if fault.upwards else plain, first, self._renamed)
        )
        down = asyncio.create_task(self._carry(there, writer, plain if fault.upwards else fault))
        try:
            done, _ = await asyncio.wait({up, down}, return_when=asyncio.FIRST_COMPLETED)
            # A client that has said all may still listen; one that gave up a silence does not.
            if fault.how != "stall" and up in done and up.exception() is None and not up.result():
                await asyncio.wait({down})
        finally:
            for task in (up, down):
                task.cancel()
            await asyncio.gather(up, down, return_exceptions=True)
            back.close()
        cut = any(not task.cancelled() and task.exception() is None and task.result() for task in (up, down))
        if cut and fault.how == "rst":
            reset(writer)
            reset(back)

    def _renamed(self, chunk: bytes) -> bytes:
        if not self._renames:
            return chunk
        host, port = self._upstream
        return chunk.replace(urlsplit(self.url).netloc.encode(), f"{host}:{port}".encode())

    async def _carry(
        self,
        source: asyncio.StreamReader,
        target: asyncio.StreamWriter,
        fault: Fault,
        held: bytes = b"",
        change: Callable[[bytes], bytes] = bytes,
    ) -> bool:
        """Pass bytes on until the source ends (False) or the cut comes (True)."""
        passed, started = 0, False
        while chunk := held or await source.read(fault.slices):
            held, chunk = b"", change(chunk)
            if not started and fault.latency:
                await asyncio.sleep(fault.latency)
            started = True
            if fault.cut_at is not None:
                chunk = chunk[: fault.cut_at - passed]
            for at in range(0, len(chunk), fault.slices):
                piece = chunk[at : at + fault.slices]
                target.write(piece)
                await target.drain()
                if fault.rate:
                    await asyncio.sleep(len(piece) / fault.rate)
            passed += len(chunk)
            if fault.cut_at is not None and passed >= fault.cut_at:
                while fault.how == "stall":
                    # What came before must have been read; who read it late is told of the silence again.
                    await asyncio.sleep(0.05)
                    self._stalled()
                    await asyncio.sleep(2)
                return True
        return False
