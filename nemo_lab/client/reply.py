"""What the user gets back: replies and finished videos."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nemo_lab.client.showing import reply_html, video_html
from nemo_lab.protocol.draft import Draft
from nemo_lab.protocol.events import Question
from nemo_lab.protocol.plan import Route
from nemo_lab.protocol.report import RenderReport


@dataclass(frozen=True)
class Video:
    """A finished file."""

    path: Path
    format: str
    size_bytes: int
    render_id: str
    duration_ms: int | None = None
    """Length, where the backend told."""
    report: RenderReport | None = None
    """What the render made, frames copied and encoded too, where the backend tells."""
    subtitles: Path | None = None
    """The captions beside it, where they were asked for."""
    link: str | None = None
    """Opens the project in a browser for 7 days; ``None`` where there is no such page."""

    def __str__(self) -> str:
        return str(self.path)

    def __fspath__(self) -> str:
        return str(self.path)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        """Return a player and the facts for a notebook."""
        return {"text/plain": str(self), "text/html": video_html(self)}


@dataclass(frozen=True)
class Reply:
    """Answer to something said. ``str(reply)`` is its text, which is never empty."""

    text: str
    changes: tuple[str, ...] = ()
    """What changed on the timeline, in words."""
    draft: Draft | None = field(default=None, repr=False)
    """The timeline after it; ``None`` when it could not be read."""
    questions: tuple[Question, ...] = ()
    suggestions: tuple[str, ...] = ()
    operations: tuple[dict[str, Any], ...] = ()
    """The typed operations that were carried out, where the backend tells."""
    notes: tuple[str, ...] = ()
    """What was skipped or done otherwise than asked."""
    parts: tuple[dict[str, Any], ...] = ()
    """What was cut, hurried through or chosen and why, where the backend tells: ``kind`` (cut, speed, keep),
    ``start`` and ``end`` in ms of the timeline before it, ``why``."""
    route: Route = "edit"
    video: Video | None = None

    def __str__(self) -> str:
        return self.text

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        """Return the reply for a notebook; text of the backend is shown as text, never as markup."""
        return {"text/plain": self.text, "text/html": reply_html(self)}
