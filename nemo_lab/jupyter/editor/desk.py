"""What an editor does: everything here runs on the client's loop, and the board shows what came of it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any

from nemo_lab.client import AsyncClient, AsyncSession, Reply, Video
from nemo_lab.client.pictures import Filmstrip
from nemo_lab.errors import Cancelled, NemoError
from nemo_lab.jupyter.editor import code, messages, wording
from nemo_lab.jupyter.editor.board import Board
from nemo_lab.jupyter.editor.live import Live
from nemo_lab.jupyter.editor.memory import Drawer, Memory
from nemo_lab.jupyter.editor.opening import Wish, check_files, client_of, session_of
from nemo_lab.jupyter.editor.projector import Projector
from nemo_lab.jupyter.editor.view import changed_ids, view_of
from nemo_lab.protocol.draft import Draft
from nemo_lab.protocol.exact import said

_log = logging.getLogger(__name__)
_FEW = 24
"""Pictures that stand in a saved notebook."""
_SETTINGS = ("format", "height", "quality", "preset", "max_bytes")


class Desk:
    """One project being edited.

    Args:
        wish: which one.
        board: shows what comes of it.
        on_view: told each new timeline.
    """

    def __init__(self, wish: Wish, board: Board, on_view: Callable[[Draft], None]) -> None:
        self._wish, self._board, self._on_view = wish, board, on_view
        self._drawer = Drawer(wish.settings.data_dir)
        self._projector = Projector(wish.settings, board)
        self._memory = Memory()
        self._client: AsyncClient | None = None
        self._session: AsyncSession | None = None
        self._opening: asyncio.Task[AsyncSession] | None = None
        self._draft = Draft()
        self._infos: tuple[dict[str, Any], ...] = ()
        self._busy: list[str] = []
        self._jobs: set[asyncio.Task[None]] = set()

    # Opening ----------------------------------------------------------------------------------------

    async def session(self) -> AsyncSession:
        """Return the session when it is open; an opening that failed is tried again.

        Raises:
            NemoError: it cannot be opened.
        """
        opening = self._opening
        if opening is None or (opening.done() and (opening.cancelled() or opening.exception() is not None)):
            opening = self._opening = asyncio.ensure_future(self._open())
        return await asyncio.shield(opening)

    async def client(self) -> AsyncClient:
        """Return the connection when the session is open."""
        await self.session()
        assert self._client is not None
        return self._client

    def begin(self) -> None:
        """Open the project; what goes wrong is shown."""
        self._start("opening", self._arrive())

    async def _arrive(self) -> None:
        await self.session()

    async def _open(self) -> AsyncSession:
        client = await client_of(self._wish.settings)
        session = await session_of(client, self._wish)
        if self._client is None:
            # What was said before the project was there comes after what was said long ago.
            early = self._memory.messages
            self._memory = self._drawer.load(session.id)
            for message in early:
                self._memory = self._memory.with_message(message)
        self._client = client
        self._board.show(messages=list(self._memory.messages))
        await self._show_status(session, client)
        # Before the files come, so that Stop reaches their upload.
        self._session = session
        await self._recover(session)
        state = (await session.state()).state
        self._infos = state.video_infos
        await self._show(state.draft)
        if self._wish.sources and not state.video_infos:
            await self._begin_with(session, self._wish.sources)
        self._show_film(Path(self._memory.film) if self._memory.film else None)
        return session

    async def _begin_with(self, session: AsyncSession, sources: tuple[str, ...]) -> None:
        """Bring the first files in; when they cannot be read, the editor is there for others all the same."""
        try:
            await self._upload(session, sources)
        except Cancelled:
            self._remember(wording.note("Stopped."))
        except NemoError as exc:
            self._remember(wording.error(exc))

    async def _recover(self, session: AsyncSession) -> None:
        """Find out what became of a message that a dead kernel left behind."""
        try:
            reply = await session.recover()
        except NemoError as exc:
            self._remember(wording.error(exc))
        else:
            if reply is not None:
                self._remember(wording.agent(reply))

    async def _show_status(self, session: AsyncSession, client: AsyncClient) -> None:
        status = {"backend": client.backend, "session": session.id, "project": session.name}
        self._board.show(status=status)
        self._board.show(now=True, status=status | {"credits": wording.credits_text(await client.credits())})

    # Messages ---------------------------------------------------------------------------------------

    def take(self, message: messages.Inbound, buffers: Sequence[bytes]) -> None:
        """Do what a view asks for."""
        match message:
            case messages.Ping():
                self._board.tell("pong", number=message.number)
            case messages.Stop():
                self._stop()
            case messages.Say():
                self._start("chat", self._say(message.text, wording.user(message.text)))
            case messages.Answer():
                self._start("chat", self._answer(message.labels))
            case messages.Edit():
                self._start("chat", self._edit(message))
            case messages.Step():
                self._start("chat", self._say(message.type, {"role": "hand", "text": message.type.title()}))
            case messages.Add():
                self._start("upload", self._add(message.sources))
            case messages.Export():
                self._start("export", self._export(message))
            case messages.SaveRecipe():
                self._start("", self._save_recipe(message))
            case messages.ShowCode():
                self._start("", self._show_code())
            case messages.Chunk():
                self._start("", self._chunk(message, b"".join(bytes(part) for part in buffers)))
            case messages.Hello():
                self._start("", self._hello())
            case messages.Proxy() | messages.Bytes():
                kind = "proxy" if message.type == "proxy" else "bytes"
                self._start("preview", self._proxy(kind))
            case messages.Strip() | messages.Listing() | messages.Resume():
                self._start("", self._look(message))

    def say(self, text: str) -> asyncio.Task[None]:
        """Say something for the user; the task ends when the reply is shown."""
        return self._start("chat", self._say(text, wording.user(text)))

    def _start(self, kind: str, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.ensure_future(self._guarded(kind, work))
        self._jobs.add(task)
        task.add_done_callback(self._jobs.discard)
        return task

    async def _guarded(self, kind: str, work: Coroutine[Any, Any, None]) -> None:
        """Do something; how it ends is shown, whatever that is."""
        if kind:
            self._busy.append(kind)
            self._board.show(busy=list(self._busy))
        try:
            await work
        except Cancelled:
            self._remember(wording.note("Stopped."))
        except NemoError as exc:
            self._remember(wording.error(exc))
        except Exception as exc:  # noqa: BLE001 - the border: whatever happens must be seen on the page
            _log.exception("the editor failed")
            self._remember(wording.error(NemoError(f"something went wrong: {type(exc).__name__}: {exc}")))
        finally:
            if kind:
                self._busy.remove(kind)
                quiet = not {"chat", "upload", "opening"} & set(self._busy)
                ended: dict[str, Any] = {"live": {}} if quiet else {}
                self._board.show(now=True, busy=list(self._busy), **ended)

    def _stop(self) -> None:
        if self._session is not None:
            self._start("", self._session.cancel())

    # Saying and editing -------------------------------------------------------------------------------

    async def _say(self, text: str, shown: dict[str, Any]) -> None:
        self._remember(shown)
        session = await self.session()
        reply = await session.chat(text, Live(lambda live: self._board.show(live=live)))
        self._remember(wording.agent(reply), live={})
        await self._after(session, reply)

    async def _after(self, session: AsyncSession, reply: Reply) -> None:
        await self._show(reply.draft)
        if reply.video is not None:
            self._keep_film(reply.video, {})
        if self._client is not None and self._client.backend == "cloud":
            await self._show_status(session, self._client)

    async def _answer(self, labels: tuple[tuple[str, ...], ...]) -> None:
        said_last = reversed(self._memory.messages)
        asked: list[dict[str, Any]] = next((m["questions"] for m in said_last if m.get("questions")), [])
        pairs = [(wording.question_of(q), chosen) for q, chosen in zip(asked, labels, strict=False) if chosen]
        if pairs:
            shown = wording.user(", ".join(label for _, chosen in pairs for label in chosen))
            await self._say("\n".join(question.answer(*chosen) for question, chosen in pairs), shown)

    async def _edit(self, message: messages.Edit) -> None:
        await self._say(said(message.operation), wording.by_hand(message.operation))

    # Files --------------------------------------------------------------------------------------------

    async def _add(self, sources: tuple[str, ...]) -> None:
        check_files(sources)
        await self._upload(await self.session(), sources)

    async def _upload(self, session: AsyncSession, sources: Sequence[str]) -> None:
        def progress(fraction: float) -> None:
            self._board.show(live={"text": "", "stage": "reading the file", "fraction": fraction})

        progress(0.0)
        items = await session.upload(*sources, on_progress=progress)
        names = ", ".join(item.filename for item in items)
        self._remember(wording.note(f"Added {names}."), live={})
        await self._show(None)

    async def _chunk(self, message: messages.Chunk, data: bytes) -> None:
        path = await self._projector.receive(message, data)
        if path is not None:
            self._start("upload", self._add((str(path),)))

    # Looking ------------------------------------------------------------------------------------------

    async def _hello(self) -> None:
        await self.session()
        self._tell_addresses()

    def _tell_addresses(self) -> None:
        sent = self._session.files if self._session is not None else ()
        self._projector.tell_addresses(self._infos, sent)

    async def _look(self, message: messages.Strip | messages.Listing | messages.Resume) -> None:
        if isinstance(message, messages.Strip):
            await self._projector.strip(await self.client(), message.asset)
        elif isinstance(message, messages.Listing):
            await self._projector.listing(message.path)
        else:
            self._projector.resume(message.id)

    async def pictures(self, asset: str) -> Filmstrip | None:
        """Return a few small pictures of a file.

        Raises:
            NemoError: they cannot be had.
        """
        assert self._client is not None  # there is no timeline without it
        return await self._client.filmstrip(asset, most=_FEW)

    async def _proxy(self, kind: str) -> None:
        session = await self.session()
        await self._projector.proxy(session, as_bytes=kind == "bytes")
        self._tell_addresses()

    async def _show(self, draft: Draft | None) -> None:
        """Show a timeline; ``None``, or one that names a file that is not known yet, asks the backend."""
        known = {info.get("id") for info in self._infos}
        used = set() if draft is None else {s.asset for t in draft.tracks for s in t.segments if s.asset}
        if draft is None or not used <= known:
            state = (await (await self._settled_session()).state()).state
            draft, self._infos = state.draft, state.video_infos
        changed = changed_ids(self._draft, draft) if self._draft.ready else []
        self._draft = draft
        self._board.show(now=True, view=view_of(draft, self._infos, changed))
        self._tell_addresses()
        self._on_view(draft)

    async def _settled_session(self) -> AsyncSession:
        return self._session if self._session is not None else await self.session()

    # Keeping ------------------------------------------------------------------------------------------

    async def _export(self, wish: messages.Export) -> None:
        options = {name: getattr(wish, name) for name in _SETTINGS if getattr(wish, name) is not None}

        def progress(fraction: float) -> None:
            self._board.show(film={"fraction": fraction})

        progress(0.0)
        session = await self.session()
        try:
            video = await session.export(wish.name, overwrite=wish.replace, on_progress=progress, **options)
        except BaseException:
            self._show_film(Path(self._memory.film) if self._memory.film else None)
            raise
        self._keep_film(video, options)

    def _keep_film(self, video: Video, options: dict[str, Any]) -> None:
        path = Path(video.path).absolute()
        self._memory = self._memory.model_copy(update={"film": str(path), "exported": options})
        self._remember(wording.note(f"Saved {path.name}."))
        self._show_film(path, video.duration_ms)

    def _show_film(self, path: Path | None, length: int | None = None) -> None:
        self._projector.film = path
        try:
            size = path.stat().st_size if path is not None else 0
        except OSError:
            size = 0
        shown: dict[str, Any] = {}
        if path is not None and size:
            shown = {"name": path.name, "size": size, "length": length, "format": path.suffix[1:].lower()}
        self._board.show(now=True, film=shown)
        self._tell_addresses()

    async def _save_recipe(self, wish: messages.SaveRecipe) -> None:
        path = Path(wish.name if wish.name.endswith(".toml") else f"{wish.name}.toml")
        self._projector.check_free(path, replace=wish.replace)
        recipe = (await self.session()).to_recipe().changed(name=path.stem)
        await asyncio.to_thread(recipe.save, path)
        self._remember(wording.note(f"Saved {path}."))

    async def _show_code(self) -> None:
        session, client, memory = await self.session(), await self.client(), self._memory
        text = code.cell(session, client.backend, memory.film, memory.exported)
        self._board.tell("code", text=text)

    def _remember(self, message: dict[str, Any], **shown: Any) -> None:
        self._memory = self._memory.with_message(message)
        self._board.show(now=True, messages=list(self._memory.messages), **shown)
        if self._session is not None:
            self._drawer.save(self._session.id, self._memory)
