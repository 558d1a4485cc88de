"""The sync face: every call runs the same coroutine on one daemon thread with a loop of its own.

So it works in a script, in a notebook (whose own loop is busy) and inside OBS alike. Ctrl-C cancels the
coroutine, waits until it has cleaned up, and comes through as ``KeyboardInterrupt``.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import os
import threading
from collections.abc import Coroutine, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self, TypeVar

from nemo_lab.client.core import AsyncClient
from nemo_lab.client.pictures import Filmstrip
from nemo_lab.client.reply import Reply, Video
from nemo_lab.client.session import AsyncSession, OnEvent
from nemo_lab.client.stream import AsyncStream
from nemo_lab.client.uploads import OnFraction, Source
from nemo_lab.config import Settings
from nemo_lab.errors import UsageError
from nemo_lab.protocol.draft import Draft
from nemo_lab.protocol.edl import Decision
from nemo_lab.protocol.events import Event
from nemo_lab.protocol.messages import Credits, SessionState, UploadItem

_T = TypeVar("_T")
_CLEANUP = 5.0
"""Seconds that a cancelled call may take to clean up after itself."""


class Runner:
    """One loop on one daemon thread."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="nemo-lab", daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, _T]) -> _T:
        """Run a coroutine to its end and return its result.

        Raises:
            UsageError: called on the loop's own thread (from a callback), which would wait for itself.
        """
        if threading.current_thread() is self._thread:
            work.close()
            raise UsageError("a callback cannot call the client", remedy="Call it after the callback ended.")
        ended = threading.Event()
        future = asyncio.run_coroutine_threadsafe(_contained(work, ended), self._loop)
        try:
            # Short waits: on Windows a long one could not be interrupted.
            while not concurrent.futures.wait([future], timeout=1.0).done:
                pass
        except BaseException:
            future.cancel()
            ended.wait(_CLEANUP)
            raise
        outcome = future.result()
        if isinstance(outcome, _Exit):
            raise outcome.error
        return outcome

    def begin(self, work: Coroutine[Any, Any, _T]) -> concurrent.futures.Future[_T]:
        """Begin a coroutine and return at once; it goes on by itself, from whatever thread it was begun."""
        return asyncio.run_coroutine_threadsafe(work, self._loop)


class _Exit:
    """An exit that a callback asked for."""

    def __init__(self, error: SystemExit | KeyboardInterrupt) -> None:
        self.error = error


async def _contained(work: Coroutine[Any, Any, _T], ended: threading.Event) -> _T | _Exit:
    """Keep an exit from ending the loop's thread, which others use too; it belongs to the caller."""
    try:
        return await work
    except (SystemExit, KeyboardInterrupt) as exc:
        return _Exit(exc)
    finally:
        ended.set()


_runners: dict[int, Runner] = {}
_making = threading.Lock()


def runner() -> Runner:
    """Return the one runner of this process; a forked child gets its own, for threads do not fork."""
    with _making:
        return _runners.get(os.getpid()) or _runners.setdefault(os.getpid(), Runner())


class Client:
    """A connection to a backend. Made by :func:`nemo_lab.connect`; to be closed, best by ``with``."""

    def __init__(self, core: AsyncClient) -> None:
        self._core, self._runner = core, runner()
        self._sessions: dict[str, Session] = {}

    def __repr__(self) -> str:
        return f"Client(backend={self.backend!r}, origin={self.origin!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def backend(self) -> Literal["local", "cloud"]:
        """Which backend was chosen: no file leaves the machine unless it is ``cloud``."""
        return self._core.backend

    @property
    def origin(self) -> str:
        """The backend's address."""
        return self._core.origin

    @property
    def embedded(self) -> bool:
        """Whether the backend runs in this process and takes files where they lie."""
        return self._core.embedded

    @property
    def settings(self) -> Settings:
        """The settings in force."""
        return self._core.settings

    @property
    def core(self) -> AsyncClient:
        """The async client inside, for what runs on the same loop."""
        return self._core

    def create_session(self, name: str | None = None, *, resume: bool = False) -> Session:
        """Start a project; see :meth:`AsyncClient.create_session`."""
        return self._session_of(self._runner.run(self._core.create_session(name, resume=resume)))

    def session(self, session_id: str) -> Session:
        """Take up a session by its id; the backend is not asked yet."""
        return self._session_of(self._core.session(session_id))

    def credits(self) -> Credits:
        """Return the balance."""
        return self._runner.run(self._core.credits())

    def filmstrip(self, asset: str, *, most: int | None = None) -> Filmstrip | None:
        """Return pictures and sound levels of a file; see :meth:`AsyncClient.filmstrip`."""
        return self._runner.run(self._core.filmstrip(asset, most=most))

    def close(self) -> None:
        """Stop what is running, close the connections, stop an embedded backend."""
        self._runner.run(self._core.close())

    def _session_of(self, core: AsyncSession) -> Session:
        return self._sessions.setdefault(core.id, Session(core, self._runner))


