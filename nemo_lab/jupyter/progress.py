"""Progress below a cell: one output that is updated in place, in JupyterLab, papermill and nbclient alike."""

from __future__ import annotations

import threading
import time
from html import escape

from IPython.display import DisplayHandle

from nemo_lab.protocol.events import Event, Progress

_PAUSE = 0.2
"""Seconds between two updates at least: a front end drops the last of too many messages."""


class CellProgress:
    """Give it as ``on_event``; any thread may call it. Nothing is shown before the first event."""

    def __init__(self) -> None:
        self._handle = DisplayHandle()  # type: ignore[no-untyped-call]
        self._shown = False
        self._last = 0.0
        self._stage = ""
        self._lock = threading.Lock()

    def __call__(self, event: Event) -> None:
        """Show a progress event; others are not for here."""
        if not isinstance(event, Progress):
            return
        with self._lock:
            now = time.monotonic()
            if event.stage == self._stage and now - self._last < _PAUSE:
                return
            self._stage, self._last = event.stage, now
            self._show(*_bar(event))

    def end(self, text: str) -> None:
        """Leave one line in place of the bar; it is what a saved notebook keeps."""
        with self._lock:
            self._show(text, f"<small>{escape(text)}</small>")

    def _show(self, plain: str, html: str) -> None:
        show = self._handle.update if self._shown else self._handle.display
        self._shown = True
        show({"text/plain": plain, "text/html": html}, raw=True)  # type: ignore[no-untyped-call]


def _bar(event: Progress) -> tuple[str, str]:
    if event.fraction is None:
        return f"{event.stage} …", f"<progress></progress> {escape(event.stage)} …"
    part = min(max(event.fraction, 0.0), 1.0)
    plain = f"{event.stage} {part:.0%}"
    return (
        plain,
        f'<progress value="{part:.3f}" aria-label="{escape(event.stage)}"></progress> {escape(plain)}',
    )
