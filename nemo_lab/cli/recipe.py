"""``nemo recipe run|show``: a saved recipe."""

from __future__ import annotations

import json
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
from nemo_lab.errors import UsageError


@click.group("recipe", short_help="Run or show a saved recipe.")
def command() -> None:
    """Run or show a saved recipe (a TOML document, see the README)."""


@command.command("run")
@click.argument("recipe_file", metavar="RECIPE", type=click.Path(path_type=Path))
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Default: NAME-edited.mp4 beside FILE.")
@click.option("--set", "settings", multiple=True, metavar="NAME=VALUE", help="A parameter of the recipe.")
@force_option
@backend_option
@export_options
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

    parameters = dict(_pair(text) for text in settings)
    recipe = Recipe.load(recipe_file)
    recipe = recipe.changed(
        backend=backend or recipe.backend, export=merge_exports(recipe.export, Export(**given(**export)))
    )
    manner = Manner(force=force, fresh=fresh, why=why, as_json=as_json, quiet=quiet)
    carry_out(recipe, list(files) or None, output, manner, parameters)


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise UsageError(f"{text!r} is not NAME=VALUE")
    return name, value


@command.command("show")
@click.argument("recipe_file", metavar="RECIPE", type=click.Path(path_type=Path))
@json_option
def show_recipe(recipe_file: Path, as_json: bool) -> None:
    """Show what RECIPE says, checked."""
    from nemo_lab.recipes import Recipe

    recipe = Recipe.load(recipe_file)
    if as_json:
        click.echo(json.dumps(recipe.model_dump(mode="json"), ensure_ascii=False, indent=2))
        return
    click.echo(recipe.name or recipe_file.stem)
    if recipe.description:
        click.echo(recipe.description)
    for number, step in enumerate(recipe.steps, 1):
        shown = step if isinstance(step, str) else step.model_dump_json(exclude_defaults=True)
        click.echo(f"{number:2}. {shown if isinstance(step, str) else f'{step.op} {shown}'}")
    for name, value in recipe.parameters.items():
        click.echo(f"Parameter {name} = {value!r}")
    if recipe.export is not None:
        wishes = recipe.export.model_dump(mode="json", exclude_none=True, exclude={"op"})
        click.echo("Export " + ", ".join(f"{name}={value}" for name, value in wishes.items()))
