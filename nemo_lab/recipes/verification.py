"""Verifying that a run can be repeated: carried out again, from nothing, and compared."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict

from nemo_lab.errors import MediaNotFound, RecipeError
from nemo_lab.protocol.exact import operation_said
from nemo_lab.recipes.conversation import OnEvent
from nemo_lab.recipes.depends import Depends
from nemo_lab.recipes.frozen import renamed
from nemo_lab.recipes.model import Recipe
from nemo_lab.recipes.record import RunRecord, record_path
from nemo_lab.recipes.runner import run

if TYPE_CHECKING:
    from nemo_lab.client import Client


class Verification(BaseModel):
    """How a repetition compares with what was there before."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    identical: bool
    """Every byte of the finished file is the same."""
    same_timeline: bool
    sha256: str
    """Of the file as it was, and as it comes out now."""
    sha256_now: str
    differences: tuple[str, ...] = ()
    """What else is not the same, in words: circumstances, operations, the timeline."""

    def __str__(self) -> str:
        """Say it in words."""
        if self.identical:
            verdict = f"Byte-identical: SHA-256 {self.sha256}"
        else:
            cut = "The same cut" if self.same_timeline else "Another cut"
            verdict = f"{cut}, other bytes: SHA-256 was {self.sha256}, is {self.sha256_now}"
        return "\n".join([verdict, *(f"  {difference}" for difference in self.differences)])


def verify(
    what: Recipe | RunRecord,
    files: Sequence[str | Path] | None = None,
    *,
    client: Client | None = None,
    on_event: OnEvent | None = None,
) -> Verification:
    """Do a run again, from nothing, and compare what comes out. Nothing is kept of it.

    Args:
        what: a frozen recipe, whose pinned timeline is rendered again, or the record of a run, whose words
            are said again.
        files: the recordings; ``None`` takes the recipe's inputs, or the recordings as the record names them.
        client: a connection to use.
        on_event: told of progress.

    Raises:
        RecipeError: the recipe is not frozen, the record is of an incomplete run, or these are not the
            recordings.
        NemoError: the repetition failed.
    """
    with tempfile.TemporaryDirectory(prefix="nemo-verify-") as folder:
        if isinstance(what, Recipe):
            recipe, paths = what, files
        else:
            recipe, paths = recipe_again(what), files or [fact.path for fact in what.inputs]
        name = f"again.{(recipe.export.format if recipe.export else None) or 'mp4'}"
        again = run(
            recipe,
            paths,
            output=Path(folder) / name,
            client=client,
            fresh=True,
            on_event=on_event,
        )
    return _with_frozen(what, again) if isinstance(what, Recipe) else _with_record(what, again)


def record_for(path: Path) -> RunRecord:
    """Return the record of a finished file, named by the file or by the record itself.

    Raises:
        MediaNotFound: there is none.
        RecipeError: it cannot be read.
    """
    place = path if path.name.endswith(".nemo.json") else record_path(path)
    if not place.is_file():
        raise MediaNotFound(f"there is no record {place.name} beside {path.name}", path=path)
    return RunRecord.load(place)


def recipe_again(record: RunRecord) -> Recipe:
    """Return a recipe that says what a run was told.

    Raises:
        RecipeError: the run was incomplete, so that it may come to more another time.
    """
    if record.depends is None:
        raise RecipeError("this run could not do all that it was asked for, so it cannot be verified")
    if any(step.startswith("timeline ") for step in record.depends.steps):
        raise RecipeError(
            "this file was made by a frozen recipe",
            remedy="Verify the recipe: nemo recipe verify RECIPE FILE.",
        )
    steps = [
        operation_said(step) or step.replace("{", "{{").replace("}", "}}") for step in record.depends.steps
    ]
    return Recipe().changed(name=record.name, steps=steps, export=record.export, backend=record.backend)


def _with_frozen(recipe: Recipe, again: RunRecord) -> Verification:
    pinned = recipe.frozen
    if pinned is None:
        raise RecipeError(
            "this recipe is not frozen", remedy="Freeze it first: nemo recipe freeze RECIPE FILE."
        )
    assert again.depends is not None
    if again.depends.steps != (pinned.mark,):
        raise RecipeError("these are not the recordings that the recipe was frozen with")
    before = again.depends.model_copy(
        update={"engine": pinned.engine, "packages": pinned.versions, "backend": pinned.backend}
    )
    return _compared(pinned.output_sha256, before, again, same=True, found=())


def _with_record(record: RunRecord, again: RunRecord) -> Verification:
    assert record.depends is not None
    before = renamed(record.draft, _by_number(record.assets))
    now = renamed(again.draft, _by_number(again.assets))
    found = (*_operations(record, again), *_timelines(before, now))
    wanted = again.depends or record.depends
    if [sha for _, sha in wanted.inputs] != [sha for _, sha in record.depends.inputs]:
        raise RecipeError(
            "these are not the recordings of that run: " + "; ".join(wanted.differences(record.depends))
        )
    return _compared(record.output.sha256, record.depends, again, same=before == now, found=found)


def _compared(
    sha256: str, before: Depends, again: RunRecord, *, same: bool, found: Sequence[str]
) -> Verification:
    circumstances = again.depends.differences(before) if again.depends is not None else again.notes
    return Verification(
        identical=sha256 == again.output.sha256,
        same_timeline=same,
        sha256=sha256,
        sha256_now=again.output.sha256,
        differences=(*circumstances, *found),
    )


def _operations(before: RunRecord, now: RunRecord) -> Iterator[str]:
    for number, (old, new) in enumerate(zip(before.said, now.said, strict=False), 1):
        if old.operations != new.operations:
            yield f"step {number} is understood otherwise: {old.operations} before, {new.operations} now"


def _timelines(before: dict[str, Any], now: dict[str, Any]) -> Iterator[str]:
    """Say where two timelines differ first."""
    if before == now:
        return
    pairs = zip(before.get("t", ()), now.get("t", ()), strict=False)
    for track, (old, new) in enumerate(pairs, 1):
        for number, (a, b) in enumerate(zip(old.get("sg", ()), new.get("sg", ()), strict=False), 1):
            if a != b:
                changed = sorted(key for key in a.keys() | b.keys() if a.get(key) != b.get(key))
                yield f"the timelines differ first in track {track}, segment {number}: {', '.join(changed)}"
                return
        if old != new:
            counts = len(old.get("sg", ())), len(new.get("sg", ()))
            yield f"track {track} of the timeline has {counts[0]} segments before, {counts[1]} now"
            return
    yield "the timelines differ in what they say of the whole"


def _by_number(assets: Sequence[str]) -> dict[str, str]:
    return {asset: f"recording:{number}" for number, asset in enumerate(assets, 1)}
