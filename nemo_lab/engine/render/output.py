"""Write a file whole or not at all."""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from av.error import FFmpegError

from nemo_lab.errors import DiskFull, NemoError, OutputNotWritable, RenderFailed

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_REFUSED = {
    errno.EACCES,
    errno.EPERM,
    errno.EROFS,
    errno.ENOENT,
    errno.ENOTDIR,
    errno.EISDIR,
    errno.ENAMETOOLONG,
    errno.ELOOP,
}


@contextmanager
def whole_file(target: Path) -> Iterator[Path]:
    """Give a path beside ``target`` to write to; it takes the target's place when all went well.

    Whatever happens, nothing half-written stays behind, and an older target stays until then.

    Raises:
        OutputNotWritable: there is no such folder, or it may not be written to.
        DiskFull: no space is left.
    """
    with writing(target):
        part = target.with_name(f".{target.name[:100]}.{secrets.token_hex(4)}.part")
        if target.is_dir():
            raise OutputNotWritable(f"{target} is a folder", path=target, remedy="Name a file.")
        # Fails now if it cannot be written, and not after an hour of work.
        part.touch(exist_ok=False)
    try:
        yield part
        with writing(target):
            _sync(part)
            part.replace(target)
            _sync_folder(target.parent)
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


@contextmanager
def writing(target: Path) -> Iterator[None]:
    """Turn faults of writing into our errors.

    Raises:
        OutputNotWritable: there is no such folder, or it may not be written to.
        DiskFull: no space is left.
        RenderFailed: anything else that a library or the system refused.
    """
    try:
        yield
    except NemoError:
        raise
    except (OSError, FFmpegError) as exc:
        raise _named(exc, target) from exc


def _named(fault: OSError | FFmpegError, target: Path) -> NemoError:
    if fault.errno in _FULL:
        remedy = "Free some space, or write elsewhere."
        return DiskFull(f"no space left for {target.name}", path=target, remedy=remedy)
    if fault.errno in _REFUSED:
        why = os.strerror(fault.errno)
        remedy = "Choose a folder that exists and that you may write to."
        return OutputNotWritable(f"{target} cannot be written: {why}", path=target, remedy=remedy)
    return RenderFailed(f"{target.name} could not be rendered: {fault.strerror or fault}")


def _sync(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    """Make the new name last through a power cut, where folders can be opened at all."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
