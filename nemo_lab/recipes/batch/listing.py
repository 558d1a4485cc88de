"""Which recordings are meant, and what their results are called."""

from __future__ import annotations

import glob
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from nemo_lab.errors import MediaNotFound, UsageError
from nemo_lab.protocol.messages import UPLOAD_FORMATS
from nemo_lab.recipes.files import check_name, suffix_of

_PICTURES = {"jpg", "jpeg", "png", "webp", "gif"}
"""Can be edited, but in a folder of recordings they are covers and screenshots."""
_WILD = set("*?[")


def listed(patterns: Sequence[str | os.PathLike[str]], out: Path) -> list[Path]:
    """Return the recordings that files, globs (``**`` too) and folders stand for, each once.

    Folders are searched through; what lies in ``out``, is hidden, or is no recording is left out of what
    folders and globs give. A file that is named is taken as it is, so that a wrong one is reported.

    Raises:
        UsageError: nothing was named.
        MediaNotFound: a glob or a folder gives nothing, or a name that is no text.
    """
    if not patterns:
        raise UsageError("no recordings were named", remedy="Name files, a folder, or a pattern.")
    out = out.absolute()
    found: dict[str, Path] = {}
    for pattern in patterns:
        for path in _meant(os.fspath(pattern), out):
            check_name(path)
            found.setdefault(os.path.realpath(path), path.absolute())
    return list(found.values())


def recordings_in(folder: Path, out: Path) -> Iterator[Path]:
    """Yield the recordings in a folder and the folders in it, in order."""
    for place, folders, names in os.walk(folder):
        here = Path(place)
        folders[:] = sorted(name for name in folders if _shown(name) and (here / name).absolute() != out)
        yield from (here / name for name in sorted(names) if _is_recording(name))


def _meant(pattern: str, out: Path) -> list[Path]:
    path = Path(pattern)
    if path.is_dir():
        found = list(recordings_in(path, out))
    elif _WILD & set(pattern) and not path.exists():
        # Path.glob takes no absolute patterns.
        hits = (Path(hit) for hit in sorted(glob.glob(pattern, recursive=True)))  # noqa: PTH207
        found = [hit for hit in hits if hit.is_file() and _is_recording(hit.name) and not _inside(hit, out)]
    else:
        return [path]
    if not found:
        raise MediaNotFound(f"{pattern} gives no recordings", path=path, remedy="Check the name.")
    return found


def _inside(path: Path, folder: Path) -> bool:
    return path.absolute().is_relative_to(folder)


def _shown(name: str) -> bool:
    return not name.startswith(".")


def _is_recording(name: str) -> bool:
    ending = suffix_of(Path(name))
    return _shown(name) and ending in UPLOAD_FORMATS and ending not in _PICTURES


def free_name(stem: str, ending: str, used: Callable[[str], bool]) -> str:
    """Return a file name for which ``used``, asked in lower case, says no: no file system mistakes it."""
    name, number = f"{stem}.{ending}", 2
    while used(name.casefold()):
        name, number = f"{stem}-{number}.{ending}", number + 1
    return name
