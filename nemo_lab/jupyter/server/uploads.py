"""Files on their way from a browser: where they lie, how far they are, what is refused.

An upload is a folder named by the browser's id, holding ``NAME.part`` until the last byte is there, then
``NAME``. Its size on disk is how much was received, so that an upload goes on after any interruption.
"""

from __future__ import annotations

import os
import re
import shutil
import time
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import BinaryIO

from nemo_lab.protocol.messages import UPLOAD_FORMATS

ID = re.compile(r"[A-Za-z0-9_-]{8,64}")
_PART = ".part"
_LONGEST_NAME = 200
"""Bytes of UTF-8: file systems take 255, and ``.part`` needs room."""
_MARGIN = 64 << 20
"""Bytes that stay free on the disk, for the kernel and the notebooks."""
_CONTROL = re.compile(r"[\x00-\x1f\x7f/\\]")


class Refused(Exception):
    """An upload that is not taken.

    Args:
        status: the HTTP status to answer with.
        message: one line for a person.
        received: how much of it is there, where that matters.
    """

    def __init__(self, status: HTTPStatus, message: str, *, received: int | None = None) -> None:
        super().__init__(message)
        self.status, self.message, self.received = status, message, received


@dataclass(frozen=True)
class State:
    """How far an upload is: bytes received, and the file once it is whole."""

    received: int = 0
    path: Path | None = None


class Uploads:
    """All uploads of one Jupyter server.

    Args:
        folder: where they lie; made when the first one comes, for its owner alone.
        max_bytes: size of the largest file that is taken.
    """

    def __init__(self, folder: Path, max_bytes: int) -> None:
        self._folder, self._max_bytes = folder, max_bytes

    def state(self, upload_id: str) -> State:
        """Return how far an upload is; nothing is received of one that nobody began."""
        found = self._file(upload_id)
        if found is None:
            return State()
        size = found.stat().st_size
        return State(size) if found.name.endswith(_PART) else State(size, found)

    def begin(self, upload_id: str, name: str, offset: int, total: int) -> BinaryIO | None:
        """Return the file to write on from ``offset``; ``None`` when all of it is there already.

        Raises:
            Refused: name, type, size or offset will not do, or the disk is full.
        """
        self._check(name, offset, total)
        there = self._file(upload_id)
        linked = (self._folder / upload_id).is_symlink()
        if linked or (there is not None and there.name not in {name, name + _PART}):
            raise Refused(HTTPStatus.CONFLICT, "This id is taken by another file. Begin anew.")
        state = self.state(upload_id)
        if state.path is not None and state.received == total:
            return None
        if state.path is not None or offset > state.received:
            raise Refused(
                HTTPStatus.CONFLICT, f"{state.received} bytes are here. Go on there.", received=state.received
            )
        return self._open(upload_id, name, offset, total)

    def finish(self, upload_id: str, name: str) -> Path:
        """Give a file that is whole its name."""
        path = self._folder / upload_id / name
        (path.with_name(name + _PART)).replace(path)
        return path.resolve()

    def forget(self, upload_id: str) -> None:
        """Remove what was received of an unfinished upload; a finished one stays."""
        found = self._file(upload_id)
        if found is not None and found.name.endswith(_PART):
            found.unlink(missing_ok=True)
            found.parent.rmdir()

    def tidy(self, max_age: float) -> None:
        """Forget unfinished uploads that nobody went on with for ``max_age`` seconds."""
        for part in self._folder.glob(f"*/*{_PART}"):
            if ID.fullmatch(part.parent.name) and time.time() - part.lstat().st_mtime > max_age:
                self.forget(part.parent.name)

    def _file(self, upload_id: str) -> Path | None:
        """Return the one file of an upload; links are none of ours."""
        home = self._folder / upload_id
        if home.is_symlink() or not home.is_dir():
            return None
        return next((path for path in home.iterdir() if path.is_file() and not path.is_symlink()), None)

    def _check(self, name: str, offset: int, total: int) -> None:
        ending = Path(name).suffix.lower().removeprefix(".")
        if not name or name.startswith(".") or _CONTROL.search(name) or len(name.encode()) > _LONGEST_NAME:
            raise Refused(HTTPStatus.BAD_REQUEST, "This file name cannot be kept. Rename the file.")
        if ending not in UPLOAD_FORMATS:
            formats = " ".join(UPLOAD_FORMATS)
            raise Refused(
                HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
                f"{name} is of a type that cannot be edited. Types: {formats}.",
            )
        if total < 1:
            raise Refused(HTTPStatus.BAD_REQUEST, f"{name} is empty. Record it again.")
        if total > self._max_bytes:
            raise Refused(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
                f"{name} is larger than {self._max_bytes >> 20} MiB. Raise c.NemoServer.max_upload_bytes.",
            )
        if not 0 <= offset < total:
            raise Refused(HTTPStatus.BAD_REQUEST, f"{name} has no byte {offset}.")

    def _open(self, upload_id: str, name: str, offset: int, total: int) -> BinaryIO:
        home = self._folder / upload_id
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if shutil.disk_usage(self._folder).free < total - offset + _MARGIN:
                raise Refused(
                    HTTPStatus.INSUFFICIENT_STORAGE, f"No room for {name} on the server. Free some space."
                )
            home.mkdir(mode=0o700, exist_ok=True)
            flags = os.O_WRONLY | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
            # Unbuffered, so that the size on disk always is what was received.
            file = os.fdopen(os.open(home / (name + _PART), flags, 0o600), "wb", buffering=0)
            file.truncate(offset)
            file.seek(offset)
        except OSError as exc:
            raise Refused(
                HTTPStatus.INSUFFICIENT_STORAGE, f"{name} cannot be written on the server: {exc.strerror}."
            ) from None
        return file
