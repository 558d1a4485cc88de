"""Where previews are kept: named by what they show, so that the same timeline is rendered once."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

from nemo_lab.client.rendering import wish_of
from nemo_lab.client.reply import Video
from nemo_lab.errors import OutputNotWritable
from nemo_lab.protocol.draft import Draft, TrackType
from nemo_lab.protocol.renders import RenderOutput

_KEPT = 20
"""Previews that stay; older ones go when a new one comes."""


def preview_output(draft: Draft, *, local: bool) -> dict[str, Any]:
    """Return the output to ask for. The cloud knows no preview, so it is asked for a small video."""
    pictures = any(track.segments for track in draft.of_type(TrackType.VIDEO))
    if not pictures:
        return {"format": "mp3", "quality": "low"}
    if not local:
        return {"format": "mp4", "quality": "low", "resolution": "480p"}
    return {"format": "mp4", "quality": "low", "preset": "preview"}


class Shelf:
    """The folder of previews of one session.

    Args:
        cache: the cache folder; may be emptied at any time.
        session_id: whose timelines.
    """

    def __init__(self, cache: Path, session_id: str) -> None:
        self._folder, self._session_id = cache / "previews", session_id

    def place(self, draft: Draft, output: dict[str, Any]) -> Path:
        """Return the file of a preview, there or not.

        Raises:
            OutputNotWritable: the folder cannot be made.
        """
        name = wish_of(draft.model_copy(update={"metadata": {**draft.metadata, "session": self._session_id}}),
                       RenderOutput(**output))[:32]  # fmt: skip
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as exc:
            raise OutputNotWritable(
                f"no place for previews: {exc.strerror}", path=self._folder, remedy="Name a file for it."
            ) from exc
        return self._folder / f"{name}.{output['format']}"

    def known(self, target: Path, draft: Draft) -> Video | None:
        """Return a preview that was made before."""
        try:
            size = target.stat().st_size
        except OSError:
            return None
        return Video(target, target.suffix[1:], size, "", duration_ms=draft.length_ms) if size else None

    def tidy(self) -> None:
        """Remove the oldest previews beyond those that are kept."""
        with contextlib.suppress(OSError):
            files = sorted(self._folder.glob("*.mp[34]"), key=lambda path: path.stat().st_mtime, reverse=True)
            for path in files[_KEPT:]:
                path.unlink(missing_ok=True)
