"""``nemo recipe run|show|freeze|verify``: a saved recipe."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nemo_lab.cli.options import (
    backend_option,
    export_options,
    force_option,
    fresh_option,
    given,
    json_option,
    pair,
    quiet_option,
    why_option,
)
from nemo_lab.errors import OutputExists

if TYPE_CHECKING:
    from nemo_lab.cli.progress import ProgressLine


@click.group("recipe", short_help="Run, show, freeze or verify a saved recipe.")
def command() -> None:
    """Run, show, freeze or verify a saved recipe (a TOML document, see the README)."""


@command.command("run")
@click.argument("recipe_file", metavar="RECIPE", type=click.Path(path_type=Path))
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Default: NAME-edited.mp4 beside FILE.")
@click.option("--set", "settings", multiple=True, metavar="NAME=VALUE", help="A parameter of the recipe.")
@force_option
@backend_option
@export_options
@click.option("--dask", "cluster", metavar="ADDRESS", help="A Dask cluster that helps to encode.")
@why_option
@fresh_option
@json_option
@quiet_option
def run_recipe(
    recipe_file: Path,
    files: tuple[Path, ...],
    output: Path | None,
    settings: tuple[str, ...],
    force: bool,
    backend: str | None,
    cluster: str | None,
    why: bool,
    fresh: bool,
    as_json: bool,
    quiet: bool,
    **export: Any,
) -> None:
    """Run RECIPE on FILES, or on the recipe's own inputs."""
    from nemo_lab.cli.edit import Manner, carry_out
    from nemo_lab.protocol.plan import Export
    from nemo_lab.recipes import Recipe
    from nemo_lab.recipes.files import merge_exports

    parameters = dict(pair(text) for text in settings)
    recipe = Recipe.load(recipe_file)
    recipe = recipe.changed(
        backend=backend or recipe.backend, export=merge_exports(recipe.export, Export(**given(**export)))
    )
    manner = Manner(force=force, fresh=fresh, why=why, as_json=as_json, quiet=quiet)
    carry_out(recipe, list(files) or None, output, manner, parameters, cluster)


@command.command("show")
@click.argument("recipe_file", metavar="RECIPE", type=click.Path(path_type=Path))
@json_option
def show_recipe(recipe_file: Path, as_json: bool) -> None:
    """Explain RECIPE in words, checked: what it says and what that comes to."""
    from nemo_lab.engine.understand.planner import understand
    from nemo_lab.recipes import Recipe
    from nemo_lab.recipes.explain import explain

    recipe = Recipe.load(recipe_file)
    if as_json:
        click.echo(json.dumps(recipe.model_dump(mode="json"), ensure_ascii=False, indent=2))
        return
    click.echo(recipe.name or recipe_file.stem)
    for line in explain(recipe, plan=lambda text: understand(text).operations):
        click.echo(line)


@command.command("freeze")
@click.argument("recipe_file", metavar="RECIPE", type=click.Path(path_type=Path))
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Default: RECIPE's name.frozen.toml.")
@click.option("--set", "settings", multiple=True, metavar="NAME=VALUE", help="A parameter of the recipe.")
@force_option
@quiet_option
def freeze_recipe(
    recipe_file: Path,
    files: tuple[Path, ...],
    output: Path | None,
    settings: tuple[str, ...],
    force: bool,
    quiet: bool,
) -> None:
    """Pin what RECIPE comes to with FILES (or its own inputs): operations, timeline, versions, hashes.

    The frozen recipe gives the same cut of these recordings in any later version.
    """
    from nemo_lab.cli.wording import clock
    from nemo_lab.recipes import Recipe, freeze, run

    target = output or recipe_file.with_suffix(".frozen.toml")
    if target.exists() and not force:
        raise OutputExists(f"{target} exists already", path=target, remedy="Add --force.")
    recipe = Recipe.load(recipe_file)
    with tempfile.TemporaryDirectory(prefix="nemo-freeze-") as folder, _progress(quiet) as progress:
        record = run(
            recipe,
            files or None,
            output=Path(folder),
            parameters=dict(pair(text) for text in settings),
            on_event=progress,
        )
    freeze(recipe, record).save(target)
    lengths = f"{clock(record.before_ms)} → {clock(record.after_ms)}"
    click.echo(f"Frozen: {target} ({lengths}, file {record.output.sha256[:16]}…)")


@command.command("verify")
@click.argument("what", metavar="RECIPE|FINISHED_FILE", type=click.Path(path_type=Path))
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@json_option
@quiet_option
def verify_recipe(what: Path, files: tuple[Path, ...], as_json: bool, quiet: bool) -> int:
    """Do it again, from nothing, and compare: a frozen recipe with FILES, or a finished file.

    Exit code 0 when every byte is the same, 1 when not.
    """
    from nemo_lab.recipes import Recipe, record_for, verify

    subject = Recipe.load(what) if what.suffix == ".toml" else record_for(what)
    with _progress(quiet) as progress:
        found = verify(subject, files or None, on_event=progress)
    click.echo(found.model_dump_json(indent=2) if as_json else str(found))
    return 0 if found.identical else 1


@contextmanager
def _progress(quiet: bool) -> Iterator[ProgressLine]:
    from nemo_lab.cli.progress import ProgressLine

    line = ProgressLine(quiet=quiet)
    try:
        yield line
    finally:
        line.end()
