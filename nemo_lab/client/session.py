"""A project on a backend: upload, chat, look, export."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from nemo_lab.cache import Cache
from nemo_lab.client import commands
from nemo_lab.client.claims import Claims
from nemo_lab.client.conversation import Conversation, recovered
from nemo_lab.client.exporting import FORMATS_HERE, Exporter
from nemo_lab.client.http import is_loopback
from nemo_lab.client.journal import Pending, PendingRender, Record
from nemo_lab.client.operations import Operations
from nemo_lab.client.previews import Shelf, preview_output
from nemo_lab.client.recovery import FIRST_WAIT, QUERIES, await_change
from nemo_lab.client.rendering import pace_for
from nemo_lab.client.reply import Reply, Video
from nemo_lab.client.showing import session_html
from nemo_lab.client.sidecars import save_sidecar
from nemo_lab.client.stream import AsyncStream
from nemo_lab.client.uploads import OnFraction, Source, Uploader, check_sources, is_url
from nemo_lab.errors import GenerationUnknown, InsufficientCredits, NemoError, UsageError
from nemo_lab.protocol.draft import Draft
from nemo_lab.protocol.edl import Decision, edl
from nemo_lab.protocol.events import Event
from nemo_lab.protocol.messages import (
    Credits,
    ProjectState,
    SessionState,
    UploadItem,
    state_path,
)
from nemo_lab.protocol.plan import Language, MediaFormat, Route
from nemo_lab.protocol.router import language_of, route

if TYPE_CHECKING:
    from nemo_lab.client.core import AsyncClient

OnEvent = Callable[[Event], None]


def ignore(_: object) -> None:
    """Take a report that nobody wants."""


class AsyncSession:
    """One project. Made by :meth:`AsyncClient.create_session` and :meth:`AsyncClient.session`.

    What is said in one session is said one after the other. A message is sent at most once: when nobody
    knows what became of it, the timeline is looked at, and only the user may say it again.
    """

    def __init__(self, client: AsyncClient, record: Record) -> None:
        self._client, self._transport, self._record = client, client.transport, record
        self._busy, self._operations = asyncio.Lock(), Operations()
        self._conversation = Conversation(client.transport, record.session_id, self._read_state)
        self._claims = Claims(client.transport, client.settings.web_url)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.id!r}, backend={self._client.backend!r})"

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return {"text/plain": repr(self), "text/html": session_html(self, self._client.backend)}

    @property
    def id(self) -> str:
        """The session's id, with which it can be taken up again."""
        return self._record.session_id

    @property
    def task_id(self) -> str:
        """The project's id; empty when the session was resumed from its id alone."""
        return self._record.task_id

    @property
    def name(self) -> str:
        """What the project is called."""
        return self._record.name

    @property
    def said(self) -> tuple[str, ...]:
        """What was said and answered, in order; also before this process, if on this machine."""
        return self._record.said

    @property
    def asked(self) -> bool:
        """Whether the last answer was a question."""
        return self._record.asked

    @property
    def files(self) -> tuple[str, ...]:
        """What was uploaded, as it was named, in order."""
        return self._record.files

    def to_recipe(self) -> Any:
        """Return what was said so far as a :class:`nemo_lab.Recipe`, to be saved and run on other files."""
        # By name: recipes are built on the client, not the other way round.
        return importlib.import_module("nemo_lab.recipes").recipe_of(self)

    async def upload(self, *sources: Source, on_progress: OnFraction | None = None) -> tuple[UploadItem, ...]:
        """Upload files or addresses, in order.

        Args:
            sources: paths, or http(s) addresses.
            on_progress: told how much has been sent, from 0 to 1.

        Raises:
            MediaError: a file is missing, empty, too large, of another type, or changed meanwhile.
            NemoError: the upload failed; it is not sent again by itself.
        """
        limit = None if self._client.embedded else self._client.settings.upload_limit
        check_sources(sources, limit, by_reference=self._client.embedded)
        uploader = Uploader(self._transport, self.id, self._read_state, by_reference=self._client.embedded)
        async with self._operation():
            items = await uploader.upload(sources, on_progress or ignore)
        names = [str(source) if is_url(source) else str(Path(source)) for source in sources]
        self._note(files=(*self.files, *names))
        return tuple(items)

    async def chat(self, text: str, on_event: OnEvent | None = None) -> Reply:
        """Say something and wait for the reply. Wishes for export, credits, status and upload are carried
        out here and never reach the chat.

        Args:
            text: what you want, in English or Chinese.
            on_event: called with each event as it comes.

        Raises:
            SessionNotFound: the project is gone; a new one is made only when you ask for it.
            GenerationUnknown, StreamTimeout: nobody knows what became of it.
            InsufficientCredits, ApiError, TransportError: as they say.
        """
        if not text.strip():
            raise UsageError("nothing was said", remedy="Say what you want, e.g. 'cut the boring parts'.")
        async with self._operation():
            return await self._answer(text, route(text), on_event or ignore)

    def stream(self, text: str) -> AsyncStream:
        """Say something; iterate over the events as they come, then ask for the ``reply()``."""
        return AsyncStream(lambda emit: self.chat(text, emit))

    async def undo(self) -> Reply:
        """Take the last edit back."""
        return await self.chat("undo")

    async def redo(self) -> Reply:
        """Do again what was taken back."""
        return await self.chat("redo")

    async def state(self) -> SessionState:
        """Return all that the backend holds of the session."""
        async with self._operation():
            return SessionState.read(await self._transport.get(state_path(self.id)))

    async def timeline(self) -> Draft:
        """Return the timeline."""
        return (await self.state()).state.draft

    async def credits(self) -> Credits:
        """Return the balance."""
        async with self._operation():
            return await self._client.credits()

    async def link(self) -> str:
        """Return an address that opens the project in a browser. It holds no token of yours."""
        return await self._claims.address(self.task_id, self.id)

    async def export(  # long: every choice of an export is a parameter, and explained
        self,
        path: str | Path | None = None,
        *,
        format: str | None = None,
        height: int | None = None,
        quality: str | None = None,
        max_bytes: int | None = None,
        preset: str | None = None,
        tracks: str | None = None,
        subtitles: str | None = None,
        compat: bool | None = None,
        fast: bool | None = None,
        keep_cuts: bool | None = None,
        encoder: str | None = None,
        overwrite: bool = False,
        on_progress: OnFraction | None = None,
        timeout: float | None = None,
        render_id: str | None = None,
        draft: Draft | None = None,
        shared: str | Path | None = None,
    ) -> Video:
        """Render the timeline and save it as a file. Exports cost no credits.

        Args:
            path: where to; ``None`` or a folder names it after the first upload.
            format: mp4 mov webm mkv gif mp3 wav m4a png, or for another editor (local backend) otio fcpxml
                xml mlt edl csv ffconcat; ``None`` follows the name, else mp4.
            height, quality, max_bytes, preset, tracks, compat, fast, keep_cuts, encoder: see
                :class:`nemo_lab.protocol.plan.Export`.
            subtitles: ``srt``, ``vtt`` or ``ass``: the captions of the timeline are saved beside it.
            overwrite: whether a file of that name may be replaced. A recording never is.
            on_progress: told how far it is, from 0 to 1.
            timeout: seconds to wait for the render; see :mod:`nemo_lab.client.rendering`.
            render_id: id of a render to wait on, from a :class:`RenderTimeout`.
            draft: another timeline than the session's, of the same uploads.
            shared: a folder in which other machines help an embedded backend (``nemo_lab.run(cluster=…)``).

        Raises:
            NotReady, OutputError: it cannot be done; known before anything is rendered, where possible.
            SubscriptionRequired, RenderFailed, RenderTimeout, TransportError, ApiError: as they say.
        """
        wish = {"format": format, "quality": quality, "max_bytes": max_bytes, "preset": preset}
        wish |= {"tracks": tracks, "compat": compat, "fast": fast, "keep_cuts": keep_cuts, "encoder": encoder}
        wish |= {"resolution": height and f"{height}p", "shared": None if shared is None else str(shared)}
        given = {name: value for name, value in wish.items() if value is not None}
        async with self._operation():
            return await self._exporter(timeout).export(
                Path(path) if path is not None else None,
                given,
                overwrite=overwrite,
                render_id=render_id,
                draft=draft,
                on_fraction=on_progress or ignore,
                subtitles=subtitles,
            )

    async def save_subtitles(self, path: str | Path, *, overwrite: bool = False) -> Path:
        """Save the captions of the timeline as ``.srt``, ``.vtt`` or ``.ass``; see :func:`save_sidecar`."""
        return save_sidecar(await self.timeline(), Path(path), self.files, overwrite=overwrite)

    async def preview(
        self, path: str | Path | None = None, *, on_progress: OnFraction | None = None
    ) -> Video:
        """Render a small proxy of the timeline (480p, H.264 and MP3, so that VS Code plays it too).

        Args:
            path: where to, a ``.mp4`` (``.mp3`` where there is no picture), replaced if it is there; ``None``
                keeps it in the cache, where a timeline that was shown before is found at once.
            on_progress: told how far it is, from 0 to 1.

        Raises:
            NotReady, OutputError, RenderFailed, TransportError, ApiError: as for :meth:`export`.
        """
        async with self._operation():
            draft = (await self._read_state()).draft
            output = preview_output(draft, local=self._client.backend == "local")
            settings = self._client.settings
            shelf = Shelf(Cache(settings.cache_dir, settings.cache_limit), self.id)
            target = Path(path) if path is not None else shelf.place(draft, output)
            if path is None and (known := shelf.known(target, draft)) is not None:
                return known
            exporter = replace(self._exporter(None), link=None, pending=None, note=ignore)
            tell = on_progress or ignore
            video = await exporter.export(target, output, overwrite=True, render_id=None, on_fraction=tell)
        if path is None:
            shelf.tidy()
        return video

    async def edl(self) -> list[Decision]:
        """Return the edit decision list: a player can jump over the sources by it, with no render at all."""
        return edl(await self.timeline())

    async def recover(self) -> Reply | None:
        """Find out what became of a message that was on its way when the process died; ``None`` when there
        was none. It is never sent again.

        Raises:
            GenerationUnknown: the timeline did not change.
        """
        async with self._busy, self._operation():
            return await self._recovered(ignore)

    async def cancel(self) -> None:
        """Stop whatever this session is doing, here and on the backend; harmless when it does nothing."""
        self._operations.stop()

    def _exporter(self, timeout: float | None) -> Exporter:
        client = self._client
        return Exporter(
            transport=self._transport,
            session_id=self.id,
            name=self.name,
            files=self.files,
            pace=pace_for(loopback=is_loopback(client.origin), limit=timeout),
            read_state=self._read_state,
            link=None if client.embedded else self.link,
            by_reference=client.embedded,
            formats=FORMATS_HERE if client.backend == "local" else get_args(MediaFormat),
            pending=self._record.render,
            note=lambda render: self._note(render=render),
        )

    async def _answer(self, text: str, kind: Route, emit: OnEvent) -> Reply:
        language = self._language(text)
        if kind in commands.KINDS:
            reply = await commands.carry_out(self, text, kind, language)
            self._note(said=(*self.said, text))
            return reply
        async with self._busy:
            return await self._converse(text, kind, language, emit)

    async def _converse(self, text: str, kind: Route, language: Language, emit: OnEvent) -> Reply:
        """Send it once; noted before, so that not even a crash makes anyone send it again."""
        found = await self._settled(text, emit)
        if found is not None:
            return found
        before = await self._conversation.look()
        wire = before.to_wire() if before else None
        self._note(sending=Pending(text=text, sent_at=self._transport.clock.wall(), before=wire))
        # A cancelled message stays noted: it may have been carried out, so it must not be sent again unseen.
        try:
            reply = await self._conversation.say(text, before, language=language, route=kind, emit=emit)
        except NemoError:
            self._note(sending=None)
            raise
        self._note(sending=None, said=(*self.said, text), asked=bool(reply.questions))
        return reply

    async def _settled(self, text: str, emit: OnEvent) -> Reply | None:
        """If this very message was lost on its way before, return what it did rather than send it again."""
        if self._record.sending is None or self._record.sending.text != text:
            return None
        try:
            return await self._recovered(emit)
        except GenerationUnknown:
            if self._client.embedded:
                return None  # it died with us, and it costs nothing
            raise

    async def _recovered(self, emit: OnEvent) -> Reply | None:
        lost = self._record.sending
        if lost is None:
            return None
        before = ProjectState.read(lost.before) if lost.before is not None else None
        elapsed = max(self._transport.clock.wall() - lost.sent_at, 0.0)
        alone = self._client.embedded
        try:
            after = await await_change(
                self._read_state,
                before,
                self._transport.clock,
                emit,
                first_wait=0.0 if alone else max(FIRST_WAIT - elapsed, 0.0),
                queries=1 if alone else QUERIES,
            )
        except NemoError:
            self._note(sending=None)
            raise
        self._note(sending=None, said=(*self.said, lost.text), asked=False)
        return recovered(before, after, self._language(lost.text))

    async def _read_state(self) -> ProjectState:
        reply = SessionState.read(await self._transport.get(state_path(self.id)) or {})
        if reply.user_id and not self._record.user_id:
            self._record = self._record.model_copy(update={"user_id": reply.user_id})
        return reply.state

    def _language(self, text: str) -> Language:
        stated = self._client.settings.language
        if stated is None:
            return language_of(text)
        return "zh" if stated.lower().startswith("zh") else "en"

    def _note(self, **changes: Pending | PendingRender | tuple[str, ...] | bool | None) -> None:
        self._record = self._record.model_copy(update=changes)
        self._client.journal.save(self._record)

    @asynccontextmanager
    async def _operation(self) -> AsyncIterator[None]:
        """Do something that can be stopped, and whose refusals are explained."""
        try:
            async with self._operations.running():
                yield
        except InsufficientCredits as exc:
            exc.remedy = await self._client.how_to_pay(self._record.user_id)
            raise
