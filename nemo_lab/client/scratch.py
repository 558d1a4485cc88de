"""A file beside a target that is written first; what a killed process left of it is cleared away later."""

from __future__ import annotations

import contextlib
import glob
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

from nemo_lab.client.vault import try_lock


@contextlib.contextmanager
def scratch_beside(target: Path) -> Iterator[Path]:
    """Make a file beside ``target`` that is gone afterwards, whatever happens.

    Its maker holds a lock on it, which the system takes away when the process dies. So the next one that
    writes the same target knows which parts nobody will finish.

    Raises:
        OSError: it cannot be made.
    """
    stem = f".{target.name[:80]}."
    _clear_away(target.parent, stem)
    scratch = target.with_name(f"{stem}{secrets.token_hex(4)}.part")
    held = os.open(scratch, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o666)
    try:
        _lock(held)
        yield scratch
    finally:
        os.close(held)
        with contextlib.suppress(OSError):
            scratch.unlink(missing_ok=True)


def _clear_away(folder: Path, stem: str) -> None:
    for path in folder.glob(f"{glob.escape(stem)}????????.part"):
        with contextlib.suppress(OSError):
            found = os.open(path, os.O_RDWR)
            try:
                dead = _lock(found)
            finally:
                os.close(found)
            if dead:
                path.unlink()


def _lock(descriptor: int) -> bool:
    """Lock a file. Windows needs none: there an open file cannot be removed, and a locked one not written."""
    return os.name == "nt" or try_lock(descriptor)
