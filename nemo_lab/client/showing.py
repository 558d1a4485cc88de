"""How replies, videos and sessions show themselves in a notebook: as HTML, with plain text beside it.

Whatever a person or a backend wrote is escaped: it is shown, never run. A video is played from its file by an
address relative to the notebook; its bytes never go into the notebook.
"""

from __future__ import annotations

import os
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from nemo_lab.protocol.picture import timeline_html
from nemo_lab.protocol.summary import clock, size

if TYPE_CHECKING:
    from nemo_lab.client.reply import Reply, Video
    from nemo_lab.client.session import AsyncSession

_TAGS = {
    **dict.fromkeys(("mp4", "mov", "webm", "mkv"), "video"),
    **dict.fromkeys(("mp3", "wav", "m4a"), "audio"),
    **dict.fromkeys(("gif", "png"), "img"),
}


def reply_html(reply: Reply) -> str:
    """Return a reply with what changed, its questions, and the timeline if it changed."""
    blocks = [f'<p style="white-space:pre-line">{escape(reply.text)}</p>']
    if reply.changes:
        items = "".join(f"<li>{escape(line)}</li>" for line in reply.changes)
        blocks.append(f"<ul>{items}</ul>")
    for question in reply.questions:
        labels = " / ".join(option.label for option in question.options)
        blocks.append(f"<p><b>{escape(question.prompt)}</b> {escape(labels)}</p>")
    if reply.draft is not None and reply.changes:
        blocks.append(timeline_html(reply.draft))
    if reply.video is not None:
        blocks.append(video_html(reply.video))
    return "".join(blocks)


def video_html(video: Video) -> str:
    """Return a finished file with its facts, and with a player where the notebook can reach it."""
    facts = [size(video.size_bytes)]
    if video.duration_ms is not None:
        facts.insert(0, clock(video.duration_ms))
    line = f"<p>{escape(str(video.path))} ({', '.join(facts)})</p>"
    return player_html(video.path) + line


def player_html(path: Path) -> str:
    """Return a player for a file at or below the working folder; for any other, nothing.

    JupyterLab turns the address into one of its own, behind its base URL and its login.
    """
    tag = _TAGS.get(path.suffix.lower().removeprefix("."))
    place = os.path.relpath(path)
    if tag is None or place.startswith("..") or Path(place).is_absolute() or not path.is_file():
        return ""
    source = quote(Path(place).as_posix())
    if tag == "img":
        return f'<img src="{source}" alt="{escape(path.name)}" style="max-width:100%">'
    return (
        f'<{tag} controls preload="metadata" src="{source}" aria-label="{escape(path.name)}"'
        f' style="max-width:100%;max-height:480px"></{tag}>'
    )


def session_html(session: AsyncSession, backend: str) -> str:
    """Return a session's name, backend, files and what was said; the backend is not asked."""
    files = ", ".join(Path(name).name for name in session.files) or "no files yet"
    head = f"<p><b>{escape(session.name or session.id)}</b> ({backend} backend): {escape(files)}</p>"
    said = "".join(f"<li>{escape(text)}</li>" for text in session.said)
    return f"{head}<ol>{said}</ol>" if said else head
