"""A reply while it comes: its words so far, and how far the work is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nemo_lab.protocol.events import Event, Progress, Text

_LONGEST = 20_000
"""Characters of a reply that are shown while it comes."""


class Live:
    """Turns events into what is shown.

    Args:
        show: takes ``{"text", "stage", "fraction"}``.
    """

    def __init__(self, show: Callable[[dict[str, Any]], None]) -> None:
        self._show = show
        self._text = ""
        self._ended = False

    def __call__(self, event: Event) -> None:
        """Take in an event."""
        if isinstance(event, Text):
            self._hear(event)
            self._show({"text": self._text[-_LONGEST:], "stage": "", "fraction": None})
        elif isinstance(event, Progress):
            self._show({"text": self._text[-_LONGEST:], "stage": event.stage, "fraction": event.fraction})

    def _hear(self, event: Text) -> None:
        if self._ended and self._text and event.text:
            self._text += "\n"
        self._text += event.text
        self._ended = not event.partial
