"""``nemo_lab.Editor``: the widget that a notebook shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import anywidget
import traitlets
from IPython.display import display

from nemo_lab.client import AsyncSession, Session
from nemo_lab.client.sync import runner
from nemo_lab.config import Settings, load_settings
from nemo_lab.errors import UsageError
from nemo_lab.jupyter.editor import messages
from nemo_lab.jupyter.editor.board import Board
from nemo_lab.jupyter.editor.desk import Desk
from nemo_lab.jupyter.editor.opening import Wish
from nemo_lab.jupyter.editor.stills import Stills
from nemo_lab.jupyter.editor.unbound import unbound
from nemo_lab.protocol.draft import Draft
from nemo_lab.protocol.summary import summary

_STATIC = Path(__file__).parents[1] / "static"
_PARTS = (
    "base", "chat", "questions", "screen", "player", "transport", "drawing", "timeline", "hands", "upload",
    "dialogs", "editor",
)  # fmt: skip
"""The page's code, part by part: a widget's module comes from a blob and can import nothing."""


def page_code() -> str:
    """Return the ES module."""
    return "\n".join((_STATIC / f"{part}.js").read_text(encoding="utf-8") for part in _PARTS)


def page_style() -> str:
    """Return the style sheet."""
    return "\n".join((_STATIC / f"{part}.css").read_text(encoding="utf-8") for part in ("editor", "timeline"))


class Editor(anywidget.AnyWidget):
    """Edit recordings by saying what you want, and see it: ``nemo_lab.Editor("recording.mkv")``.

    The same cell, run again, shows the same project, also after the kernel was restarted.

    Args:
        sources: recordings to begin with: files, or http(s) addresses.
        project: a name of your own; projects are told apart by it.
        session: a session, or the id of one, to show.
        backend: ``local``, ``cloud`` or ``auto``; see :func:`nemo_lab.connect`.
        settings: everything else.
        fresh: begin anew even where there is a project already.

    Raises:
        MediaNotFound: a file is not there.
        UsageError: both a session and recordings are given.
    """

    _esm = page_code()
    _css = page_style()

    view = traitlets.Dict().tag(sync=True)
    messages: traitlets.List[Any] = traitlets.List().tag(sync=True)
    live = traitlets.Dict().tag(sync=True)
    busy: traitlets.List[Any] = traitlets.List().tag(sync=True)
    status = traitlets.Dict().tag(sync=True)
    film = traitlets.Dict().tag(sync=True)

    def __init__(
        self,
        *sources: str | Path,
        project: str | None = None,
        session: Session | AsyncSession | str | None = None,
        backend: str | None = None,
        settings: Settings | None = None,
        fresh: bool = False,
    ) -> None:
        if session is not None and sources:
            raise UsageError("a session has its own files", remedy="Give either a session or recordings.")
        core = session.core if isinstance(session, Session) else session
        chosen = (
            settings
            if settings is not None and backend is None
            else load_settings(**(_given(settings) | {"backend": backend}))
        )
        wish = Wish(tuple(map(str, sources)), project, core, chosen, fresh)
        wish.check()
        unbound(super().__init__)
        self._draft = Draft()
        self._board = Board(self._write, self._tell)
        self._desk = Desk(wish, self._board, self._on_view)
        self._stills = Stills(self._desk.pictures)
        self.on_msg(self._hear)
        self._post(self._desk.begin)

    def __repr__(self) -> str:
        return f"Editor({summary(self._draft)})"

    @property
    def session(self) -> Session:
        """The session that is edited here; waits until it is open.

        Raises:
            NemoError: it cannot be opened.
        """
        return Session(runner().run(self._desk.session()), runner())

    def say(self, text: str) -> None:
        """Say something as if it had been typed here, and wait for the reply, which is shown here."""

        async def work() -> None:
            await self._desk.say(text)

        runner().run(work())

    def set_state(self, sync_data: dict[str, Any]) -> None:
        """Take nothing from a page but where it may lay the widget out: it asks by messages."""
        super().set_state({name: value for name, value in sync_data.items() if name in {"layout", "tooltip"}})

    def _ipython_display_(self) -> None:
        """Show the widget, and after it the picture that remains when no kernel runs."""
        bundle = self._repr_mimebundle_()
        if bundle is not None:
            display(bundle[0], raw=True)  # type: ignore[no-untyped-call]
        self._stills.appear()

    def _hear(self, _: Any, content: Any, buffers: Sequence[Any]) -> None:
        """Take a message, on whatever thread it comes, and hand it over."""
        message = messages.read(content)
        if message is not None:
            kept = [bytes(part) for part in buffers] if isinstance(message, messages.Chunk) else []
            self._post(lambda: self._desk.take(message, kept))

    def _post(self, work: Any) -> None:
        async def do() -> None:
            work()

        runner().begin(do())

    def _tell(self, content: dict[str, Any], buffers: Sequence[bytes]) -> None:
        unbound(lambda: self.send(content, list(buffers)))

    def _write(self, values: Mapping[str, Any]) -> None:
        def write() -> None:
            with self.hold_sync():
                for name, value in values.items():
                    setattr(self, name, value)

        unbound(write)

    def _on_view(self, draft: Draft) -> None:
        self._draft = draft
        self._stills.show(dict(self.view))


def _given(settings: Settings | None) -> dict[str, Any]:
    if settings is None:
        return {}
    return {name: getattr(settings, name) for name in settings.model_fields_set}
