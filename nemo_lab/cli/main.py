"""The command line's front door: which commands there are, and what happens when one fails.

A command's module is imported when it is called, so that ``nemo --help`` answers at once. Results go to
stdout, progress to stderr. An error is one line on stderr and exit code 1 (2 when the command line itself
is wrong, 130 when the user stopped it).
"""

from __future__ import annotations

import atexit
import importlib
import logging
import os
import signal
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from types import FrameType
from typing import Any, NoReturn

import click

from nemo_lab import __version__
from nemo_lab.errors import NemoError
from nemo_lab.redaction import RedactingFormatter

_COMMANDS = {
    "edit": "Edit recordings by saying what you want.",
    "chat": "Talk about a recording, edit by edit.",
    "plan": "Show what a sentence would do; runs nothing.",
    "export": "Save what is on a session's timeline.",
    "status": "Show a session's timeline.",
    "credits": "Show how many credits are left.",
    "recipe": "Run, show, freeze or verify a saved recipe.",
    "batch": "Edit many recordings by one recipe.",
    "demo": "Make a recording, edit it, show before and after.",
    "obs": "Edit every finished OBS recording by itself.",
    "serve": "Serve the local engine on this machine.",
    "doctor": "Say what is installed, what is missing, how to get it.",
    "clean": "Show what is kept here, and remove it.",
}
"""Each command, in the order of ``nemo --help``; its module has the same name."""
EXIT_ERROR, EXIT_STOPPED, EXIT_TERMINATED = 1, 130, 143


class Nemo(click.Group):
    """A group whose commands are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands' names."""
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return a command."""
        if cmd_name not in _COMMANDS:
            return None
        command = importlib.import_module(f"nemo_lab.cli.{cmd_name}").command
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands without importing any of them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        **extra: Any,
    ) -> Any:
        """Run, and turn every way of failing into one line and an exit code."""
        if not standalone_mode:
            return super().main(args, prog_name, complete_var, standalone_mode=False, **extra)
        sys.exit(self._exit_code(args, prog_name, complete_var, extra))

    def _exit_code(
        self,
        args: Sequence[str] | None,
        prog_name: str | None,
        complete_var: str | None,
        extra: dict[str, Any],
    ) -> int:
        try:
            result = super().main(args, prog_name, complete_var, standalone_mode=False, **extra)
        except (click.Abort, KeyboardInterrupt):
            return _failed("stopped", EXIT_STOPPED)
        except click.ClickException as exc:
            return _failed(exc.format_message(), exc.exit_code)
        except NemoError as exc:
            return _failed(str(exc))
        except OSError as exc:
            return _failed(f"{exc.filename or 'input or output'}: {exc.strerror or exc}")
        except Exception as exc:  # the outermost border: a line, not a traceback
            if os.environ.get("NEMO_DEBUG"):
                raise
            return _failed(f"a fault in nemo_lab: {type(exc).__name__}: {exc} (NEMO_DEBUG=1 shows where)")
        return result if isinstance(result, int) else 0


def _failed(message: str, code: int = EXIT_ERROR) -> int:
    """Print one line to stderr and return the exit code."""
    click.echo(f"nemo: {' '.join(message.split())}", err=True)
    return code


@click.group(cls=Nemo, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="nemo", message="%(prog)s %(version)s")
@click.pass_context
def cli(ctx: click.Context) -> None:
    """Edit recordings by saying what you want.

    \b
    nemo edit recording.mkv "cut the boring parts, add transitions"
    nemo chat recording.mkv
    nemo demo

    Everything runs on this machine unless the cloud was chosen (--backend cloud, or NEMO_TOKEN is set).
    """
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


def main() -> None:
    """Run ``nemo``; what a termination interrupts is cleaned up like after Ctrl-C."""
    signal.signal(signal.SIGTERM, _terminated)
    # Looking through all that is installed for plugins takes pydantic 50 ms, here and in each child.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    log = logging.getLogger("nemo_lab")
    if os.environ.get("NEMO_DEBUG"):
        handler = logging.StreamHandler()
        handler.setFormatter(RedactingFormatter(logging.BASIC_FORMAT))
        logging.basicConfig(level=logging.INFO, handlers=[handler])
        log.setLevel(logging.DEBUG)
    else:
        log.addHandler(logging.NullHandler())  # a failure is one line, not a log's traceback
    try:
        cli(prog_name="nemo")
    except SystemExit as exc:
        _leave(exc.code)


def _leave(code: str | int | None) -> NoReturn:
    """End the process without taking the interpreter apart, which takes a quarter of a second after an edit.

    What was registered for the end is done first. Where a thread is still at work, or what was written
    cannot be got rid of, the usual way is taken.
    """
    at_work = [one for one in threading.enumerate() if not one.daemon and one is not threading.main_thread()]
    if isinstance(code, int) and not at_work:
        with suppress(OSError, ValueError):  # nobody reads it any more, or it is closed
            atexit._run_exitfuncs()
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
    sys.exit(code)


def _terminated(number: int, frame: FrameType | None) -> NoReturn:
    sys.exit(EXIT_TERMINATED)
