"""What is checked before anything runs: the files to edit, and where the result may go.

Originals are never modified: an output that is one of the inputs is refused, whatever it is called.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import get_args

from nemo_lab.errors import (
    MediaNotFound,
    OutputExists,
    OutputNotWritable,
    UnreadableMedia,
    UnsupportedFormat,
    UsageError,
)
from nemo_lab.protocol.messages import TIMELINE_UPLOADS, UPLOAD_FORMATS
from nemo_lab.protocol.plan import Export, ExportFormat

OUTPUT_FORMATS: tuple[str, ...] = get_args(ExportFormat)
_SOUND_FORMATS = {"mp3": "mp3", "wav": "wav", "m4a": "m4a", "aac": "m4a"}
"""What a file with sound alone becomes, unless something else is asked for."""


def check_inputs(files: Sequence[Path]) -> None:
    """Make sure that each file is there, is a file, is not empty, and has a format that can be edited.

    Raises:
        UsageError: no files.
        MediaNotFound, UnreadableMedia, UnsupportedFormat: the first file that does not do.
    """
    if not files:
        raise UsageError("no file to edit was named")
    for path in files:
        _check_input(path)


def check_name(path: Path) -> None:
    """Make sure that a name can be sent and stored: on Linux it may hold any bytes.

    Raises:
        MediaNotFound: it is no text.
    """
    shown = str(path).encode("utf-8", "replace").decode()
    if shown != str(path):
        raise MediaNotFound(f"{shown}: its name is not UTF-8", path=shown, remedy="Rename it.")


def _check_input(path: Path) -> None:
    check_name(path)
    try:
        found = path.stat()
    except FileNotFoundError:
        raise MediaNotFound(f"{path} does not exist", path=path, remedy="Check the name.") from None
    except OSError as exc:
        raise MediaNotFound(f"{path} cannot be read: {exc.strerror}", path=path) from None
    if path.is_dir():
        raise MediaNotFound(f"{path} is a folder", path=path, remedy="Name a file in it.")
    if not path.is_file():
        raise MediaNotFound(f"{path} is not a regular file", path=path)
    if suffix_of(path) not in {*UPLOAD_FORMATS, *TIMELINE_UPLOADS}:
        ending = suffix_of(path) or "a name without an ending"
        raise UnsupportedFormat(
            f"{path.name}: {ending} is not a format that can be edited",
            path=path,
            remedy=f"Formats: {' '.join((*UPLOAD_FORMATS, *TIMELINE_UPLOADS))}.",
        )
    if not found.st_size:
        raise UnreadableMedia(f"{path} is empty", path=path, remedy="Record it again, or name another file.")
    if not os.access(path, os.R_OK):
        raise UnreadableMedia(f"{path} may not be read", path=path, remedy="Change its permissions.")


def suffix_of(path: Path) -> str:
    """Return a name's ending in lower case, without the dot."""
    return path.suffix.lower().removeprefix(".")


def choose_output(
    files: Sequence[Path], output: Path | None, explicit: Export, wish: Export
) -> tuple[Path, Export]:
    """Return where the result goes and how it is exported.

    Format: explicit argument, else the output's ending, else what the words ask for, else mp4
    (for a file with sound alone, its own format). A folder as output takes the default name.

    Raises:
        UsageError: the ending is none that can be written, or contradicts the explicit format.
    """
    asked = explicit.format
    named = output is not None and not output.is_dir()
    if named and output is not None:
        ending = suffix_of(output)
        if ending not in OUTPUT_FORMATS:
            raise UsageError(
                f"{output.name}: {ending or 'a name without an ending'} cannot be written",
                remedy=f"Endings: {' '.join(OUTPUT_FORMATS)}.",
            )
        if asked is not None and asked != ending:
            raise UsageError(f"{output.name} does not end in .{asked}, the format that was asked for")
        asked = ending  # type: ignore[assignment]  # it was just found among the formats
    chosen = asked or wish.format or _SOUND_FORMATS.get(suffix_of(files[0]), "mp4")
    folder = output if output is not None and not named else files[0].parent
    path = output if named and output is not None else folder / f"{files[0].stem}-edited.{chosen}"
    return path, Export.model_validate(_merged(wish, explicit) | {"format": chosen})


def _merged(*exports: Export) -> dict[str, object]:
    """Return the export that the later ones say, where they say something."""
    merged: dict[str, object] = {}
    for export in exports:
        merged |= export.model_dump(exclude_none=True)
    return merged


def merge_exports(*exports: Export | None) -> Export:
    """Return one export: what a later one says stands over what an earlier one says."""
    return Export.model_validate(_merged(*(export for export in exports if export is not None)))


def check_output(path: Path, files: Sequence[Path], *, overwrite: bool) -> None:
    """Make sure that the result can be written there without harming anything.

    Raises:
        OutputExists: it is there and ``overwrite`` was not given.
        OutputNotWritable: it is an input, a folder, or lies where nothing can be written.
        MediaNotFound: its name is no text.
    """
    check_name(path)
    for source in files:
        if path.exists() and path.samefile(source):
            raise OutputNotWritable(
                f"{path} is the recording itself, and originals are never modified",
                path=path,
                remedy="Choose another name.",
            )
    if path.is_dir():
        raise OutputNotWritable(f"{path} is a folder", path=path, remedy="Name a file in it.")
    if not path.parent.is_dir():
        raise OutputNotWritable(
            f"{path.parent} is not a folder", path=path, remedy="Create it, or choose another name."
        )
    if not os.access(path.parent, os.W_OK | os.X_OK):
        raise OutputNotWritable(
            f"nothing may be written to {path.parent}", path=path, remedy="Choose another folder with -o."
        )
    if path.exists() and not overwrite:
        raise OutputExists(f"{path} exists already", path=path, remedy="Add --force (overwrite=True).")
