"""Uploads: checked before the first byte, streamed in constant memory, never blindly sent again."""

from __future__ import annotations

import contextlib
import io
import os
import stat
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

from nemo_lab.client.http import FilePart
from nemo_lab.client.transport import Transport
from nemo_lab.errors import (
    BackendUnavailable,
    Disconnected,
    FileChanged,
    FileTooLarge,
    MediaNotFound,
    NemoError,
    UnreadableMedia,
    UnsupportedFormat,
    UsageError,
)
from nemo_lab.protocol.envelope import FORMATS_TEXT
from nemo_lab.protocol.messages import (
    TIMELINE_UPLOADS,
    UPLOAD_FORMATS,
    ProjectState,
    UploadItem,
    UploadPaths,
    UploadReply,
    UploadUrls,
    upload_path,
)

Source = str | os.PathLike[str]
UPLOADS_HERE = (*UPLOAD_FORMATS, *TIMELINE_UPLOADS)
"""What a backend takes that reads files of this machine where they lie."""
OnFraction = Callable[[float], None]
ReadState = Callable[[], Awaitable[ProjectState]]


def is_url(source: Source) -> bool:
    """Return whether a source is an address on the net rather than a file."""
    return isinstance(source, str) and "://" in source


def check_sources(sources: Sequence[Source], limit: int | None, *, by_reference: bool = False) -> None:
    """Refuse what cannot be uploaded before anything is sent.

    Args:
        sources: files and addresses.
        limit: most bytes of a file; ``None`` is no limit.
        by_reference: whether the backend reads files of this machine where they lie, and so timelines too.

    Raises:
        UsageError: nothing to upload, or an address that is not http(s).
        MediaError: a file is missing, empty, too large, or of another type.
    """
    if not sources:
        raise UsageError("nothing to upload", remedy="Name a file or an address.")
    for source in sources:
        if is_url(source):
            _check_url(str(source))
        else:
            _check_file(Path(source), limit, UPLOADS_HERE if by_reference else tuple(UPLOAD_FORMATS))


