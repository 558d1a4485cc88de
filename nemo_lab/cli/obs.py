"""``nemo obs``: recordings that OBS finished edit themselves."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nemo_lab.cli.options import json_option

if TYPE_CHECKING:
    from obs_plugin.jobs import Job
    from obs_plugin.ledger import Ledger

_REFRESH = 1.0


@click.group("obs", short_help="Edit every finished OBS recording by itself.")
def command() -> None:
    """Edit every finished OBS recording by itself.

    \b
    nemo obs install     set everything up, once
    nemo obs run         watch until stopped (what start at login runs)
    nemo obs status      what is being done, and what is waiting
    """


@command.command("run")
@click.option("--once", is_flag=True, help="End when nothing is left to do.")
@click.option("--no-link", is_flag=True, help="Do not connect to OBS: its script and logs must do.")
@click.option("-v", "--verbose", is_flag=True, help="Show the log here too.")
@click.option("--from-obs", is_flag=True, hidden=True, help="Let go of the OBS whose script started this.")
def run_command(once: bool, no_link: bool, verbose: bool, from_obs: bool) -> None:
    """Watch OBS, and edit what it records, until stopped."""
    from obs_plugin.service import let_go, serve

    if from_obs:
        let_go()
    serve(once=once, link=not no_link, verbose=verbose)


@command.command("status")
@json_option
def status_command(as_json: bool) -> None:
    """Show what is being done and what is waiting."""
    _show(as_json=as_json)


@command.command("watch")
def watch_command() -> None:
    """Show the status, ever anew, until stopped with Ctrl-C."""
    while True:
        if sys.stdout.isatty():
            click.clear()
        _show(as_json=False)
        time.sleep(_REFRESH)


@command.command("history")
@click.argument("job", type=int, required=False)
@click.option("-n", "limit", type=click.IntRange(1), default=20, help="How many; default: 20.")
@json_option
def history_command(job: int | None, limit: int, as_json: bool) -> None:
    """Show the last recordings with what became of them, or each step of one."""
    ledger = _ledger()
    if job is None:
        _print_jobs(ledger.jobs(limit=limit), as_json=as_json)
        return
    steps = ledger.history(ledger.job(job).id)
    if as_json:
        rows = [{"at": at, "state": state, "reason": reason} for at, state, reason in steps]
        click.echo(json.dumps(ledger.job(job).to_json() | {"history": rows}, ensure_ascii=False))
        return
    for at, state, reason in steps:
        click.echo(f"{time.strftime('%Y-%m-%d %H:%M:%S', time.localtime(at))}  {state:<10} {reason}".rstrip())


@command.command("retry")
@click.argument("jobs", type=int, nargs=-1, required=True)
def retry_command(jobs: tuple[int, ...]) -> None:
    """Try again what failed or was skipped."""
    ledger = _ledger()
    for number in jobs:
        click.echo(f"{number}: {ledger.retry(number).state}")


@command.command("skip")
@click.argument("jobs", type=int, nargs=-1, required=True)
def skip_command(jobs: tuple[int, ...]) -> None:
    """Take recordings out of the queue; one that is being edited is stopped."""
    ledger = _ledger()
    for number in jobs:
        click.echo(f"{number}: {ledger.skip(number).state}")


@command.command("install")
@click.option("--script", type=click.Choice(["lua", "python"]), default="lua", help="Lua works in every OBS.")
@click.option(
    "--command", "program", type=click.Path(path_type=Path), help="The program nemo; default: this one."
)
@click.option("--no-login", is_flag=True, help="Do not start the watcher at login.")
def install_command(script: Any, program: Path | None, no_login: bool) -> None:
    """Put the script into OBS, and start the watcher at login. OBS must not run."""
    from obs_plugin import install
    from obs_plugin.folders import ObsFolder, our_folders

    found = program.absolute() if program else install.program()
    done = install.install(our_folders(), ObsFolder(), found, language=script, at_login=not no_login)
    click.echo("\n".join(done))


@command.command("uninstall")
def uninstall_command() -> None:
    """Undo install: OBS's settings become what they were. OBS must not run."""
    from obs_plugin import install
    from obs_plugin.folders import ObsFolder, our_folders

    click.echo("\n".join(install.uninstall(our_folders(), ObsFolder())))


@command.command("add")
@click.argument("recording", type=click.Path(path_type=Path))
@click.option("--say", default="", help="What you want, instead of a preset.")
@click.option("--preset", default="", help="A preset's name.")
def add_command(recording: Path, say: str, preset: str) -> None:
    """Put a recording into the queue by hand."""
    from nemo_lab.errors import MediaNotFound
    from nemo_lab.recipes.files import check_name
    from obs_plugin.jobs import Arrival, Wish

    check_name(recording)
    if not recording.is_file():
        raise MediaNotFound(f"{recording} does not exist", path=recording, remedy="Check the name.")
    number = _ledger().arrive(Arrival(recording.absolute(), "user", wish=Wish(say=say, preset=preset)))
    click.echo(
        "it is a result of ours; nothing to do"
        if number is None
        else f"{number}: {_ledger().job(number).state}"
    )


def _ledger() -> Ledger:
    from obs_plugin.folders import our_folders
    from obs_plugin.ledger import Ledger

    return Ledger(our_folders().ledger)


def _show(*, as_json: bool) -> None:
    from obs_plugin.folders import our_folders
    from obs_plugin.jobs import RUNNING
    from obs_plugin.locks import Lock

    folders = our_folders()
    running = Lock(folders.lock).taken()
    jobs = _ledger().jobs("new", "settled", *RUNNING)
    said = _said(folders.status) if running else {}
    connection = said.get("connection", "not known" if running else "")
    trouble = said.get("trouble") or _fault(folders.presets)
    if as_json:
        facts = {
            "running": running,
            "connection": connection,
            "trouble": trouble,
            "presets": str(folders.presets),
            "log": str(folders.log),
            "jobs": [job.to_json() for job in jobs],
        }
        click.echo(json.dumps(facts, ensure_ascii=False))
        return
    click.echo(
        f"The watcher runs; OBS: {connection}." if running else "The watcher does not run: nemo obs run"
    )
    if trouble:
        click.echo(f"Trouble: {trouble}")
    click.echo(f"Presets: {folders.presets}    Log: {folders.log}")
    _print_jobs(jobs, as_json=False)


def _fault(presets: Path) -> str:
    """Return what is wrong with the presets; nothing where they can be used."""
    from nemo_lab.errors import ConfigError
    from obs_plugin.presets import Presets

    try:
        Presets.load(presets)
    except ConfigError as exc:
        return " ".join(str(exc).split())
    return ""


def _said(path: Path) -> dict[str, str]:
    """Return what the watcher says of itself, as far as it can be read."""
    try:
        data: Any = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {name: str(value) for name, value in data.items()} if isinstance(data, dict) else {}


def _print_jobs(jobs: list[Job], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps([job.to_json() for job in jobs], ensure_ascii=False))
        return
    if not jobs:
        click.echo("Nothing to do.")
    for job in jobs:
        click.echo(_line(job))


def _line(job: Job) -> str:
    from obs_plugin.status import ago

    state = f"{job.state} {job.progress:.0%}" if 0 < job.progress < 1 else job.state
    said = "; ".join(filter(None, (job.reason, job.note)))
    arrow = f" → {job.output}" if job.state == "saved" and job.output else ""
    return (
        f"{job.id:>4}  {state:<14} {job.path.name}{arrow}  ({ago(job.changed)}{'; ' if said else ''}{said})"
    )
