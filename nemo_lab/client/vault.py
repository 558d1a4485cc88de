"""Private files: readable by their owner alone from the first byte, replaced whole, never through a link."""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import sys
from collections.abc import AsyncIterator
from pathlib import Path

_LOCK_PATIENCE = 120.0
"""Seconds to wait for another process; longer than the 30 s that it may have to wait for a token."""


def private_folder(folder: Path) -> None:
    """Create a folder that only its owner can enter; its parents as usual.

    Raises:
        OSError: it cannot be created.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700)


def read_private(path: Path) -> str | None:
    """Return a file's text, or ``None`` when it is not there, is a link or cannot be read."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        if path.is_symlink():
            return None
        with os.fdopen(os.open(path, flags), encoding="utf-8") as file:
            return file.read()
    except (OSError, UnicodeDecodeError):
        return None


def write_private(path: Path, text: str, *, sync: bool = True) -> None:
    """Put a file there, whole or not at all, over whatever had its name.

    Args:
        path: where.
        text: what.
        sync: wait until it survives a loss of power; without, only the death of this process.

    Raises:
        OSError: it cannot be written.
    """
    scratch = _scratch(path, text, sync=sync)
    try:
        scratch.replace(path)
    finally:
        scratch.unlink(missing_ok=True)


def write_once(path: Path, text: str) -> bool:
    """Put a file there unless there is one; return whether it was us. Safe against other processes.

    Raises:
        OSError: it cannot be written.
    """
    scratch = _scratch(path, text)
    try:
        os.link(scratch, path)
    except FileExistsError:
        return False
    finally:
        scratch.unlink(missing_ok=True)
    return True


@contextlib.asynccontextmanager
async def locked(path: Path) -> AsyncIterator[None]:
    """Hold a lock between processes; when that cannot be had, go on without, for it only saves work."""
    descriptor = _open_lock(path)
    try:
        if descriptor is not None:
            for _ in range(int(_LOCK_PATIENCE / 0.05)):
                if try_lock(descriptor):
                    break
                # Real time on purpose: another process does not live by our clock.
                await asyncio.sleep(0.05)
        yield
    finally:
        if descriptor is not None:
            os.close(descriptor)


def _scratch(path: Path, text: str, *, sync: bool = True) -> Path:
    scratch = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
    descriptor = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        if sync:
            file.flush()
            os.fsync(file.fileno())
    return scratch


def _open_lock(path: Path) -> int | None:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o600)
    except OSError:
        return None


def try_lock(descriptor: int) -> bool:
    """Lock an open file for this process, at once or not at all; return whether it is locked now."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
