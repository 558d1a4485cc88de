"""Open a media file safely.

What a player of playlists would follow (m3u8, mpd, ffconcat, sdp) is never opened: libavformat may
only use the demuxers of our formats, and a name never decides what is inside. Faults of the libraries
come out as our own errors.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import av
import av.error
from av.container import InputContainer
from av.stream import Discard, Stream

from nemo_lab.errors import MediaError, MediaNotFound, NemoError, UnreadableMedia, UnsupportedFormat

FORMATS = ("mp4", "mov", "avi", "webm", "mkv", "jpg", "png", "gif", "webp", "mp3", "wav", "m4a", "aac")
"""The 13 formats that can be edited (SKILL.md v1.9 §3.2); ``jpeg`` is another spelling of ``jpg``."""

MAX_PIXELS = 8192 * 8192
"""Largest picture that is decoded: a small file can unpack to gigabytes."""

_DEMUXERS = "mov,avi,matroska,mp3,wav,aac,gif,png_pipe,jpeg_pipe,webp_pipe"
_LIMITS = {"max_pixels": str(MAX_PIXELS)}
_BLIND = {"skip_frame": "all"}
_IMAGES = ((b"\x89PNG", "png_pipe"), (b"\xff\xd8\xff", "jpeg_pipe"))


@contextmanager
def open_media(path: Path | str, *, looks: bool = True) -> Iterator[InputContainer]:
    """Open a file for reading; its picture decoders refuse pictures of more than :data:`MAX_PIXELS`.

    Only opening is watched here; wrap what reads from the container in :func:`reading`.

    Args:
        path: the file.
        looks: whether a picture is decoded to find out its pixel format, which takes most of the time.
            Who only wants packets or sound, or decodes by himself, need not look.

    Raises:
        MediaNotFound: there is no such file, or it is not a file.
        UnsupportedFormat: its name ends in none of :data:`FORMATS`.
        UnreadableMedia: it is empty, broken, or holds something else than its name says.
    """
    path = Path(path)
    _check(path)
    with reading(path):
        container = _open(path, _LIMITS if looks else _LIMITS | _BLIND)
    with container:
        for stream in container.streams.video:
            if stream.codec_context is not None:
                stream.codec_context.options = dict(_LIMITS)
        yield container


def read_only(container: InputContainer, streams: Collection[Stream]) -> None:
    """Let the packets of all other streams be passed over unread; those of MP4 then cost nothing."""
    chosen = {stream.index for stream in streams}
    for stream in container.streams:
        if stream.index not in chosen:
            stream.discard = Discard.all


def hash_file(path: Path | str) -> str:
    """Return the SHA-256 of a file's bytes, in hexadecimal.

    Raises:
        MediaNotFound: there is no such file, or it cannot be read.
    """
    try:
        with Path(path).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as exc:
        raise MediaNotFound(f"{path} cannot be read: {exc.strerror}", path=path) from exc


def _check(path: Path) -> None:
    """Refuse what cannot be a media file before any library sees it."""
    try:
        if not path.exists():
            raise MediaNotFound(
                f"there is no file {path}", path=path, remedy="Check the name and the folder."
            )
        if not path.is_file():
            what = "a folder" if path.is_dir() else "not a regular file"
            raise MediaNotFound(f"{path} is {what}", path=path, remedy="Name one media file.")
        size = path.stat().st_size
    except (OSError, ValueError) as exc:
        raise MediaNotFound(f"{path} cannot be read: {exc}", path=path) from exc
    extension = path.suffix.lower().lstrip(".")
    if extension not in {*FORMATS, "jpeg"}:
        what = f"“.{extension}” files" if extension else "files without an extension"
        raise UnsupportedFormat(
            f"{path.name}: {what} cannot be edited", path=path, remedy=f"Use one of {', '.join(FORMATS)}."
        )
    if not size:
        raise UnreadableMedia(
            f"{path.name} is empty", path=path, remedy="Record or copy it again; the file has 0 bytes."
        )


def _open(path: Path, limits: dict[str, str]) -> InputContainer:
    options: dict[str, Any] = {
        "container_options": {"format_whitelist": _DEMUXERS},
        "options": dict(limits),
        "metadata_errors": "replace",
    }
    # An absolute name is never taken for a protocol; a name like "shot%03d.png" must not mean a series.
    container: InputContainer = av.open(str(path.absolute()), "r", format=_image_demuxer(path), **options)
    return container


def _image_demuxer(path: Path) -> str | None:
    """Return the demuxer of a still picture, told by its first bytes."""
    with path.open("rb") as file:
        head = file.read(12)
    if head[:4] == b"RIFF" and head[8:] == b"WEBP":
        return "webp_pipe"
    return next((demuxer for magic, demuxer in _IMAGES if head.startswith(magic)), None)


@contextmanager
def reading(path: Path | str) -> Iterator[None]:
    """Turn what libraries raise while a file is read into our errors.

    Raises:
        MediaNotFound: the file may not be read.
        UnreadableMedia: it is broken, or holds something else than its name says.
    """
    path = Path(path)
    try:
        yield
    except NemoError:
        raise
    except (av.error.PermissionError, PermissionError) as exc:
        raise MediaNotFound(f"{path} may not be read", path=path, remedy="Check its permissions.") from exc
    except av.error.FFmpegError as exc:
        raise _unreadable(path) from exc
    except (UnicodeError, ValueError, IndexError, MemoryError, OverflowError) as exc:
        # PyAV lets some faults of hostile files through as plain Python errors.
        raise _unreadable(path) from exc


def _unreadable(path: Path) -> MediaError:
    """Say why a file cannot be read, as far as its first bytes tell."""
    try:
        with path.open("rb") as file:
            head = file.read(4096)
    except OSError:
        head = b""
    if head[4:8] in {b"ftyp", b"mdat", b"wide", b"free"}:
        return UnreadableMedia(
            f"{path.name} is cut off or damaged: its index is missing",
            path=path,
            remedy="The recording was not finished; record to MKV, or repair it with an MP4 recovery tool.",
        )
    if _is_text(head):
        return UnreadableMedia(
            f"{path.name} is text, not media", path=path, remedy="Choose the recording itself."
        )
    return UnreadableMedia(
        f"{path.name} cannot be read as media: it is damaged or not what its name says",
        path=path,
        remedy="Try to play it; if no player opens it, record or copy it again.",
    )


def _is_text(head: bytes) -> bool:
    try:
        text = head.decode("utf-8")
    except UnicodeDecodeError as exc:
        text = head[: exc.start].decode("utf-8") if exc.start > len(head) - 4 else ""
    return bool(text) and all(char.isprintable() or char.isspace() for char in text)
