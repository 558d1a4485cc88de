# SPDX-License-Identifier: GPL-3.0-only
"""``nemo-obs``: watches OBS and edits what it records; ``nemo-obs RECORDING`` edits one recording.

The original is never touched; the result and its record lie beside it, or where ``-o`` says.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from obs_plugin.presets import DEFAULT_WISH

if TYPE_CHECKING:
    from nemo_lab.recipes import RunRecord


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command; an error is one line on stderr and exit code 1."""
    given = _parser().parse_args(arguments)
    from nemo_lab.errors import NemoError

    try:
        if given.recording is None:
            from obs_plugin.service import serve

            serve()
            return
        record = edit_recording(
            given.recording, given.output, recipe=given.recipe, say=given.say, force=given.force
        )
    except NemoError as exc:
        sys.exit(f"nemo-obs: {' '.join(str(exc).split())}")
    except KeyboardInterrupt:
        sys.stderr.write("nemo-obs: stopped\n")
        sys.exit(130)
    for said in record.said:
        sys.stdout.write(f"{said.reply}\n")
    for note in record.notes:
        sys.stdout.write(f"Note: {note}\n")
    sys.stdout.write(f"{record}\n")


def edit_recording(
    recording: Path,
    output: Path | None = None,
    *,
    recipe: Path | None = None,
    say: str | None = None,
    force: bool = False,
) -> RunRecord:
    """Edit a finished recording by a recipe, else by a sentence, else by the default wish.

    Raises:
        NemoError: what went wrong, in one line.
    """
    from nemo_lab.recipes import Recipe, edit, run

    if recipe is not None:
        return run(Recipe.load(recipe), recording, output=output, overwrite=force)
    return edit(recording, say or DEFAULT_WISH, output, overwrite=force)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="nemo-obs", description="Edit what OBS records.")
    parser.add_argument("recording", type=Path, nargs="?", help="a finished recording; without it: watch OBS")
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--recipe", type=Path, help="a recipe (TOML)")
    how.add_argument("--say", help=f"what you want; default: {DEFAULT_WISH!r}")
    parser.add_argument("-o", "--output", type=Path, help="default: NAME-edited.mp4 beside the recording")
    parser.add_argument("--force", action="store_true", help="replace the output if it exists")
    return parser


if __name__ == "__main__":
    main()
