"""Files as other editors name them, and back."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote, urlsplit

from nemo_lab.errors import MediaNotFound


def file_url(path: Path) -> str:
    """Return the ``file://`` address of an absolute path."""
    return path.absolute().as_uri()


def located(written: str, folder: Path) -> Path:
    """Return the file that a timeline file means.

    Args:
        written: path, ``file://`` address or bare name.
        folder: where the timeline file lies; relative paths begin there, and a file that has moved along
            with it is found there by its name.

    Raises:
        MediaNotFound: it is neither where it is said to be nor beside the timeline file.
    """
    path = _path(written)
    for place in (folder / path, folder / path.name):
        if path.name and place.is_file():
            return place.resolve()
    name = path.name or written[:80]
    raise MediaNotFound(
        f"the timeline uses {name}, which is not there", path=path, remedy=f"Put it into {folder}."
    )


def _path(written: str) -> Path:
    parts = urlsplit(written)
    if parts.scheme.lower() != "file":
        return Path(written.replace("\x00", ""))
    text = unquote(parts.path).replace("\x00", "")
    # file:///C:/x and file://localhost/C:/x are C:/x.
    return Path(text[1:] if len(text) > 2 and text[0] == "/" and text[2] == ":" else text)
