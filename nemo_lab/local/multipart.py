"""Files sent as ``multipart/form-data``, written straight to their place in constant memory.

Starlette's own form reader would first spool them to the system's temporary folder, which may be memory.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
from pathlib import Path
from typing import BinaryIO

from fastapi import Request
from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import MultipartParser, parse_options_header

from nemo_lab.errors import NemoError, UsageError
from nemo_lab.local.assets import Received, new_path, shown_name, too_large
from nemo_lab.local.quota import Spend, free

_FIELDS = {"files", "file"}
"""``files`` is the documented one; the vendor's newer clients send ``file``."""
_MAX_FILES = 1000
# Unescaping as browsers and HTTP libraries escape (HTML standard, multipart/form-data).
_ESCAPED = {"%22": '"', "%0D": "\r", "%0A": "\n"}


async def receive(request: Request, folder: Path, limit: int, spend: Spend = free) -> list[Received]:
    """Write the files of a request into ``folder``; all of them, or none.

    A file that is refused is read to its end all the same, since a client that is still sending would
    otherwise see a broken connection and not our reason.

    Raises:
        UsageError: the body is not a form with files.
        UnsupportedFormat: a file is of none of the 13 formats.
        FileTooLarge: a file has more than ``limit`` bytes.
        DiskFull: ``spend``, which is told of all bytes, has no room for them.
    """
    _, options = parse_options_header(request.headers.get("content-type"))
    form = _Form(folder, limit, spend)
    try:
        parser = form.parser(options.get(b"boundary", b""))
        async for chunk in request.stream():
            await asyncio.to_thread(parser.write, chunk)
        parser.finalize()
        return form.finished()
    except (MultipartParseError, ValueError) as exc:
        form.discard()
        if isinstance(exc, NemoError):
            raise
        raise UsageError("the form cannot be read: it is cut off or malformed") from exc
    except BaseException:
        form.discard()
        raise


class _Form:
    """Collects what the parser finds."""

    def __init__(self, folder: Path, limit: int, spend: Spend) -> None:
        self._folder = folder
        self._limit = limit
        self._spend = spend
        self._files: list[Received] = []
        self._refused: NemoError | OSError | None = None
        self._ended = False
        self._begin_part()

    def parser(self, boundary: bytes) -> MultipartParser:
        """Return a parser that reports to this form."""
        if not boundary:
            raise UsageError("the form names no boundary")
        callbacks = {
            "on_part_begin": self._begin_part,
            "on_header_field": self._header_name,
            "on_header_value": self._header_value,
            "on_header_end": self._header_end,
            "on_headers_finished": self._begin_file,
            "on_part_data": self._data,
            "on_part_end": self._end_file,
            "on_end": self._end,
        }
        return MultipartParser(boundary, callbacks)  # type: ignore[arg-type]

    def finished(self) -> list[Received]:
        """Return the files, or raise why there are none."""
        if self._refused is not None:
            raise self._refused
        if not self._ended:
            raise UsageError("the form is cut off")
        if not self._files:
            raise UsageError("no files were sent", remedy="Send them in the field 'files'.")
        return self._files

    def discard(self) -> None:
        """Remove what was written."""
        self._close()
        for file in self._files:
            file.path.unlink(missing_ok=True)
        if self._path is not None:
            self._path.unlink(missing_ok=True)

    def _begin_part(self) -> None:
        self._headers: dict[str, bytes] = {}
        self._name = self._value = b""
        self._filename = ""
        self._path: Path | None = None
        self._sink: BinaryIO | None = None
        self._size = 0

    def _header_name(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _header_end(self) -> None:
        self._headers[self._name.decode("latin-1").lower()] = self._value
        self._name = self._value = b""

    def _begin_file(self) -> None:
        disposition = self._headers.get("content-disposition", b"").decode("latin-1")
        _, options = parse_options_header(disposition)
        if options.get(b"name", b"").decode("latin-1") not in _FIELDS or b"filename" not in options:
            return
        name = options[b"filename"].decode("utf-8", "replace")
        for escaped, char in _ESCAPED.items():
            name = name.replace(escaped, char)
        self._filename = shown_name(name)
        try:
            if len(self._files) >= _MAX_FILES:
                raise UsageError(f"more than {_MAX_FILES} files at once")
            self._path = new_path(self._folder, self._filename)
        except NemoError as exc:
            self._refused = self._refused or exc
            return
        self._sink = self._path.open("xb")
        self._hash = hashlib.sha256()

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._sink is None:
            return
        self._size += end - start
        if self._size > self._limit:
            self._refused = self._refused or too_large(self._filename, self._limit)
            self._drop()
            return
        piece = memoryview(data)[start:end]
        self._hash.update(piece)
        try:
            self._spend(len(piece))
            self._sink.write(piece)
        except (NemoError, OSError) as exc:
            self._refused = self._refused or exc
            self._drop()

    def _drop(self) -> None:
        self._close()
        if self._path is not None:
            self._path.unlink(missing_ok=True)
        self._path = None

    def _end_file(self) -> None:
        if self._sink is None or self._path is None:
            return
        self._sink.flush()
        os.fsync(self._sink.fileno())
        self._close()
        self._files.append(Received(self._filename, self._path, self._hash.hexdigest(), "upload"))
        self._path = None

    def _end(self) -> None:
        self._ended = True

    def _close(self) -> None:
        if self._sink is not None:
            self._sink.close()
        self._sink = None
