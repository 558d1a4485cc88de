"""Downloads: whole or not at all, from the first address that delivers."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import IO

from nemo_lab.client.http import Incoming
from nemo_lab.client.scratch import scratch_beside
from nemo_lab.client.transport import Transport
from nemo_lab.errors import (
    ApiError,
    Disconnected,
    DiskFull,
    NemoError,
    OutputError,
    OutputExists,
    OutputNotWritable,
    ProtocolError,
    TransportError,
)
from nemo_lab.protocol.envelope import unwrap
from nemo_lab.protocol.renders import RenderStatus

_NO_SPACE = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def check_target(target: Path, inputs: Sequence[Path], *, overwrite: bool) -> None:
    """Refuse a target that could not be written, before the work begins.

    Raises:
        OutputExists: it is there and may not be replaced.
        OutputNotWritable: no such folder, no permission, a folder itself, or one of the inputs.
    """
    folder = target.parent
    if target.is_dir():
        raise OutputNotWritable(f"{target} is a folder", path=target)
    if not folder.is_dir():
        raise OutputNotWritable(f"{folder} is no folder", path=target, remedy="Create it first.")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise OutputNotWritable(f"no permission to write into {folder}", path=target)
    if target.exists():
        if any(path.exists() and path.samefile(target) for path in inputs):
            raise OutputNotWritable(f"{target} is the recording itself", path=target)
        if not overwrite:
            raise exists(target)


def exists(target: Path) -> OutputExists:
    """Return the error for a target that is there already."""
    return OutputExists(f"{target} is there already", path=target, remedy="Choose another name or --force.")


def linked(file: Path, target: Path, *, overwrite: bool) -> int | None:
    """Give a finished file of this machine another name, which takes no time and no space.

    Args:
        file: the file, safe on its disk.
        target: its new name.
        overwrite: whether ``target`` may be replaced.

    Returns:
        its size in bytes; ``None`` where it cannot be done: from disk to disk, or without links.

    Raises:
        OutputError: the target cannot be written.
    """
    with _renamed(target), scratch_beside(target) as scratch:
        scratch.unlink()
        try:
            scratch.hardlink_to(file)
        except OSError:
            return None
        size = scratch.stat().st_size
        if target.exists() and not overwrite:
            raise exists(target)
        scratch.replace(target)
    return size


async def download(
    transport: Transport,
    addresses: Sequence[str],
    target: Path,
    *,
    size: int | None,
    overwrite: bool,
    on_fraction: Callable[[float], None],
) -> int:
    """Fetch a file and put it at ``target``; return its size in bytes.

    Args:
        transport: to the backend.
        addresses: where to fetch it, in this order until one delivers it whole.
        target: where it goes; written beside it first, so that no half file has its name.
        size: its size as the backend told it, for a reply that does not say its own.
        overwrite: whether ``target`` may be replaced.
        on_fraction: told how much is there, from 0 to 1.

    Raises:
        OutputError: it cannot be written.
        TransportError, ApiError, ProtocolError: no address delivered it.
    """
    with _renamed(target), scratch_beside(target) as scratch:
        for number, address in enumerate(addresses, 1):
            try:
                received = await _fetch(transport, address, scratch, size, on_fraction)
                break
            except (ApiError, TransportError, ProtocolError):
                if number == len(addresses):
                    raise
        if target.exists() and not overwrite:
            raise exists(target)
        scratch.replace(target)
    return received


async def _fetch(
    transport: Transport, address: str, scratch: Path, size: int | None, on_fraction: Callable[[float], None]
) -> int:
    async with transport.file(address) as incoming:
        if incoming.status == 200 and incoming.media_type != "application/json":
            return await _receive(incoming, scratch, size, on_fraction)
        answer = await incoming.answer()
    # The vendor's own client finds an address here in place of the file.
    status = RenderStatus.read_reply(unwrap(answer.status, answer.body))
    if status.url is None or status.url == address:
        raise ProtocolError(f"the finished file is not there (HTTP {answer.status})")
    async with transport.file(status.url) as incoming:
        if incoming.status != 200:
            raise ApiError("the finished file cannot be fetched", status=incoming.status)
        return await _receive(incoming, scratch, size, on_fraction)


async def _receive(
    incoming: Incoming, scratch: Path, size: int | None, on_fraction: Callable[[float], None]
) -> int:
    expected = size if incoming.length is None else incoming.length
    received = 0
    with scratch.open("wb") as file:
        async for chunk in incoming.chunks():
            file.write(chunk)
            received += len(chunk)
            if expected:
                on_fraction(min(received / expected, 1.0))
        await asyncio.to_thread(_sync, file)
    if received == 0 or (expected is not None and received != expected):
        raise Disconnected(f"the finished file came with {received} of {expected or 'unknown'} bytes")
    return received


def _sync(file: IO[bytes]) -> None:
    file.flush()
    os.fsync(file.fileno())


@contextlib.contextmanager
def _renamed(target: Path) -> Iterator[None]:
    """Turn the system's errors on writing into ours."""
    failure: OutputError
    try:
        yield
    except NemoError:
        raise
    except OSError as exc:
        if exc.errno in _NO_SPACE:
            failure = DiskFull(f"no space left in {target.parent}", path=target, remedy="Free some space.")
        else:
            failure = OutputNotWritable(f"{target} cannot be written: {exc.strerror}", path=target)
    else:
        return
    raise failure from None
