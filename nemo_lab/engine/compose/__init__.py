"""Operations + draft → new draft, as pure functions: nothing here opens a file.

Files are put on the timeline before anything is said: that does not wait until composing is loaded.
"""

from typing import TYPE_CHECKING, Any

from nemo_lab.engine.compose.model import Asset, Composition, Library
from nemo_lab.engine.compose.place import place

if TYPE_CHECKING:
    from nemo_lab.engine.compose.run import compose

__all__ = ["Asset", "Composition", "Library", "compose", "place"]


def __getattr__(name: str) -> Any:
    if name != "compose":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from nemo_lab.engine.compose.run import compose

    return compose
