"""Where a browser finds a file: under Jupyter's own ``files/``, else under our server extension.

A page must never reach into the file system by name, so a file outside Jupyter's folder is allowed by a
random token: one private JSON file per token in ``<data folder>/jupyter/media``, written by the kernel and
read by the server extension. Uploads that came through it lie in ``<data folder>/jupyter/uploads``.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import time
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

from nemo_lab.client.vault import private_folder, write_private

_KEPT_SECONDS = 7 * 24 * 3600.0
"""How long a token is good."""


def media_folder(data_dir: Path) -> Path:
    """Return where the tokens lie."""
    return data_dir / "jupyter" / "media"


def uploads_folder(data_dir: Path) -> Path:
    """Return where uploads land."""
    return data_dir / "jupyter" / "uploads"


class Shelf:
    """Gives addresses to files, relative to Jupyter's base URL.

    Args:
        data_dir: the user's data folder.
        root: the folder that Jupyter serves; ``None`` asks the running servers.
    """

    def __init__(self, data_dir: Path, root: Path | None = None) -> None:
        self._folder = media_folder(data_dir)
        self._root = root or served_folder()
        self._tokens: dict[tuple[str, int], str] = {}

    def address(self, path: Path) -> str | None:
        """Return where a browser finds a file; another one when the file has changed.

        ``None`` when it is not there, or its token cannot be written.
        """
        try:
            real = path.resolve(strict=True)
            changed = real.stat().st_mtime_ns
        except OSError:
            return None
        served = self._served(real)
        if served is not None:
            return f"files/{quote(served)}?v={changed}"
        token = self._token(real, changed)
        return None if token is None else f"nemo/media/{token}"

    def _served(self, path: Path) -> str | None:
        """Return the path under Jupyter's folder; hidden folders are not served."""
        if self._root is None:
            return None
        try:
            inside = path.relative_to(self._root)
        except ValueError:
            return None
        return None if any(part.startswith(".") for part in inside.parts) else inside.as_posix()

    def _token(self, path: Path, changed: int) -> str | None:
        known = self._tokens.get((str(path), changed))
        if known is not None and (self._folder / f"{known}.json").exists():
            return known
        token = secrets.token_urlsafe(24)
        try:
            private_folder(self._folder)
            self._tidy()
            content = json.dumps({"path": str(path), "mtime_ns": changed})
            write_private(self._folder / f"{token}.json", content)
        except OSError:
            return None
        self._tokens[str(path), changed] = token
        return token

    def _tidy(self) -> None:
        """Remove tokens that are no longer good."""
        old = time.time() - _KEPT_SECONDS
        for entry in self._folder.glob("*.json"):
            with suppress(OSError):
                if entry.stat().st_mtime < old:
                    entry.unlink()


def served_folder() -> Path | None:
    """Return the folder that the Jupyter server above this kernel serves, where that can be told.

    The server leaves a file about itself; to read it is all that is needed, and takes no second of importing
    the server's own code while a cell waits.
    """
    try:
        from jupyter_core.paths import jupyter_runtime_dir

        known = Path(jupyter_runtime_dir()) / f"jpserver-{int(os.environ['JPY_PARENT_PID'])}.json"
        return Path(json.loads(known.read_text("utf-8"))["root_dir"]).resolve()
    except (ImportError, KeyError, TypeError, ValueError, OSError):
        return None


def notebook_path() -> str | None:
    """Return the notebook in which this kernel runs, where the server says it."""
    return os.environ.get("JPY_SESSION_NAME") or None


def file_key(path: Path) -> str:
    """Return a short name for a path, for what is kept about it."""
    return hashlib.sha256(str(path).encode("utf-8", "surrogateescape")).hexdigest()[:16]
