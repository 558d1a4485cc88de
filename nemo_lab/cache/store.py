"""The folder itself: whole files under their names, the longest unused ones removed when it grows too large.

Any number of processes may use it at once. What appears in it appears whole (written beside, then renamed),
what is in it never changes, and whoever finds an entry gone does the work anew. When an entry was last used
is kept as its access time, set by us: the change time of a file that is linked here belongs to its owner.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import secrets
import shutil
import time
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

from nemo_lab.cache.hashes import Hashes

KINDS = ("hashes", "analysis", "words", "previews", "files", "renders", "runs")
_LOOK_EVERY = 60.0
"""Seconds between two looks at how large the folder is; shared by all processes."""
_ROOM = 0.9
"""Part of the limit that stays when entries are removed, so that it is not done for each new one."""
_IN_USE_NS = 60_000_000_000
"""What was used this recently stays, however small the limit: somebody may be about to read it."""
_CHUNK = 1 << 20
_FORGOTTEN = 3600.0
"""Seconds after which a half-written file has no owner any more."""


class Cache:
    """The cache folder.

    Args:
        folder: where; made when something is kept.
        limit: most bytes; 0 keeps nothing. Looked at once a minute, so it may be passed for so long.
    """

    def __init__(self, folder: Path, limit: int) -> None:
        self._folder, self._limit = folder, limit

    @cached_property
    def hashes(self) -> Hashes:
        """Hashes of files outside."""
        return Hashes(self)

    def place(self, kind: str, name: str) -> Path:
        """Return where an entry lies, there or not, for one who writes it (whole) by himself.

        Raises:
            OSError: the folder cannot be made.
        """
        folder = self._folder / kind
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return folder / name

    def has_any(self, kind: str) -> bool:
        """Tell whether anything of this kind is kept."""
        return any((self._folder / kind).glob("*"))

    def find(self, kind: str, name: str) -> Path | None:
        """Return an entry's file, which counts as used now; ``None`` when there is none."""
        path = self._folder / kind / name
        try:
            facts = path.stat()
            os.utime(path, ns=(time.time_ns(), facts.st_mtime_ns))
        except OSError:
            return path if path.is_file() else None  # not ours to touch, but there
        return path if facts.st_size else None

    def read(self, kind: str, name: str) -> bytes | None:
        """Return an entry's content; ``None`` when there is none."""
        path = self.find(kind, name)
        with contextlib.suppress(OSError):
            return path.read_bytes() if path is not None else None
        return None

    def write(self, kind: str, name: str, content: bytes) -> None:
        """Keep some bytes; a full or read-only disk only means that they are not kept."""
        if self._limit:
            with contextlib.suppress(OSError), _beside(self.place(kind, name)) as scratch:
                scratch.write_bytes(content)

    def keep(self, kind: str, name: str, file: Path) -> None:
        """Keep a file: by a hard link where that is possible, which costs no space, else as a copy.

        A file that would take more than half of the limit is not kept.
        """
        with contextlib.suppress(OSError):
            if file.stat().st_size > self._limit // 2 or self.find(kind, name) is not None:
                return
            with _beside(self.place(kind, name)) as scratch:
                _link_or_copy(file, scratch)
            self.find(kind, name)
        self.tidy()

    def restore(self, name: str, target: Path) -> bool:
        """Put a copy of a finished file (of kind ``files``, called ``<sha256>.<ending>``) at ``target``.

        A copy, since a link would let a change of one finished file change another. An entry whose content is
        not what its name says, because its first owner wrote into it, is removed.

        Returns:
            whether it could be done; otherwise ``target`` is as it was.
        """
        kept = self.find("files", name)
        if kept is None:
            return False
        try:
            with _beside(target) as scratch:
                if _copied(kept, scratch) != name.partition(".")[0]:
                    kept.unlink(missing_ok=True)
                    raise OSError(f"{kept} was changed")
        except OSError:
            return False
        return True

    def tidy(self, *, now: bool = False) -> None:
        """Remove what was not used for longest, if the folder is too large.

        Args:
            now: look even if somebody looked just before.
        """
        with contextlib.suppress(OSError):
            if now or self._due():
                self._shrink()

    def size(self) -> int:
        """Return the bytes of all entries."""
        return sum(facts.st_size for _, facts in self._entries())

    def _due(self) -> bool:
        stamp = self._folder / ".tidied"
        try:
            age = time.time() - stamp.stat().st_mtime
        except FileNotFoundError:
            age = _LOOK_EVERY
        if 0 <= age < _LOOK_EVERY:
            return False
        stamp.touch()
        return True

    def _shrink(self) -> None:
        entries = sorted(self._entries(), key=lambda entry: entry[1].st_atime_ns)
        rest = sum(facts.st_size for _, facts in entries)
        if rest <= self._limit:
            return
        for path, facts in entries:
            if rest <= self._limit * _ROOM or time.time_ns() - facts.st_atime_ns < _IN_USE_NS:
                return
            with contextlib.suppress(OSError):
                path.unlink()
            rest -= facts.st_size

    def _entries(self) -> Iterator[tuple[Path, os.stat_result]]:
        for kind in KINDS:
            for path in (self._folder / kind).glob("*"):
                with contextlib.suppress(OSError):  # another process removed it just now
                    facts = path.stat()
                    if not path.name.startswith("."):
                        yield path, facts
                    elif time.time() - facts.st_mtime > _FORGOTTEN:
                        path.unlink()


def key_of(*parts: Any) -> str:
    """Return the name of what depends on these parts alone: SHA-256 of their canonical JSON."""
    text = json.dumps(parts, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


@contextlib.contextmanager
def _beside(target: Path) -> Iterator[Path]:
    """Name a file beside the target that takes its place when all went well, and is gone otherwise."""
    scratch = target.with_name(f".{secrets.token_hex(8)}.part")
    try:
        yield scratch
        scratch.replace(target)
    finally:
        scratch.unlink(missing_ok=True)


def _copied(source: Path, target: Path) -> str:
    """Copy a file, safely on the disk, and return the SHA-256 of what was copied."""
    digest = hashlib.sha256()
    with source.open("rb") as reading, target.open("wb") as writing:
        while chunk := reading.read(_CHUNK):
            digest.update(chunk)
            writing.write(chunk)
        writing.flush()
        os.fsync(writing.fileno())
    return digest.hexdigest()


def _link_or_copy(file: Path, target: Path) -> None:
    try:
        target.hardlink_to(file)
    except OSError:  # another disk, or a file system without links
        shutil.copyfile(file, target)
