"""A conversation kept as a recipe."""

from __future__ import annotations

from typing import Protocol

from nemo_lab.protocol.exact import operation_said
from nemo_lab.protocol.plan import Export
from nemo_lab.protocol.router import export_wish, route
from nemo_lab.recipes.files import merge_exports
from nemo_lab.recipes.model import Recipe


class Spoken(Protocol):
    """Something that remembers what was said to it, such as a session."""

    @property
    def said(self) -> tuple[str, ...]:
        """What was said and answered, in order."""


def recipe_of(session: Spoken, export: Export | None = None) -> Recipe:
    """Return what was said to a session as a recipe for other recordings.

    Only edits are kept: questions and wishes about credits or status change nothing. What was said
    about the finished file becomes the recipe's ``export``, under what ``export`` says itself. Braces
    are doubled, so that they are not taken for parameters. An exact operation stays one.
    """
    said = [operation_said(text) or text for text in session.said]
    edits = [step for step in said if not isinstance(step, str) or route(step) in {"edit", "clarify"}]
    wishes = [export_wish(text) for text in session.said]
    wish = merge_exports(*wishes, export)
    return Recipe(
        steps=tuple(
            step.replace("{", "{{").replace("}", "}}") if isinstance(step, str) else step for step in edits
        ),
        export=wish if wish != Export() else None,
    )
