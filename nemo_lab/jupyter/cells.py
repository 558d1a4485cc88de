"""What a ``%%nemo`` cell means: a recipe, each line of it a step.

Running it again does nothing as long as nothing has changed: see :mod:`nemo_lab.recipes.reuse`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from nemo_lab.cache import Cache
from nemo_lab.config import load_settings
from nemo_lab.errors import UsageError
from nemo_lab.jupyter.options import cell_parser, export_wishes, split
from nemo_lab.protocol.events import Event
from nemo_lab.protocol.plan import Export
from nemo_lab.recipes import Recipe, RunRecord, run
from nemo_lab.recipes.conversation import wish_of
from nemo_lab.recipes.files import check_inputs, choose_output
from nemo_lab.recipes.reuse import record_of


@dataclass(frozen=True)
class Cell:
    """Files, where the result goes, and what to say."""

    files: tuple[Path, ...]
    output: Path
    recipe: Recipe
    force: bool = False
    """Whether whatever is there may be replaced."""
    fresh: bool = False
    """Whether it is done again even if nothing has changed."""


def read_cell(line: str, body: str) -> Cell:
    """Read a cell: files and options on its first line, then one instruction on each line.

    Empty lines and those that begin with ``#`` say nothing.

    Raises:
        UsageError: no file, no instruction, or an option that there is not.
        MediaError: a file is missing or is none that can be edited.
    """
    given = cell_parser().parse_args(split(line))
    lines = [text.strip() for text in body.splitlines()]
    said = tuple(text for text in lines if text and not text.startswith("#"))
    if not said:
        raise UsageError("nothing was said", remedy="Write one instruction on each line of the cell.")
    files = tuple(Path(name).expanduser() for name in given.files)
    check_inputs(files)
    recipe = Recipe().changed(
        steps=tuple(text.replace("{", "{{").replace("}", "}}") for text in said),
        backend=given.backend,
        export=export_wishes(given) or None,
    )
    named = Path(given.output).expanduser() if given.output else None
    output, _ = choose_output(files, named, recipe.export or Export(), wish_of(said))
    return Cell(files, output, recipe, given.force, given.fresh)


def carry_out(cell: Cell, on_event: Callable[[Event], None]) -> RunRecord:
    """Do what a cell says, unless it is done.

    An output that nobody changed since nemo_lab wrote it is replaced; any other only by ``--force``.

    Raises:
        NemoError: as for :func:`nemo_lab.run`.
    """
    overwrite = cell.force or _is_ours(cell.output)
    return run(
        cell.recipe, cell.files, output=cell.output, overwrite=overwrite, fresh=cell.fresh, on_event=on_event
    )


def _is_ours(output: Path) -> bool:
    """Return whether a file is what nemo_lab wrote there, byte by byte."""
    record = record_of(output)
    if record is None or not output.is_file() or output.stat().st_size != record.output.size_bytes:
        return False
    settings = load_settings()
    return Cache(settings.cache_dir, settings.cache_limit).hashes.of(output) == record.output.sha256
