"""What a view is shown besides the timeline: addresses of media, previews, strips of pictures, folders."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from nemo_lab.client import AsyncClient, AsyncSession
from nemo_lab.client.uploads import is_url
from nemo_lab.config import Settings
from nemo_lab.errors import OutputExists
from nemo_lab.jupyter.editor import messages
from nemo_lab.jupyter.editor.board import Board
from nemo_lab.jupyter.editor.browse import listing
from nemo_lab.jupyter.editor.chunks import Intake
from nemo_lab.jupyter.media import Shelf

_PART = 1024 * 1024
"""Bytes of a preview in one message."""


class Projector:
    """Shows media to the views of one editor.

    Args:
        settings: where the data folder is.
        board: over which it speaks.
    """

    def __init__(self, settings: Settings, board: Board) -> None:
        self._board = board
        self._shelf = Shelf(settings.data_dir)
        self._intake = Intake(settings.data_dir)
        self._writing = asyncio.Lock()
        self._proxy: Path | None = None
        self.film: Path | None = None
        """The last export."""

    def tell_addresses(self, infos: Iterable[Mapping[str, Any]], sent: Iterable[str] = ()) -> None:
        """Tell the views where files, preview and export are. Never by a trait: a notebook keeps those.

        Args:
            infos: the project's files, as its state lists them.
            sent: what was uploaded from here; of those that went to the cloud, the originals are played.
        """
        own = {Path(name).name: name for name in sent if not is_url(name)}
        files = {_id(info): self._address_of(info, own) for info in infos}
        self._board.tell(
            "media",
            files={key: url for key, url in files.items() if key and url},
            film=self._shelf.address(self.film) if self.film else None,
            proxy=self._shelf.address(self._proxy) if self._proxy else None,
        )

    def _address_of(self, info: Mapping[str, Any], own: Mapping[str, str]) -> str | None:
        path = info.get("x_path") or own.get(str(info.get("filename")))
        return self._shelf.address(Path(path)) if isinstance(path, str) else None

    async def proxy(self, session: AsyncSession, *, as_bytes: bool) -> None:
        """Render a small preview of the timeline; tell where it is, or send its bytes.

        Raises:
            NemoError: it cannot be rendered.
        """

        def progress(fraction: float) -> None:
            self._board.show(live={"text": "", "stage": "rendering a preview", "fraction": fraction})

        video = await session.preview(on_progress=progress)
        self._proxy = Path(video.path)
        if as_bytes:
            await self._send(self._proxy)

    async def _send(self, path: Path) -> None:
        data = await asyncio.to_thread(path.read_bytes)
        kind = "audio/mpeg" if path.suffix == ".mp3" else "video/mp4"
        for start in range(0, len(data), _PART):
            part = data[start : start + _PART]
            self._board.tell("bytes", part, offset=start, total=len(data), media_type=kind)
            await asyncio.sleep(0)

    async def listing(self, path: str) -> None:
        """Tell what is in a folder."""
        self._board.tell("listing", **await asyncio.to_thread(listing, path))

    async def receive(self, chunk: messages.Chunk, data: bytes) -> Path | None:
        """Take a piece of a file, and acknowledge it; return the file when it is whole.

        Raises:
            MediaError: it cannot be taken.
        """
        async with self._writing:
            try:
                path = await asyncio.to_thread(self._intake.take, chunk, data)
            except BaseException:
                self._board.tell("refused", id=chunk.id)
                raise
            received = chunk.offset + len(data)
            self._board.tell("received", id=chunk.id, received=received, done=path is not None)
            return path

    def resume(self, id: str) -> None:
        """Tell how much of a file is there."""
        self._board.tell("received", id=id, received=self._intake.received(id), done=False)

    async def strip(self, client: AsyncClient, asset: str) -> None:
        """Send pictures and sound levels of a file, where the backend makes any."""
        found = await client.filmstrip(asset)
        if found is None:
            self._board.tell("strip", asset=asset, none=True)
            return
        facts = {"columns": found.columns, "width": found.width, "height": found.height,
                 "count": found.count, "every": found.every_ms, "step": found.peaks_ms}  # fmt: skip
        self._board.tell("strip", found.jpeg, found.peaks, asset=asset, **facts)

    @staticmethod
    def check_free(path: Path, *, replace: bool) -> None:
        """Refuse to write over a file.

        Raises:
            OutputExists: it is there, and was not to be replaced.
        """
        if path.exists() and not replace:
            raise OutputExists(f"{path} is there already", path=path, remedy="Choose another name.")


def _id(info: Mapping[str, Any]) -> str:
    """Return a file's id, as the view has it too."""
    return str(info.get("id") or info.get("filename") or "")