def _check_url(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme.lower() not in {"http", "https"} or not parts.hostname:
        raise UsageError(f"{url.partition('?')[0]} is no http(s) address")


def _check_file(path: Path, limit: int | None, formats: tuple[str, ...]) -> None:
    try:
        facts = path.stat()
    except (OSError, ValueError):
        raise MediaNotFound(f"{path} does not exist", path=path) from None
    if not stat.S_ISREG(facts.st_mode):
        raise MediaNotFound(f"{path} is not a file", path=path)
    ending = path.suffix[1:].lower()
    if ending not in formats:
        here = ending in TIMELINE_UPLOADS
        remedy = "Add it with --backend local." if here else f"Supported: {FORMATS_TEXT}."
        raise UnsupportedFormat(f"{path.name} is not of a supported type", path=path, remedy=remedy)
    if facts.st_size == 0:
        raise UnreadableMedia(f"{path.name} is empty", path=path)
    if limit is not None and facts.st_size > limit:
        raise FileTooLarge(
            f"{path.name} has {facts.st_size / 2**20:.0f} MB, more than {limit / 2**20:.0f} MB",
            path=path,
            remedy="Compress or trim it first.",
        )


class Uploader:
    """Uploads into one session.

    Args:
        transport: to the backend.
        session_id: where to.
        read_state: reads the session's state.
        by_reference: whether the backend takes files of this machine where they lie.
    """

    def __init__(
        self, transport: Transport, session_id: str, read_state: ReadState, *, by_reference: bool
    ) -> None:
        self._transport, self._path = transport, upload_path(session_id)
        self._read_state, self._by_reference = read_state, by_reference

    async def upload(self, sources: Sequence[Source], on_fraction: OnFraction) -> list[UploadItem]:
        """Upload in the order given; the sources have been checked.

        Raises:
            FileChanged: a file was written to meanwhile.
            TransportError, ApiError: it failed; what did arrive before is in the session.
        """
        sizes = [1 if is_url(source) else Path(source).stat().st_size for source in sources]
        done, items = 0, []
        for source, size in zip(sources, sizes, strict=True):
            start = done

            def report(sent: int, start: int = start) -> None:
                on_fraction(min((start + sent) / sum(sizes), 1.0))

            items += await self._reconciled(source, report)
            done += size
            on_fraction(done / sum(sizes))
        return items

    async def _reconciled(self, source: Source, report: Callable[[int], None]) -> list[UploadItem]:
        """Upload one; when its outcome is not known, look whether it arrived. It is not sent again."""
        before = await self._look()
        try:
            return await self._send(source, report)
        except (Disconnected, BackendUnavailable) as exc:
            arrived = _new_items(before, await self._look(), _name_of(source))
            if arrived:
                return arrived
            exc.remedy = "It did not arrive; upload it again."
            raise

    async def _send(self, source: Source, report: Callable[[int], None]) -> list[UploadItem]:
        if is_url(source):
            data = await self._transport.post(self._path, UploadUrls(urls=(str(source),)).model_dump())
        elif self._by_reference:
            paths = (str(Path(source).resolve()),)
            data = await self._transport.post(self._path, UploadPaths(paths=paths).model_dump())
        else:
            path = Path(source)
            data = await self._transport.post_file(self._path, lambda: _opened(path, report))
        return list(UploadReply.read(data or {}).files) or [UploadItem(filename=_name_of(source))]

    async def _look(self) -> ProjectState | None:
        try:
            return await self._read_state()
        except NemoError:
            return None


class _Counted(io.RawIOBase):
    """A file that gives out exactly the bytes that it had at the start, and counts them."""

    def __init__(self, file: IO[bytes], path: Path, size: int, report: Callable[[int], None]) -> None:
        super().__init__()
        self._file, self._path, self._size, self._report = file, path, size, report

    def read(self, size: int = -1) -> bytes:
        left = self._size - self._file.tell()
        piece = self._file.read(left if size < 0 else min(size, left))
        if left and size and not piece:
            raise _changed(self._path)
        self._report(self._file.tell())
        return piece

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        return self._file.seek(self._size + offset if whence == os.SEEK_END else offset)

    def tell(self) -> int:
        return self._file.tell()


@contextlib.contextmanager
def _opened(path: Path, report: Callable[[int], None]) -> Iterator[FilePart]:
    """Open a file for one attempt to send it.

    Raises:
        FileChanged: it is not what it was when it was opened.
    """
    try:
        file = path.open("rb")
    except OSError as exc:
        raise UnreadableMedia(f"{path.name} cannot be read: {exc.strerror}", path=path) from None
    with file:
        before = os.fstat(file.fileno())
        media_type = UPLOAD_FORMATS[path.suffix[1:].lower()]
        try:
            yield FilePart(path.name, media_type, _Counted(file, path, before.st_size, report))  # type: ignore[arg-type]
        except Disconnected:
            _check_unchanged(path, before, os.fstat(file.fileno()))
            raise
        _check_unchanged(path, before, os.fstat(file.fileno()))


def _check_unchanged(path: Path, before: os.stat_result, after: os.stat_result) -> None:
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise _changed(path)


def _changed(path: Path) -> FileChanged:
    return FileChanged(
        f"{path.name} was written to while it was sent", path=path, remedy="Wait until it is complete."
    )


def _name_of(source: Source) -> str:
    if is_url(source):
        return urlsplit(str(source)).path.rpartition("/")[2]
    return Path(source).name


def _new_items(before: ProjectState | None, after: ProjectState | None, name: str) -> list[UploadItem]:
    """Return what came into the state, if it is the one file that was sent."""
    if before is None or after is None:
        return []
    old = Counter(str(item.get("filename")) for item in before.video_infos)
    new = [item for item in after.video_infos if str(item.get("filename")) == name]
    return [UploadItem.read(new[-1])] if len(new) > old[name] else []
