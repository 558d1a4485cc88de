"""``nemo/media/<token>``: files that a kernel has registered, with Range, so that a player can seek.

A token is a file ``<token>.json`` that only the user's own kernels can write: ``{"path", "mtime_ns"}``. It
opens that one file, as long as it is the one that was registered.
"""

from __future__ import annotations

import json
import mimetypes
import re
from pathlib import Path

from tornado import web

from nemo_lab.jupyter.server.access import Guarded

TOKEN = re.compile(r"[A-Za-z0-9_-]{16,64}")
_SHOWN = re.compile(r"(video|audio|image)/(?!svg)|text/vtt")
"""What a player shows. Whatever else a token names is not served: a page could run scripts."""
_TYPES = {".mkv": "video/x-matroska", ".m4a": "audio/mp4", ".vtt": "text/vtt", ".webp": "image/webp"}
"""Endings that not every system's table knows."""


class MediaRoute(Guarded, web.StaticFileHandler):
    """Serves one registered file, whole or in ranges."""

    def initialize(self) -> None:  # type: ignore[override]
        """Take no folder: a token names its file."""
        super().initialize(path="")

    @property
    def content_security_policy(self) -> str:
        """Nothing in a file may run, should it be opened as a page."""
        return f"{super().content_security_policy}; sandbox"

    async def get(self, token: str, include_body: bool = True) -> None:
        """Serve a file.

        Raises:
            HTTPError: 403 from another site, 404 for an unknown token or a file that changed.
        """
        self.check_xsrf_cookie()
        await web.StaticFileHandler.get(self, token, include_body=include_body)

    async def head(self, token: str) -> None:
        """Serve the headers alone."""
        await self.get(token, include_body=False)

    def validate_absolute_path(self, root: str, absolute_path: str) -> str | None:
        """Return the file that the token names."""
        found = registered(self.extension.media_folder, self.path_args[0])
        if found is None or media_type(found) is None:
            raise web.HTTPError(404)
        return str(found)

    def get_content_type(self) -> str:
        """Return the type, as its ending says."""
        return media_type(Path(self.absolute_path or "")) or "application/octet-stream"

    def compute_etag(self) -> None:
        """Give none: tornado would hash the whole file. Its date, which is checked, does."""
        return

    def set_extra_headers(self, path: str) -> None:
        """Let the browser ask again, and never guess a type."""
        self.set_header("Cache-Control", "private, no-cache")
        self.set_header("X-Content-Type-Options", "nosniff")


def registered(folder: Path, token: str) -> Path | None:
    """Return the file that a token stands for; ``None`` if there is none, or it is another by now."""
    note = folder / f"{token}.json"
    if not TOKEN.fullmatch(token) or note.is_symlink():
        return None
    try:
        facts = json.loads(note.read_text(encoding="utf-8"))
        path, mtime = Path(facts["path"]), facts["mtime_ns"]
        # A path that leads over a link now did not when it was registered.
        same = path.is_absolute() and path.resolve(strict=True) == path and path.is_file()
        return path if same and path.stat().st_mtime_ns == mtime else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def media_type(path: Path) -> str | None:
    """Return a file's media type by its ending; ``None`` for what no player shows."""
    ending = path.suffix.lower()
    kind = _TYPES.get(ending) or mimetypes.guess_type(f"x{ending}")[0]
    return kind if kind and _SHOWN.match(kind) else None
