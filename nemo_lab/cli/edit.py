"""``nemo edit FILE... "what you want"``: one sentence, one finished file."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from nemo_lab.cli.options import (
    backend_option,
    export_options,
    force_option,
    fresh_option,
    given,
    json_option,
    quiet_option,
    why_option,
)
from nemo_lab.errors import OutputExists, UsageError


@click.command("edit", short_help="Edit recordings by saying what you want.")
@click.argument("words", nargs=-1, required=True, metavar='FILE... "WHAT YOU WANT"')
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Default: NAME-edited.mp4 beside FILE.")
@force_option
@backend_option
@export_options
@click.option("--save-recipe", type=click.Path(path_type=Path), help="Keep what was said as a recipe.")
@why_option
@fresh_option
@json_option
@quiet_option
def command(
    words: tuple[str, ...],
    output: Path | None,
    force: bool,
    backend: str | None,
    save_recipe: Path | None,
    why: bool,
    fresh: bool,
    as_json: bool,
    quiet: bool,
    **export: Any,
) -> None:
    """Edit one recording, or several joined, by saying what you want.

    \b
    nemo edit talk.mkv "cut the boring parts, add transitions" -o talk.mp4
    nemo edit a.mp4 b.mp4 "join them and add a title 'Trip' for 3 seconds"
    nemo edit 录像.mkv "去掉停顿，开头加标题“演示”，导出 1080p"

    Originals are never modified. What was done before is not done again (--why says so).
    """
    files, text = _split(words)
    if save_recipe is not None and save_recipe.exists() and not force:
        raise OutputExists(f"{save_recipe} exists already", path=save_recipe, remedy="Add --force.")
    manner = Manner(force=force, fresh=fresh, why=why, as_json=as_json, quiet=quiet)
    with _worker_ahead(files, backend):
        from nemo_lab.protocol.plan import Export
        from nemo_lab.recipes import Recipe

        step = text.replace("{", "{{").replace("}", "}}")
        wanted = given(**export)
        recipe = Recipe(steps=(step,), export=Export(**wanted) if wanted else None)
        carry_out(recipe.changed(backend=backend), files, output, manner)
    if save_recipe is not None:
        recipe.changed(name=save_recipe.stem).save(save_recipe)
        click.echo(f"Recipe: {save_recipe}", err=True)


def _worker_ahead(files: list[Path], backend: str | None) -> AbstractContextManager[None]:
    """Have a worker process load while we do, where this machine is to edit what is there."""
    from nemo_lab.config import load_settings
    from nemo_lab.local.starting import worker_ahead

    here = load_settings(backend=backend).chosen_backend == "local"
    return worker_ahead() if here and all(path.is_file() for path in files) else nullcontext()


def _split(words: tuple[str, ...]) -> tuple[list[Path], str]:
    """Tell the files from the sentence, which comes last.

    Raises:
        UsageError: one of them is missing.
    """
    *names, text = words
    if not names:
        if Path(text).exists():
            raise UsageError(
                f"it was not said what to do with {text}", remedy='Say it: nemo edit FILE "cut the pauses".'
            )
        raise UsageError("no file was named", remedy='Name it first: nemo edit FILE "what you want".')
    if not text.strip() or Path(text).is_file():
        raise UsageError(
            "the last word must say what you want", remedy='E.g. nemo edit FILE "cut the pauses".'
        )
    return [Path(name) for name in names], text


@dataclass(frozen=True)
class Manner:
    """How a run is carried out and told: the flags that commands share."""

    force: bool
    fresh: bool
    why: bool
    as_json: bool
    quiet: bool


def carry_out(
    recipe: Any,
    files: list[Path] | None,
    output: Path | None,
    manner: Manner,
    parameters: dict[str, str] | None = None,
    cluster: str | None = None,
) -> None:
    """Run a recipe with progress on stderr, and print what came of it."""
    from nemo_lab.cli.progress import ProgressLine
    from nemo_lab.cli.sessions import remember
    from nemo_lab.cli.wording import outcome, reasons
    from nemo_lab.protocol.router import language_of
    from nemo_lab.recipes import run

    spoken = next((step for step in recipe.steps if isinstance(step, str)), "")
    progress = ProgressLine(quiet=manner.quiet, language=language_of(spoken))
    try:
        record = run(
            recipe, files, output=output, overwrite=manner.force, fresh=manner.fresh, parameters=parameters,
            on_event=progress, cluster=cluster,
        )  # fmt: skip
    finally:
        progress.end()
    remember(record.session_id, record.backend)
    if manner.why:
        click.echo(reasons(record), err=True)
    click.echo(record.model_dump_json(indent=2) if manner.as_json else outcome(record))
