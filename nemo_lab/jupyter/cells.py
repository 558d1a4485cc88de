"""What a ``%%nemo`` cell means, and whether it has been done before.

A cell is a recipe: each line is a step. Its note lies in the cache under a key made of what went in (the
files' hashes, the steps, the export, the versions, the settings that choose who plans) and holds the run's
record. As long as the output still is the file that the record names, running the cell again does nothing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from nemo_lab.config import Settings, load_settings
from nemo_lab.errors import NemoError, UsageError
from nemo_lab.jupyter.options import cell_parser, export_wishes, split
from nemo_lab.protocol.events import Event
from nemo_lab.protocol.plan import Export
from nemo_lab.recipes import Recipe, RunRecord, record_path, run
from nemo_lab.recipes.conversation import wish_of
from nemo_lab.recipes.files import check_inputs, choose_output
from nemo_lab.recipes.record import file_fact, versions


@dataclass(frozen=True)
class Cell:
    """Files, where the result goes, and what to say."""

    files: tuple[Path, ...]
    output: Path
    recipe: Recipe
    force: bool = False


def read_cell(line: str, body: str) -> Cell:
    """Read a cell: files and options on its first line, then one instruction on each line.

    Empty lines and those that begin with ``#`` say nothing.

    Raises:
        UsageError: no file, no instruction, or an option that there is not.
        MediaError: a file is missing or is none that can be edited.
    """
    given = cell_parser().parse_args(split(line))
    lines = [text.strip() for text in body.splitlines()]
    said = [text for text in lines if text and not text.startswith("#")]
    if not said:
        raise UsageError("nothing was said", remedy="Write one instruction on each line of the cell.")
    files = tuple(Path(name).expanduser() for name in given.files)
    check_inputs(files)
    wishes = export_wishes(given)
    recipe = Recipe().changed(
        steps=tuple(text.replace("{", "{{").replace("}", "}}") for text in said),
        backend=given.backend,
        export=wishes or None,
    )
    named = Path(given.output).expanduser() if given.output else None
    output, _ = choose_output(files, named, recipe.export or Export(), wish_of(tuple(said)))
    return Cell(files, output, recipe, given.force)


def carry_out(cell: Cell, on_event: Callable[[Event], None]) -> tuple[RunRecord, bool]:
    """Do what a cell says, unless it is done: return the record, and whether anything was done now.

    An output that nobody changed since nemo_lab wrote it is replaced; any other only by ``--force``.

    Raises:
        NemoError: as for :func:`nemo_lab.run`.
    """
    settings = load_settings(backend=cell.recipe.backend)
    note = settings.cache_dir / "cells" / f"{_key(cell, settings)}.json"
    known = _record(note)
    if known is not None and _is_output(known, cell.output):
        return known, False
    overwrite = cell.force or _is_ours(cell.output)
    record = run(cell.recipe, cell.files, output=cell.output, overwrite=overwrite, on_event=on_event)
    with suppress(OSError):  # a cache that cannot be written is none
        note.parent.mkdir(parents=True, exist_ok=True)
        note.write_text(record.model_dump_json(), encoding="utf-8")
    return record, True


def _key(cell: Cell, settings: Settings) -> str:
    facts: dict[str, Any] = {
        "inputs": [[path.name, file_fact(path).sha256] for path in cell.files],
        "output": str(cell.output.absolute()),
        "recipe": cell.recipe.model_dump(mode="json"),
        "backend": [settings.chosen_backend, settings.api_url, settings.language],
        "planner": [settings.llm, settings.llm_model, settings.llm_url],
        "versions": versions(),
    }
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def _record(path: Path) -> RunRecord | None:
    try:
        return RunRecord.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return None


def _is_ours(output: Path) -> bool:
    """Return whether a file is what nemo_lab wrote there, byte by byte."""
    record = _record(record_path(output))
    return record is not None and _is_output(record, output)


def _is_output(record: RunRecord, output: Path) -> bool:
    try:
        return output.is_file() and file_fact(output).sha256 == record.output.sha256
    except NemoError:
        return False
