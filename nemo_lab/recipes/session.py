"""A conversation kept as a recipe."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nemo_lab.protocol.plan import Export
from nemo_lab.protocol.router import export_wish, route
from nemo_lab.recipes.files import merge_exports
from nemo_lab.recipes.model import Recipe

if TYPE_CHECKING:
    from nemo_lab.client import Session


def recipe_of(session: Session, export: Export | None = None) -> Recipe:
    """Return what was said to a session as a recipe for other recordings.

    Only edits are kept: questions and wishes about credits or status change nothing. What was said
    about the finished file becomes the recipe's ``export``, under what ``export`` says itself. Braces
    are doubled, so that they are not taken for parameters.
    """
    edits = [text for text in session.said if route(text) in {"edit", "clarify"}]
    wishes = [export_wish(text) for text in session.said]
    wish = merge_exports(*wishes, export)
    return Recipe(
        steps=tuple(text.replace("{", "{{").replace("}", "}}") for text in edits),
        export=wish if wish != Export() else None,
    )
