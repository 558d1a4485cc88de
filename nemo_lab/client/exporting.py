"""From a wish to a file: check, render, download, and say where the project can be seen."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from nemo_lab.client.downloads import check_target, download, linked
from nemo_lab.client.journal import PendingRender
from nemo_lab.client.rendering import Pace, Renderer, wish_of
from nemo_lab.client.reply import Video
from nemo_lab.client.sidecars import check_sidecar, kind_of, write_sidecar
from nemo_lab.client.transport import Transport
from nemo_lab.client.uploads import is_url
from nemo_lab.errors import Cancelled, NemoError, NotReady, RenderFailed, UnsupportedFormat
from nemo_lab.protocol.draft import Draft
from nemo_lab.protocol.messages import ProjectState, render_download_path
from nemo_lab.protocol.plan import ExportFormat
from nemo_lab.protocol.renders import RenderOutput, RenderStatus

FORMATS_HERE: tuple[str, ...] = get_args(ExportFormat)
"""What the local backend can write."""
_RENDER_SHARE = 0.9
"""Part of the progress that is the render; the rest is the download."""


@dataclass(frozen=True)
class Exporter:
    """Exports of one session; ``note`` keeps the id of a render where it survives this process."""

    transport: Transport
    session_id: str
    name: str
    files: tuple[str, ...]
    pace: Pace
    read_state: Callable[[], Awaitable[ProjectState]]
    link: Callable[[], Awaitable[str]] | None
    by_reference: bool
    """Whether the backend's files are this machine's."""
    formats: tuple[str, ...]
    """What the backend can write."""
    pending: PendingRender | None
    note: Callable[[PendingRender | None], None]

    async def export(
        self,
        path: Path | None,
        given: dict[str, Any],
        *,
        overwrite: bool,
        render_id: str | None,
        on_fraction: Callable[[float], None],
        subtitles: str | None = None,
        draft: Draft | None = None,
    ) -> Video:
        """Render the timeline (the session's, unless another is given) and put the file in its place.

        Errors as for ``Session.export``.
        """
        output = RenderOutput(**given | {"format": self._format_of(path, given.get("format"))})
        target = self._target(path, output.format, overwrite=overwrite)
        inputs = [Path(name) for name in self.files if not is_url(name)]
        check_target(target, inputs, overwrite=overwrite)
        draft = await self._ready(draft)
        aside = target.with_suffix(f".{kind_of(target, subtitles)}") if subtitles else None
        if aside is not None:
            check_sidecar(draft, aside, inputs, overwrite=overwrite)
        status = await self._rendered(
            draft, output, render_id, lambda part: on_fraction(part * _RENDER_SHARE)
        )
        size = await self._fetched(status, target, overwrite, on_fraction)
        self.note(None)
        on_fraction(1.0)
        seconds = status.output.duration
        return Video(
            target,
            output.format,
            size,
            status.id or "",
            duration_ms=None if seconds is None else round(seconds * 1000),
            report=status.report,
            link=await self._link(),
            subtitles=None if aside is None else write_sidecar(draft, aside, kind_of(aside)),
        )

    async def _ready(self, draft: Draft | None) -> Draft:
        """Return the timeline to render, the session's unless one is given."""
        found = draft or (await self.read_state()).draft
        if not found.ready:
            raise NotReady("there is nothing on the timeline to export", remedy="Upload a recording first.")
        return found

    async def _fetched(
        self, status: RenderStatus, target: Path, overwrite: bool, on_fraction: Callable[[float], None]
    ) -> int:
        """Put what was rendered in its place; return its size in bytes."""
        path = status.output.path
        if self.by_reference and path is not None:
            size = await asyncio.to_thread(linked, Path(path), target, overwrite=overwrite)
            if size is not None:
                return size
        own = render_download_path(status.id or "")
        return await download(
            self.transport,
            [status.url, own, own] if status.url else [own, own],
            target,
            size=status.output.size,
            overwrite=overwrite,
            on_fraction=lambda part: on_fraction(_RENDER_SHARE + part * (1 - _RENDER_SHARE)),
        )

    async def _rendered(
        self, draft: Draft, output: RenderOutput, render_id: str | None, on_fraction: Callable[[float], None]
    ) -> RenderStatus:
        """Render, or wait on a render of the very same timeline that was asked for before a crash."""
        wish = wish_of(draft, output)
        if render_id is None and self.pending is not None and self.pending.wish == wish:
            render_id = self.pending.id
        used = [render_id or ""]

        def remember(new: str) -> None:
            used[0] = new
            self.note(PendingRender(id=new, wish=wish))

        renderer = Renderer(self.transport, self.session_id, self.pace, remember)
        try:
            status = await renderer.render(draft, output, resume=render_id, on_fraction=on_fraction)
        except (RenderFailed, Cancelled, asyncio.CancelledError):
            self.note(None)
            raise
        return status if status.id else status.model_copy(update={"id": used[0]})

    def _target(self, path: Path | None, format: str, *, overwrite: bool) -> Path:
        if path is not None and not path.is_dir():
            return path
        folder = path or Path.cwd()
        first = next((Path(name).stem for name in self.files if not is_url(name)), self.name or "video")
        stem = "".join(char for char in first if char.isprintable() and char not in '/\\:*?"<>|')[:100]
        target = folder / f"{stem or 'video'}-edited.{format}"
        number = 2
        while target.exists() and not overwrite:
            target = folder / f"{stem or 'video'}-edited-{number}.{format}"
            number += 1
        return target

    async def _link(self) -> str | None:
        """Return the project's address; the video must never be lost over it."""
        if self.link is None:
            return None
        with contextlib.suppress(NemoError):
            return await self.link()
        return None

    def _format_of(self, path: Path | None, stated: str | None) -> str:
        """Return the format: as stated, else as the file's name says, else mp4."""
        named = path.suffix[1:] if path is not None and not path.is_dir() else ""
        format = (stated or named or "mp4").lower()
        if format in self.formats:
            return format
        remedy = f"Choose one of {', '.join(self.formats)}."
        if format in FORMATS_HERE:
            remedy = "NemoVideo's cloud writes no files of other editors: use --backend local."
        raise UnsupportedFormat(f"cannot export as {format}", path=path, remedy=remedy)
