"""Files of a project: received, named by us, looked into by a worker.

What is sent is stored under the project's own folder, under a name of ours; the sender's name is only shown.
"""

from __future__ import annotations

import unicodedata
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nemo_lab.errors import FileTooLarge, MediaNotFound, NemoError, UnsupportedFormat
from nemo_lab.local.projects import Origin, StoredFile
from nemo_lab.local.workers import Workers
from nemo_lab.protocol.messages import UPLOAD_FORMATS


@dataclass(frozen=True)
class Received:
    """A file on our disk that nobody has looked into yet."""

    filename: str
    path: Path
    hash: str | None
    origin: Origin


def shown_name(name: str) -> str:
    """Return the last part of a file name as sent, without anything that could harm or confuse."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    kept = "".join(char for char in unicodedata.normalize("NFC", last) if char.isprintable())
    kept = kept.strip()
    if len(kept) > 200:
        stem, dot, extension = kept.rpartition(".")
        kept = f"{stem[:180]}{dot}{extension[:16]}" if dot else kept[:200]
    return kept if kept.strip(".") else "file"


def extension_of(filename: str) -> str:
    """Return the extension, lower case, without its dot.

    Raises:
        UnsupportedFormat: it is none of the 13 formats.
    """
    extension = Path(filename).suffix.lower().lstrip(".")
    if extension not in UPLOAD_FORMATS:
        raise UnsupportedFormat(
            f"{filename}: this kind of file cannot be edited",
            remedy=f"Use one of {', '.join(UPLOAD_FORMATS)}.",
        )
    return extension


def new_path(folder: Path, filename: str) -> Path:
    """Return where a file of this name is to be stored; makes the folder.

    Raises:
        UnsupportedFormat: its extension is none of the 13 formats.
    """
    extension = extension_of(filename)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder / f"{uuid.uuid4().hex}.{extension}"


def too_large(filename: str, limit: int) -> FileTooLarge:
    """Return the error for a file of more than ``limit`` bytes."""
    return FileTooLarge(
        f"{filename} is larger than {limit / 1024 / 1024:.0f} MB", remedy="Compress or trim it first."
    )


def by_reference(path: str) -> Received:
    """Return a file of this machine that stays where it is.

    Raises:
        MediaNotFound: it is not an absolute path of a regular file.
        UnsupportedFormat: its extension is none of the 13 formats.
    """
    given = Path(path)
    try:
        usable = given.is_absolute() and given.is_file()
    except (OSError, ValueError):
        usable = False
    if not usable:
        raise MediaNotFound(f"there is no file {shown_name(path)} at that path", path=path)
    extension_of(given.name)
    return Received(shown_name(given.name), given.resolve(), None, "path")


async def look_into(received: Received, workers: Workers) -> StoredFile:
    """Return the file with what is in it.

    Raises:
        UnsupportedFormat, UnreadableMedia: it is no media file that can be edited.
    """
    stat = received.path.stat()
    try:
        info = await workers.run({"job": "probe", "path": str(received.path)})
    except NemoError as exc:
        raise _renamed(exc, received) from None
    return StoredFile(
        id=f"asset_{uuid.uuid4().hex[:16]}",
        filename=received.filename,
        path=received.path,
        size=stat.st_size,
        mtime_ns=stat.st_mtime_ns,
        hash=received.hash,
        info=info,
        origin=received.origin,
    )


def _renamed(error: NemoError, received: Received) -> NemoError:
    """Say the sender's name in place of ours."""
    if received.origin != "path":
        for ours in (str(received.path), received.path.name):
            error.message = error.message.replace(ours, received.filename)
    return error


def described(file: StoredFile, base: str, *, paths: bool = False) -> dict[str, Any]:
    """Return a file as upload replies and ``video_infos`` show it; its duration is in seconds.

    Args:
        file: the file.
        base: this server's address, for the link to it.
        paths: whether to say where it lies, to a client that may name files by their paths.
    """
    info = file.info
    rate = info.get("rate", "0/1").split("/")
    shown = {
        "id": file.id,
        "filename": file.filename,
        "file_type": info["kind"],
        "cdn_url": f"{base}/api/assets/{file.id}",
        "duration": info["duration_ms"] / 1000,
        "size": file.size,
    }
    if info["kind"] != "audio":
        shown |= {"width": info["width"], "height": info["height"]}
    if info["kind"] == "video":
        shown["fps"] = round(int(rate[0]) / int(rate[-1] or 1), 3)
    if paths:
        shown["x_path"] = str(file.path)
    return shown if file.hash is None else {**shown, "hash": file.hash}
