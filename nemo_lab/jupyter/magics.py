"""``%load_ext nemo_lab``: editing cells and a line magic.

::

    %%nemo recording.mkv -o clean.mp4
    cut the boring parts
    add a title 'Urban Dreams' for 3 seconds

    %nemo status      %nemo credits      %nemo export small.mp4 --height 360      %nemo nest on
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from IPython.core.interactiveshell import InteractiveShell
from IPython.core.magic import Magics, line_cell_magic, magics_class

from nemo_lab.client import Video, connect
from nemo_lab.config import load_settings
from nemo_lab.errors import UsageError
from nemo_lab.jupyter.cells import carry_out, read_cell
from nemo_lab.jupyter.nesting import nest
from nemo_lab.jupyter.options import export_parser, export_wishes, split
from nemo_lab.jupyter.progress import CellProgress
from nemo_lab.protocol.draft import Draft
from nemo_lab.protocol.events import Progress
from nemo_lab.recipes import RunRecord

_USAGE = "%nemo status | credits | export OUT | nest on    and cells: %%nemo FILE -o OUT"


@magics_class
class NemoMagics(Magics):
    """The magics of one kernel; it remembers the run of the last cell."""

    def __init__(self, shell: InteractiveShell) -> None:
        super().__init__(shell)
        self._last: RunRecord | None = None

    @line_cell_magic
    def nemo(self, line: str, cell: str | None = None) -> Any:
        """Edit a recording by what the cell says, or do what the line says.

        Raises:
            NemoError: it cannot be done; shown as one line.
        """
        return self._line(line) if cell is None else self._edit(line, cell)

    def _edit(self, line: str, body: str) -> RunRecord:
        cell, progress = read_cell(line, body), CellProgress()
        record = carry_out(cell, progress)
        progress.end(_ended(record))
        self._last = record
        return record

    def _line(self, line: str) -> Any:
        word, *rest = split(line) or ["help"]
        if word == "export":
            return self._export(rest)
        if word == "nest":
            return _Text(nest(rest[0] if rest else "status"))
        if rest or word not in {"status", "credits", "help"}:
            raise UsageError(f"%nemo {line.strip()} is not known", remedy=_USAGE)
        if word == "status":
            return self._status()
        return _Text(_credits() if word == "credits" else _USAGE)

    def _status(self) -> Draft | str:
        """Return the timeline of the last cell; before any cell, the backend that will be used."""
        if self._last is None:
            return _Text(f"No cell was run yet. Backend: {load_settings().chosen_backend}.")
        with connect(_backend(self._last)) as client:
            return client.session(self._last.session_id).timeline()

    def _export(self, words: list[str]) -> Video:
        """Save the timeline of the last cell under another name, in another size or format."""
        given = export_parser().parse_args(words)
        if self._last is None:
            raise UsageError("there is nothing to export yet", remedy="Run a %%nemo cell first.")
        progress = CellProgress()
        with connect(given.backend or _backend(self._last)) as client:
            video = client.session(self._last.session_id).export(
                Path(given.output).expanduser(),
                overwrite=given.force,
                on_progress=lambda fraction: progress(Progress("export", fraction)),
                **export_wishes(given),
            )
        progress.end("Exported.")
        return video


class _Text(str):
    """Text that a cell shows as it is, without quotes."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


def _ended(record: RunRecord) -> str:
    if record.reused:
        return f"Nothing to do: {'; '.join(record.why)}."
    return f"Done in {record.seconds.get('in all', 0.0):.1f} s."


def _backend(record: RunRecord) -> Any:
    return record.backend


def _credits() -> str:
    with connect() as client:
        if client.backend == "local":
            return "Edits on this machine cost no credits."
        found = client.credits()
        return f"{found.available:g} credits available of {found.total:g}"