class Session:
    """One project; the same as :class:`AsyncSession`, without ``await``. Safe to use from many threads."""

    def __init__(self, core: AsyncSession, runner: Runner) -> None:
        self._core, self._runner = core, runner

    def __repr__(self) -> str:
        return repr(self._core).removeprefix("Async")

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return self._core._repr_mimebundle_() | {"text/plain": repr(self)}

    @property
    def core(self) -> AsyncSession:
        """The async session inside, for what runs on the same loop."""
        return self._core

    @property
    def id(self) -> str:
        """The session's id, with which it can be taken up again."""
        return self._core.id

    @property
    def task_id(self) -> str:
        """The project's id."""
        return self._core.task_id

    @property
    def name(self) -> str:
        """What the project is called."""
        return self._core.name

    @property
    def said(self) -> tuple[str, ...]:
        """What was said and answered, in order."""
        return self._core.said

    @property
    def asked(self) -> bool:
        """Whether the last answer was a question."""
        return self._core.asked

    @property
    def files(self) -> tuple[str, ...]:
        """What was uploaded, as it was named, in order."""
        return self._core.files

    def to_recipe(self) -> Any:
        """Return what was said so far as a recipe; see :meth:`AsyncSession.to_recipe`."""
        return self._core.to_recipe()

    def upload(self, *sources: Source, on_progress: OnFraction | None = None) -> tuple[UploadItem, ...]:
        """Upload files or addresses; see :meth:`AsyncSession.upload`."""
        return self._runner.run(self._core.upload(*sources, on_progress=on_progress))

    def chat(self, text: str, on_event: OnEvent | None = None) -> Reply:
        """Say something and wait for the reply; see :meth:`AsyncSession.chat`."""
        return self._runner.run(self._core.chat(text, on_event))

    def stream(self, text: str) -> Stream:
        """Say something; iterate over the events, then ask for the ``reply()``."""
        return Stream(self._core.stream(text), self._runner)

    def undo(self) -> Reply:
        """Take the last edit back."""
        return self._runner.run(self._core.undo())

    def redo(self) -> Reply:
        """Do again what was taken back."""
        return self._runner.run(self._core.redo())

    def state(self) -> SessionState:
        """Return all that the backend holds of the session."""
        return self._runner.run(self._core.state())

    def timeline(self) -> Draft:
        """Return the timeline."""
        return self._runner.run(self._core.timeline())

    def credits(self) -> Credits:
        """Return the balance."""
        return self._runner.run(self._core.credits())

    def link(self) -> str:
        """Return an address that opens the project in a browser."""
        return self._runner.run(self._core.link())

    def export(self, path: str | Path | None = None, **options: Any) -> Video:
        """Render the timeline and save it as a file; see :meth:`AsyncSession.export`."""
        return self._runner.run(self._core.export(path, **options))

    def save_subtitles(self, path: str | Path, *, overwrite: bool = False) -> Path:
        """Save the captions of the timeline as a file; see :meth:`AsyncSession.save_subtitles`."""
        return self._runner.run(self._core.save_subtitles(path, overwrite=overwrite))

    def preview(self, path: str | Path | None = None, *, on_progress: OnFraction | None = None) -> Video:
        """Render a small proxy of the timeline; see :meth:`AsyncSession.preview`."""
        return self._runner.run(self._core.preview(path, on_progress=on_progress))

    def edl(self) -> list[Decision]:
        """Return the edit decision list; see :meth:`AsyncSession.edl`."""
        return self._runner.run(self._core.edl())

    def recover(self) -> Reply | None:
        """Find out what became of a message that was on its way; see :meth:`AsyncSession.recover`."""
        return self._runner.run(self._core.recover())

    def cancel(self) -> None:
        """Stop whatever this session is doing in another thread; harmless when it does nothing."""
        self._runner.run(self._core.cancel())


class Stream:
    """Events of one message as they come; see :class:`AsyncStream`."""

    def __init__(self, core: AsyncStream, runner: Runner) -> None:
        self._core, self._runner = core, runner

    def __iter__(self) -> Iterator[Event]:
        return self

    def __next__(self) -> Event:
        """Return the next event. Errors as for ``Session.chat``, after the last event."""
        event = self._runner.run(_next_or_none(self._core))
        if event is None:
            raise StopIteration
        return event

    def reply(self) -> Reply:
        """Return the reply when it is there."""
        return self._runner.run(self._core.reply())


async def _next_or_none(stream: AsyncStream) -> Event | None:
    # StopAsyncIteration cannot leave a coroutine that another thread waits for.
    return await anext(stream, None)
