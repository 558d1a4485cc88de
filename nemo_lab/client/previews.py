"""Where previews are kept: named by what they show, so that the same timeline is rendered once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nemo_lab.cache import Cache
from nemo_lab.client.rendering import wish_of
from nemo_lab.client.reply import Video
from nemo_lab.errors import OutputNotWritable
from nemo_lab.protocol.draft import Draft, TrackType
from nemo_lab.protocol.renders import RenderOutput


def preview_output(draft: Draft, *, local: bool) -> dict[str, Any]:
    """Return the output to ask for. The cloud knows no preview, so it is asked for a small video."""
    pictures = any(track.segments for track in draft.of_type(TrackType.VIDEO))
    if not pictures:
        return {"format": "mp3", "quality": "low"}
    if not local:
        return {"format": "mp4", "quality": "low", "resolution": "480p"}
    return {"format": "mp4", "quality": "low", "preset": "preview"}


class Shelf:
    """The previews of one session in the cache.

    Args:
        cache: where they are kept.
        session_id: whose timelines.
    """

    def __init__(self, cache: Cache, session_id: str) -> None:
        self._cache, self._session_id = cache, session_id

    def place(self, draft: Draft, output: dict[str, Any]) -> Path:
        """Return the file of a preview, there or not.

        Raises:
            OutputNotWritable: the folder cannot be made.
        """
        name = wish_of(draft.model_copy(update={"metadata": {**draft.metadata, "session": self._session_id}}),
                       RenderOutput(**output))[:32]  # fmt: skip
        try:
            return self._cache.place("previews", f"{name}.{output['format']}")
        except OSError as exc:
            raise OutputNotWritable(
                f"no place for previews: {exc.strerror}", remedy="Name a file for it."
            ) from exc

    def known(self, target: Path, draft: Draft) -> Video | None:
        """Return a preview that was made before."""
        found = self._cache.find("previews", target.name)
        if found is None:
            return None
        return Video(found, found.suffix[1:], found.stat().st_size, "", duration_ms=draft.length_ms)

    def tidy(self) -> None:
        """Make room where the cache has grown too large."""
        self._cache.tidy()
