"""Files on the kernel's machine, to choose from."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Any

from nemo_lab.protocol.messages import UPLOAD_FORMATS

_MOST = 500
"""Entries that are listed of one folder."""


def listing(path: str) -> dict[str, Any]:
    """Return the folders and media files of a folder; what cannot be read is left out.

    Args:
        path: the folder; relative to the working folder, which is also meant by an empty one.
    """
    folder = Path(os.path.abspath(path or "."))  # noqa: PTH100 - resolve() would leave a linked folder's name
    try:
        entries = [found for entry in os.scandir(folder) if (found := _entry(entry)) is not None]
    except (OSError, ValueError):
        return {"path": str(folder), "parent": str(folder.parent), "entries": [], "error": "cannot be read"}
    entries.sort(key=lambda entry: (not entry["folder"], entry["name"].casefold()))
    return {
        "path": str(folder),
        "parent": None if folder.parent == folder else str(folder.parent),
        "entries": entries[:_MOST],
        "more": max(0, len(entries) - _MOST),
    }


def _entry(entry: os.DirEntry[str]) -> dict[str, Any] | None:
    if entry.name.startswith("."):
        return None
    try:
        found = entry.stat()
    except OSError:
        return None
    folder = stat.S_ISDIR(found.st_mode)
    known = Path(entry.name).suffix.lower().lstrip(".") in UPLOAD_FORMATS
    if not folder and not (known and stat.S_ISREG(found.st_mode)):
        return None
    shown = entry.name.encode("utf-8", "replace").decode("utf-8")
    if shown != entry.name:
        return None  # a name that is no text cannot be told to a page
    return {"name": entry.name, "folder": folder, "size": 0 if folder else found.st_size}
