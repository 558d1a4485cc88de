"""``nemo batch RECIPE FILE...``: one recipe, many recordings."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nemo_lab.cli.options import backend_option, fresh_option, json_option, pair, quiet_option, why_option
from nemo_lab.errors import UsageError

if TYPE_CHECKING:
    from nemo_lab.recipes.batch import BatchReport, Item


@click.command("batch", short_help="Edit many recordings by one recipe.")
@click.argument("recipe_file", metavar="RECIPE", type=click.Path(path_type=Path))
@click.argument("files", nargs=-1)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("edited"),
    show_default=True,
    help="Folder for results, report and ledger.",
)
@click.option("--jobs", type=click.IntRange(min=1), help="Recordings at once.")
@click.option("--watch", "watched", type=click.Path(path_type=Path), help="Edit what comes into a folder.")
@click.option("--dask", "cluster", metavar="ADDRESS", help="Work on this Dask cluster, e.g. tcp://host:8786.")
@click.option("--set", "settings", multiple=True, metavar="NAME=VALUE", help="A parameter of the recipe.")
@click.option("--again", is_flag=True, help="Redo what was interrupted in the cloud; may cost credits again.")
@click.option("--no-stills", is_flag=True, help="No pictures in the report.")
@backend_option
@why_option
@fresh_option
@json_option
@quiet_option
def command(
    recipe_file: Path,
    files: tuple[str, ...],
    out: Path,
    jobs: int | None,
    watched: Path | None,
    cluster: str | None,
    settings: tuple[str, ...],
    again: bool,
    no_stills: bool,
    backend: str | None,
    why: bool,
    fresh: bool,
    as_json: bool,
    quiet: bool,
) -> int:
    """Edit each of many recordings by RECIPE: files, folders, and patterns like 'days/**/*.mkv'.

    \b
    nemo batch clean.toml recordings/ --out edited
    nemo batch clean.toml --watch ~/Videos --out edited

    May be stopped at any time: run it again and it goes on. Results, a report (batch.html, .csv, .json) and
    the ledger lie in the output folder. Exit code 1 when a recording failed.
    """
    from nemo_lab.recipes import Recipe

    recipe = Recipe.load(recipe_file)
    recipe = recipe.changed(backend=backend or recipe.backend, name=recipe.name or recipe_file.stem)
    table = _Table(quiet=quiet, why=why)
    parameters = dict(map(pair, settings))
    common: dict[str, Any] = {"out": out, "jobs": jobs, "parameters": parameters, "again": again}
    common["on_item"] = table.show
    if watched is not None:
        if files or cluster or fresh:
            raise UsageError("--watch goes with neither files nor --dask nor --fresh")
        reports = _watched(recipe, watched, common)
    else:
        reports = iter([_once(recipe, files, cluster, common, fresh=fresh, stills=not no_stills)])
    return _told(reports, as_json=as_json)


def _told(reports: Iterator[BatchReport], *, as_json: bool) -> int:
    """Print each report as it comes; return the exit code."""
    bad = False
    for report in reports:
        click.echo(report.model_dump_json(indent=1) if as_json else f"{report}\nReport: {report.path}")
        bad = bad or bool(report.failed or report.stopped)
    return 1 if bad else 0


def _once(
    recipe: Any, files: tuple[str, ...], cluster: str | None, common: dict[str, Any], **more: Any
) -> BatchReport:
    from nemo_lab.recipes.batch import batch

    chosen = files or [str(path) for path in recipe.input_files()]
    return batch(recipe, chosen, cluster=cluster, **common, **more)


def _watched(recipe: Any, folder: Path, common: dict[str, Any]) -> Iterator[BatchReport]:
    from nemo_lab.recipes.batch import watch

    click.echo(f"Watching {folder}; Ctrl-C ends it.", err=True)
    return watch(recipe, folder, **common)


class _Table:
    """One line on stderr for each recording that is done."""

    def __init__(self, *, quiet: bool, why: bool) -> None:
        self._quiet, self._why = quiet, why
        self._begun = False

    def show(self, item: Item, done: int, of: int) -> None:
        """Print an item's line."""
        from nemo_lab.protocol.summary import clock, size

        if self._quiet:
            return
        if not self._begun:
            self._begun = True
            heads = f"{'before':>9} {'after':>9} {'size':>9} {'took':>8}  result"
            click.echo(f"{'':>11}  {'status':<7} {heads}", err=True)
        facts = (clock(item.before_ms), clock(item.after_ms), size(item.size_bytes))
        shown = facts if item.status == "done" else ("", "", "")
        tail = item.target if item.status == "done" else f"{Path(item.source).name}: {item.error}"
        columns = f"{shown[0]:>9} {shown[1]:>9} {shown[2]:>9} {item.seconds:>6.1f} s"
        click.echo(f"{done:>5}/{of:<5}  {item.status:<7} {columns}  {tail}", err=True)
        if self._why and item.why:
            click.echo(f"{'':>11}  why: {item.why}", err=True)
