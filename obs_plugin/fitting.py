# SPDX-License-Identifier: GPL-3.0-only
"""Recordings over the cloud's upload limit: made smaller on this machine first, where a preset allows it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from nemo_lab.errors import FileTooLarge

if TYPE_CHECKING:
    from nemo_lab.client import Client
    from nemo_lab.recipes import Recipe

OverLimit = Literal["refuse", "fit", "cut"]
"""``fit`` encodes the whole of it smaller, ``cut`` takes the pauses out first, ``refuse`` does neither."""
_CUT = "cut the pauses"
Report = Callable[[float], None]


@contextmanager
def fitted(
    inputs: Sequence[Path], limit: int, how: OverLimit, *, folder: Path, report: Report, client: Client | None
) -> Iterator[tuple[list[Path], list[str]]]:
    """Give files none of which is over the limit, and what was done to them in words.

    A smaller copy has the recording's name, by which a project that was interrupted on the cloud is taken
    up. It lies in ``folder``, which is removed at the end, as is what a killed edit left in it.

    Args:
        inputs: the recordings; they stay as they are.
        limit: bytes that one file may have.
        how: what the preset allows.
        folder: a place of our own for the copies.
        report: told from 0 to 1 how far it is.
        client: a connection to the local backend, if there is one already.

    Raises:
        FileTooLarge: one is over the limit, and the preset allows nothing.
        NemoError: as for :func:`nemo_lab.recipes.run`; it cannot be made that small.
    """
    large = [path for path in inputs if path.is_file() and path.stat().st_size > limit]
    if large and how == "refuse":
        raise _refusal(large[0], limit)
    shutil.rmtree(folder, ignore_errors=True)
    try:
        files, notes = [], []
        for number, path in enumerate(inputs):
            if path in large:
                small = folder / str(number) / f"{path.stem}.mp4"
                small.parent.mkdir(parents=True)
                _make(path, small, limit, cut=how == "cut", report=report, client=client)
                notes.append(f"made smaller for the upload: {_sizes(path, small)}")
            files.append(small if path in large else path)
        yield files, notes
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _refusal(path: Path, limit: int) -> FileTooLarge:
    return FileTooLarge(
        f"{path.name} has {_megabytes(path.stat().st_size)}, and the cloud takes {_megabytes(limit)}",
        path=path,
        remedy='Put over_limit = "fit" or "cut" into its preset, or backend = "local".',
    )


def _make(path: Path, small: Path, limit: int, *, cut: bool, report: Report, client: Client | None) -> None:
    """Write the smaller copy; what is cut is encoded anew only when that is not enough."""
    from nemo_lab.protocol.events import Event, Progress
    from nemo_lab.protocol.plan import Export
    from nemo_lab.recipes import Recipe, run

    def on_event(event: Event) -> None:
        if isinstance(event, Progress):
            report(event.fraction or 0.0)

    def make(recipe: Recipe) -> None:
        run(recipe, path, output=small, client=client, overwrite=True, on_event=on_event)

    recipe = Recipe(backend="local", steps=(_CUT,) if cut else ())
    if cut:
        make(recipe)
    if not cut or small.stat().st_size > limit:
        make(recipe.changed(export=Export(max_bytes=limit)))


def _sizes(path: Path, small: Path) -> str:
    return f"{_megabytes(path.stat().st_size)} → {_megabytes(small.stat().st_size)}"


def _megabytes(size: int) -> str:
    return f"{size / 2**20:.3g} MB"
