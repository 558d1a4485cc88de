# SPDX-License-Identifier: GPL-3.0-only
"""``nemo-obs RECORDING``: edits one finished OBS recording by a recipe or a sentence.

The original is never touched; the result and its record lie beside it, or where ``-o`` says.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nemo_lab.recipes import RunRecord

DEFAULT_WISH = "cut the boring parts, add transitions"


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command; an error is one line on stderr and exit code 1."""
    given = _parser().parse_args(arguments)
    from nemo_lab.errors import NemoError

    try:
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
    parser = argparse.ArgumentParser(prog="nemo-obs", description="Edit one finished OBS recording.")
    parser.add_argument("recording", type=Path, help="the file that OBS wrote")
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--recipe", type=Path, help="a recipe (TOML)")
    how.add_argument("--say", help=f"what you want; default: {DEFAULT_WISH!r}")
    parser.add_argument("-o", "--output", type=Path, help="default: NAME-edited.mp4 beside the recording")
    parser.add_argument("--force", action="store_true", help="replace the output if it exists")
    return parser


if __name__ == "__main__":
    main()
