"""Keeps the picture that remains without a kernel up to date, in the notebook's own output."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

from IPython.core.interactiveshell import InteractiveShell
from IPython.display import display

from nemo_lab.client.pictures import Filmstrip
from nemo_lab.errors import NemoError
from nemo_lab.jupyter.editor.still import Sheet, still

_log = logging.getLogger(__name__)


class Stills:
    """The picture of one editor.

    Args:
        pictures: returns small pictures of a file, where there are any.
    """

    def __init__(self, pictures: Callable[[str], Awaitable[Filmstrip | None]]) -> None:
        self._pictures = pictures
        self._sheets: dict[str, Sheet | None] = {}
        self._view: dict[str, Any] = {}
        self._id = f"nemo-{uuid.uuid4().hex}"
        self._shown = False
        self._drawing: asyncio.Task[None] | None = None

    def appear(self) -> None:
        """Show the picture under the cell, as it is now."""
        self._shown = True
        display(self.bundle(), raw=True, display_id=self._id)  # type: ignore[no-untyped-call]

    def bundle(self) -> dict[str, str]:
        """Return the picture, and the line under it, by media type."""
        words = str(self._view.get("summary") or "nemo_lab.Editor")
        return {"image/svg+xml": still(self._view, self._sheet(), words), "text/plain": words}

    def show(self, view: dict[str, Any]) -> None:
        """Draw another timeline; on the client's loop."""
        self._view = view
        if self._drawing is None or self._drawing.done():
            self._drawing = asyncio.ensure_future(self._draw())

    async def _draw(self) -> None:
        """Draw until what is drawn is what is to be shown."""
        drawn: dict[str, Any] | None = None
        while drawn is not self._view:
            drawn = self._view
            asset = self._asset()
            if asset is not None and asset not in self._sheets:
                self._sheets[asset] = await self._look(asset)
            if self._shown and InteractiveShell.initialized():
                display(self.bundle(), raw=True, display_id=self._id, update=True)  # type: ignore[no-untyped-call]

    async def _look(self, asset: str) -> Sheet | None:
        try:
            strip = await self._pictures(asset)
        except NemoError as exc:
            _log.info("no pictures of a file: %s", exc)
            return None
        return None if strip is None or not strip.jpeg else Sheet(asset, strip)

    def _asset(self) -> str | None:
        """Return the file that the timeline shows first."""
        main = next((track for track in self._view.get("tracks", ()) if track["main"]), None)
        return main["segments"][0].get("asset") if main and main["segments"] else None

    def _sheet(self) -> Sheet | None:
        asset = self._asset()
        return self._sheets.get(asset) if asset is not None else None
