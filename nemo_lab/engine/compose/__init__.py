"""Operations + draft → new draft, as pure functions: nothing here opens a file."""

from nemo_lab.engine.compose.model import Asset, Composition, Library
from nemo_lab.engine.compose.place import place
from nemo_lab.engine.compose.run import compose

__all__ = ["Asset", "Composition", "Library", "compose", "place"]
