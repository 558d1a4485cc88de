"""Files that come in pieces through the kernel's own messages, where the server cannot be reached.

Each piece is written where it belongs and acknowledged; a file that was broken off goes on where it ended.
"""

from __future__ import annotations

from pathlib import Path

from nemo_lab.client.vault import private_folder
from nemo_lab.errors import FileTooLarge, MediaError, UnsupportedFormat
from nemo_lab.jupyter.editor.messages import LONGEST_CHUNK, Chunk
from nemo_lab.jupyter.media import uploads_folder
from nemo_lab.protocol.messages import UPLOAD_FORMATS

_MOST_BYTES = 64 * 1024**3


class Intake:
    """Takes pieces of files.

    Args:
        data_dir: the user's data folder.
    """

    def __init__(self, data_dir: Path) -> None:
        self._folder = uploads_folder(data_dir)

    def received(self, id: str) -> int:
        """Return how many bytes of a file are there."""
        try:
            return self._part(id).stat().st_size
        except OSError:
            return 0

    def take(self, chunk: Chunk, data: bytes) -> Path | None:
        """Write a piece; return the file when it is whole.

        Raises:
            UnsupportedFormat: it is none of the formats that can be edited.
            FileTooLarge: it, or the piece, is too large.
            MediaError: the piece does not follow what is there, or cannot be written.
        """
        name = _plain(chunk.name)
        if Path(name).suffix.lower().lstrip(".") not in UPLOAD_FORMATS:
            formats = ", ".join(UPLOAD_FORMATS)
            raise UnsupportedFormat(f"{name}: this cannot be edited", remedy=f"Use one of {formats}.")
        if len(data) > LONGEST_CHUNK or chunk.total > _MOST_BYTES or chunk.offset + len(data) > chunk.total:
            raise FileTooLarge(f"{name} is larger than it was said to be", remedy="Add it again.")
        try:
            return self._write(chunk, name, data)
        except OSError as exc:
            raise MediaError(f"{name} cannot be kept: {exc.strerror}", remedy="Free some space.") from None

    def _write(self, chunk: Chunk, name: str, data: bytes) -> Path | None:
        part = self._part(chunk.id)
        private_folder(self._folder)
        private_folder(part.parent)
        if chunk.offset > self.received(chunk.id):
            raise MediaError(f"a piece of {name} was lost", remedy="Add it again: it goes on where it ended.")
        with part.open("r+b" if part.exists() else "wb") as file:
            file.seek(chunk.offset)
            file.write(data)
            size = file.seek(0, 2)
        if size < chunk.total:
            return None
        target = part.parent / name
        part.replace(target)
        return target

    def _part(self, id: str) -> Path:
        return self._folder / id / "kernel.part"


def _plain(name: str) -> str:
    """Return the last part of a name, without what could harm or confuse."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    kept = "".join(char for char in last if char.isprintable()).strip()
    return kept[-200:] if kept.strip(".") else "file"
