"""Freezing a recipe: what one run of it came to, pinned into the document."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import ValidationError

from nemo_lab.errors import RecipeError
from nemo_lab.protocol.plan import Operation, parse_operation
from nemo_lab.recipes.depends import Depends
from nemo_lab.recipes.frozen import Frozen, Recording, pinned_timeline
from nemo_lab.recipes.model import Recipe
from nemo_lab.recipes.record import RunRecord, Said


def freeze(recipe: Recipe, record: RunRecord) -> Recipe:
    """Return the recipe as a run of it came out: exact operations, timeline, versions, hashes.

    Sentences become the operations that the backend resolved them to; where it told none they stay.
    Parameters are put in. Comments of the document stay.

    Args:
        recipe: what was run.
        record: the record of that run, as :func:`nemo_lab.run` returned it or :meth:`RunRecord.load` read it.

    Raises:
        RecipeError: the run left something undone, so it is not what the recipe says; or the backend does not
            tell enough.
    """
    depends = _complete(recipe, record)
    return recipe.changed(
        steps=tuple(step for said in record.said for step in _steps(said)),
        export=record.export,
        parameters={},
        backend=record.backend,
        frozen=Frozen(
            engine=depends.engine,
            backend=depends.backend,
            said=tuple(said.step for said in record.said),
            recordings=tuple(Recording(name=name, sha256=sha256) for name, sha256 in depends.inputs),
            before_ms=record.before_ms,
            after_ms=record.after_ms,
            output_sha256=record.output.sha256,
            versions=depends.packages,
            timeline=pinned_timeline(record.draft, record.assets),
        ),
    )


def _complete(recipe: Recipe, record: RunRecord) -> Depends:
    """Return what the run's result depends on; refuse, as :func:`freeze` says, what cannot be frozen."""
    if record.depends is None:
        raise RecipeError(
            "this run could not do all that it was asked for, so it cannot be frozen",
            remedy="Mend what its notes say: " + "; ".join(record.notes) if record.notes else "",
        )
    if len(record.assets) != len(record.inputs):
        raise RecipeError(
            "the backend did not say how the recordings are called in the timeline",
            remedy="Freeze a run with --backend local.",
        )
    if recipe.frozen is not None:
        raise RecipeError("this recipe is frozen already", remedy="Freeze the one that it was made from.")
    return record.depends


def _steps(said: Said) -> Iterator[str | Operation]:
    """Yield what a step came to."""
    if not said.operations:
        yield said.step.replace("{", "{{").replace("}", "}}")
    for fields in said.operations:
        try:
            yield parse_operation(fields)
        except ValidationError:  # a newer backend's operation: its words are all that we have
            yield said.step.replace("{", "{{").replace("}", "}}")
            return
