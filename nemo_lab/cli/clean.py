"""``nemo clean``: what is kept on this machine, how large it is, and how to be rid of it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import click

from nemo_lab.config import Settings, load_settings
from nemo_lab.errors import BackendUnavailable, OutputNotWritable


@dataclass(frozen=True)
class Kept:
    """Something that can be removed by its name; of our folders nothing is touched but these paths."""

    what: str
    """For people."""
    paths: tuple[Path, ...]
    by: str = ""
    """What uses it while it runs: ``server`` or ``watcher``."""
    forget: Callable[[], None] | None = None
    """Removes what of it lies elsewhere, by what the paths tell."""

    @property
    def there(self) -> tuple[Path, ...]:
        """Those of the paths that exist; what lies behind a link is not ours."""
        return tuple(path for path in self.paths if path.exists() and not path.is_symlink())

    def size_bytes(self) -> int:
        """Return the size of all files, one that has several names counted once."""
        files = {(facts.st_dev, facts.st_ino): facts.st_size for path in self.there for facts in _files(path)}
        return sum(files.values())


def kept(settings: Settings) -> Mapping[str, Kept]:
    """Return all that is kept, by name; settings, presets and recipes are yours and not among it."""
    from nemo_lab.cache.store import KINDS
    from nemo_lab.client.identity import forget_tokens

    credentials = settings.config_dir / "credentials"
    data, jupyter = settings.data_dir, settings.data_dir / "jupyter"
    sessions = (data / "local", data / "sessions", data / "last_session.json", data / "chat_history",
                jupyter / "editors", jupyter / "media")  # fmt: skip
    cache = tuple(settings.cache_dir / name for name in (*KINDS, "models", ".tidied"))
    return {
        "cache": Kept("what need not be done twice: analyses, transcripts, renders", cache, "server"),
        "sessions": Kept("projects, their uploads and renders, what was said", sessions, "server"),
        "uploads": Kept(
            "files that came through the browser: they may be the only copy", (jupyter / "uploads",)
        ),
        "obs": Kept("queue, history and log of the OBS watcher", (data / "obs",), "watcher"),
        "tokens": Kept(
            "anonymous tokens for the cloud", (credentials,), forget=lambda: forget_tokens(credentials)
        ),
    }


@click.command("clean", short_help="Show what is kept here, and remove it.")
@click.argument("names", nargs=-1, metavar="[cache|sessions|uploads|obs|tokens|all]...")
@click.option("--yes", is_flag=True, help="Remove it; without this it is only shown.")
def command(names: tuple[str, ...], yes: bool) -> None:
    """Show what is kept on this machine and how large it is; with names and --yes, remove it.

    Recordings, finished files, recipes and settings are never touched.
    """
    from nemo_lab.cli.wording import size

    settings = load_settings()
    everything = kept(settings)
    unknown = [name for name in names if name not in {*everything, "all"}]
    if unknown:
        raise click.UsageError(f"nothing is called {unknown[0]!r}; there is: {', '.join(everything)}, all")
    chosen = [name for name in everything if not names or name in names or "all" in names]
    removes = yes and bool(names)
    for name in chosen:
        found = everything[name]
        told = size(found.size_bytes()) if found.there else "nothing"
        if removes:
            _check_unused(found, settings)
            if found.forget is not None:
                found.forget()
            _remove(found)
        click.echo(f"{name:<9} {'removed ' if removes else ''}{told:>9}  {found.what}")
    if not removes:
        click.echo(f"Nothing was removed. nemo clean {' '.join(names) or 'cache'} --yes does.")


def _files(path: Path) -> Iterator[os.stat_result]:
    if path.is_file():
        yield path.stat()
        return
    for folder, _, names in os.walk(path):
        for name in names:
            yield os.lstat(Path(folder) / name)


def _check_unused(found: Kept, settings: Settings) -> None:
    """Make sure that nobody works with it.

    Raises:
        BackendUnavailable: somebody does.
    """
    if found.by == "server" and _server_runs(settings.data_dir / "local" / "servers"):
        raise BackendUnavailable(
            "a local engine is running", remedy="Close notebooks, nemo chat and nemo serve, and try again."
        )
    if found.by == "watcher" and _watcher_runs():
        raise BackendUnavailable("the OBS watcher is running", remedy="Stop nemo obs run first.")


def _server_runs(folder: Path) -> bool:
    from nemo_lab.local.lease import any_alive

    return any_alive(folder)


def _watcher_runs() -> bool:
    from obs_plugin.folders import our_folders
    from obs_plugin.locks import Lock

    folders = our_folders()
    return any(Lock(path).taken() for path in (folders.lock, folders.work_lock))


def _remove(found: Kept) -> None:
    """Remove it; links are removed, never what they lead to.

    Raises:
        OutputNotWritable: some of it cannot be removed.
    """
    for path in found.there:
        try:
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()
        except OSError as exc:
            raise OutputNotWritable(f"{path} cannot be removed: {exc.strerror}", path=path) from None
