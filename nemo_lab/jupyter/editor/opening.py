"""Finding the project that an editor shows: the same one again when its cell runs again."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from nemo_lab.client import AsyncClient, AsyncSession, aconnect
from nemo_lab.client.uploads import is_url
from nemo_lab.config import Settings
from nemo_lab.errors import MediaNotFound, SessionNotFound
from nemo_lab.jupyter.media import file_key, notebook_path

_clients: dict[tuple[int, Settings], asyncio.Task[AsyncClient]] = {}


@dataclass(frozen=True)
class Wish:
    """What an editor was asked to show."""

    sources: tuple[str, ...]
    """Files or addresses to begin with."""
    project: str | None
    session: AsyncSession | str | None
    settings: Settings
    fresh: bool
    """Begin anew even where there is a project already."""

    def check(self) -> None:
        """Refuse, at once and in the cell itself, files that are not there.

        Raises:
            MediaNotFound: one is missing.
        """
        check_files(self.sources)

    @property
    def name(self) -> str:
        """What the project is called: as stated, else after file and notebook, the same at each run."""
        if self.project:
            return self.project
        notebook = notebook_path() or str(Path.cwd())
        shown = [Path(source).name for source in self.sources[:1]] or ["project"]
        key = file_key(Path(notebook, *(os.path.abspath(source) for source in self.sources)))  # noqa: PTH100
        return f"{shown[0]} · {Path(notebook).name} · {key[:6]}"


def check_files(sources: Sequence[str]) -> None:
    """Refuse files that are not there.

    Raises:
        MediaNotFound: one is missing.
    """
    for source in sources:
        if not is_url(source) and not Path(source).is_file():
            raise MediaNotFound(
                f"there is no file {source}", path=source, remedy="Check the name and the folder."
            )


async def client_of(settings: Settings) -> AsyncClient:
    """Return a connection that all editors of this process share; it lives as long as the process.

    Raises:
        NemoError: the backend cannot be reached or started.
    """
    key = os.getpid(), settings
    task = _clients.get(key)
    if task is None or (task.done() and (task.cancelled() or task.exception() is not None)):
        task = _clients[key] = asyncio.ensure_future(_connect(settings))
    return await asyncio.shield(task)


async def _connect(settings: Settings) -> AsyncClient:
    return await aconnect(settings=settings)


async def session_of(client: AsyncClient, wish: Wish) -> AsyncSession:
    """Return the session to show: the stated one, the one that this cell had before, or a new one.

    Raises:
        NemoError: it cannot be made.
    """
    if isinstance(wish.session, AsyncSession):
        return wish.session
    if isinstance(wish.session, str):
        return client.session(wish.session)
    if not wish.fresh:
        known = await client.create_session(wish.name, resume=True)
        if await _usable(known, wish):
            return known
    return await client.create_session(wish.name)


async def _usable(session: AsyncSession, wish: Wish) -> bool:
    """Tell whether a session is still there and its files still are what they were."""
    try:
        infos = (await session.state()).state.video_infos
    except SessionNotFound:
        return False
    for info in infos:
        path, size = info.get("x_path"), info.get("size")
        if path is None:
            continue
        try:
            if Path(path).stat().st_size != size:
                return False
        except OSError:
            return False
    return True
