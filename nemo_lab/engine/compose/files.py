"""Find the uploaded file that a person means."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import PurePath

from nemo_lab.engine.compose.model import Asset, Library, Skip


def find_asset(library: Library, name: str, *, fits: Callable[[Asset], bool] = lambda _: True) -> Asset:
    """Return the file of this name: exactly, without its folder, without its extension, or in part.

    Raises:
        Skip: there is none, or a part of a name means several.
    """
    wanted = PurePath(name.strip().strip("\"'“”‘’")).name.casefold()
    assets = [asset for asset in library.values() if fits(asset)]
    tests: tuple[Callable[[Asset], bool], ...] = (
        lambda asset: asset.id == name,
        lambda asset: PurePath(asset.name).name.casefold() == wanted,
        lambda asset: PurePath(asset.name).stem.casefold() == PurePath(wanted).stem,
        lambda asset: bool(wanted) and wanted in asset.name.casefold(),
    )
    for number, test in enumerate(tests):
        found = [asset for asset in assets if test(asset)]
        # The same name uploaded twice means the later upload; a part of a name must be clear.
        if found and (number < 3 or len(found) == 1):
            return found[-1]
    names = ", ".join(asset.name for asset in assets) or "-"
    raise Skip("no_file", name=name, names=names)


def names_of(library: Library, ids: Iterable[str | None]) -> list[str]:
    """Return what files are called."""
    return [library[asset].name for asset in ids if asset is not None and asset in library]
