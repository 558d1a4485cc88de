"""A recipe: what to say and what to export, kept as a TOML document.

::

    version = 1
    name = "Clean screencast"
    steps = [
        "cut the boring parts",                              # a sentence, as in a chat
        "add a title '{title}' for 3 seconds",               # {title} comes from [parameters]
        { op = "transition", kind = "crossfade", duration_ms = 400 },   # or a typed operation
    ]

    [export]
    height = 1080

    [parameters]
    title = "Urban Dreams"

What ``nemo recipe freeze`` pins stands in a table ``[frozen]`` (:mod:`nemo_lab.recipes.frozen`).

A parameter is put into ``steps`` alone, in one pass: braces inside its value mean nothing. In a sentence
``{{`` and ``}}`` are braces. Comments and layout survive load → change → save.
"""

from __future__ import annotations

import copy
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any, Literal

import tomlkit
from pydantic import BaseModel, ConfigDict, Discriminator, Field, PrivateAttr, Tag, ValidationError
from tomlkit.exceptions import ParseError, TOMLKitError

from nemo_lab.config import Backend
from nemo_lab.errors import RecipeError
from nemo_lab.protocol.plan import Export, Operation
from nemo_lab.recipes.document import update_document
from nemo_lab.recipes.filling import filled
from nemo_lab.recipes.frozen import Frozen
from nemo_lab.recipes.lines import line_of

_MAX_BYTES = 16 * 1024 * 1024
"""The pinned timeline of a day's recording fits in; anything larger is no recipe."""
VERSION = 1
"""The version of the document that we write, and the only one there is so far."""


def _kind_of_step(value: Any) -> str:
    return "text" if isinstance(value, str) else "operation"


Sentence = Annotated[str, Field(min_length=1, max_length=10_000, pattern=r"\S")]
Step = Annotated[
    Annotated[Sentence, Tag("text")] | Annotated[Operation, Tag("operation")], Discriminator(_kind_of_step)
]
"""A sentence to say, or a typed operation of :mod:`nemo_lab.protocol.plan`."""


class Recipe(BaseModel):
    """What to say to a recording and how to export it; immutable, see :meth:`changed`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: Literal[1] = 1
    name: str = ""
    description: str = ""
    inputs: tuple[str, ...] = ()
    """Files, relative to the recipe's own folder; ``run(recipe, files)`` overrides them."""
    backend: Backend | None = None
    """``None`` follows the settings."""
    steps: tuple[Step, ...] = ()
    export: Export | None = None
    parameters: dict[str, str | int | float] = Field(default_factory=dict)
    frozen: Frozen | None = None
    """What one run of it came to, pinned."""

    _document: tomlkit.TOMLDocument | None = PrivateAttr(default=None)
    _folder: Path | None = PrivateAttr(default=None)

    def __eq__(self, other: object) -> bool:
        """Two recipes are equal that say the same; their comments and folders do not count."""
        return dict(self) == dict(other) if isinstance(other, Recipe) else NotImplemented

    @classmethod
    def loads(cls, text: str) -> Recipe:
        """Read a recipe from TOML text.

        Raises:
            RecipeError: it is not TOML, or not a recipe; says the line.
        """
        try:
            document = tomlkit.parse(text)
        except ParseError as exc:
            what = "it ends too early" if r"'\x00'" in str(exc) else str(exc).split(" at line ")[0]
            raise RecipeError(f"this is not TOML: {what}", line=exc.line) from None
        except (TOMLKitError, RecursionError) as exc:
            raise RecipeError(f"this is not TOML: {exc}") from None
        try:
            values = document.unwrap()
            _check_version(values, text)
            recipe = cls.model_validate(values)
        except ValidationError as exc:
            raise _recipe_error(exc, text) from None
        recipe._document = document
        return recipe

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Recipe:
        """Read a recipe from a file; its inputs are relative to the file's folder.

        Raises:
            RecipeError: the file cannot be read, or is not a recipe.
        """
        path = Path(path)
        try:
            if path.stat().st_size > _MAX_BYTES:
                raise RecipeError(f"{path} is too large for a recipe")
            recipe = cls.loads(path.read_text(encoding="utf-8-sig"))
        except UnicodeDecodeError:
            raise RecipeError(f"{path} is not UTF-8 text", remedy="Is it a recipe (TOML)?") from None
        except OSError as exc:
            raise RecipeError(f"recipe {path} cannot be read: {exc.strerror}") from None
        recipe._folder = path.parent
        return recipe

    def dumps(self) -> str:
        """Return the TOML text, with the comments of the document that it was loaded from."""
        document = copy.deepcopy(self._document) if self._document is not None else tomlkit.document()
        update_document(document, _values(self, document.unwrap()))
        return tomlkit.dumps(document)

    def save(self, path: str | Path) -> Path:
        """Write the recipe to a file, whole or not at all.

        Raises:
            RecipeError: it cannot be written there.
        """
        path = Path(path)
        scratch = path.with_name(f".{path.name}.part")
        try:
            scratch.write_text(self.dumps(), encoding="utf-8")
            scratch.replace(path)
        except OSError as exc:
            raise RecipeError(f"recipe {path} cannot be written: {exc.strerror}") from None
        finally:
            with suppress(OSError):
                scratch.unlink()
        return path

    def changed(self, **values: Any) -> Recipe:
        """Return a recipe with some fields changed, checked like a new one; comments are kept.

        Raises:
            RecipeError: a value does not fit.
        """
        try:
            recipe = type(self).model_validate(dict(self) | values)
        except ValidationError as exc:
            raise _recipe_error(exc, "") from None
        recipe._document, recipe._folder = self._document, self._folder
        return recipe

    def resolved_steps(self, parameters: Mapping[str, Any] | None = None) -> tuple[str | Operation, ...]:
        """Return the steps with the parameters put in; ``parameters`` override the recipe's own.

        Raises:
            RecipeError: a sentence names a parameter that has no value, one is given that the recipe does
                not have, or an operation cannot take a value.
        """
        given = dict(parameters or {})
        unknown = sorted(set(given) - set(self.parameters))
        if unknown:
            known = ", ".join(self.parameters) or "none"
            raise RecipeError(f"the recipe has no parameter {unknown[0]!r}", remedy=f"It has: {known}.")
        values = self.parameters | given
        return tuple(filled(step, values) for step in self.steps)

    def input_files(self) -> tuple[Path, ...]:
        """Return the recipe's own inputs as paths."""
        folder = self._folder or Path()
        return tuple(folder / name for name in self.inputs)


def _check_version(values: dict[str, Any], text: str) -> None:
    """Refuse a document of a version that is not known, before its fields are found fault with."""
    version = values.get("version", VERSION)
    if isinstance(version, int) and version > VERSION:
        raise RecipeError(
            f"this recipe is of version {version}, and this nemo_lab reads up to {VERSION}",
            line=line_of(text, ["version"]),
            remedy="Update it: pip install --upgrade nemo-lab.",
        )


def _values(recipe: Recipe, written: dict[str, Any]) -> dict[str, Any]:
    """Return what the document should say; where it says the same already, in its own words."""
    before = Recipe.model_validate(written)
    values: dict[str, Any] = {}
    for name, field in Recipe.model_fields.items():
        value = getattr(recipe, name)
        if name in written and value == getattr(before, name):
            values[name] = written[name]
        elif name == "steps":
            values[name] = [
                written[name][n] if before.steps[n : n + 1] == (step,) else _step_value(step)
                for n, step in enumerate(value)
            ]
        elif name == "version" or value != field.get_default(call_default_factory=True):
            values[name] = _plain(value)
    return values


def _plain(value: Any) -> Any:
    """Return a field's value as TOML has it; the table of an export needs no ``op``."""
    if isinstance(value, Frozen):
        return value.model_dump(mode="json")
    if isinstance(value, Export):
        return value.model_dump(mode="json", exclude_none=True, exclude={"op"})
    return list(value) if isinstance(value, tuple) else value


def _step_value(step: str | Operation) -> str | dict[str, Any]:
    if isinstance(step, str):
        return step
    return {"op": step.op} | step.model_dump(mode="json", exclude_defaults=True, exclude_none=True)


def _recipe_error(error: ValidationError, text: str) -> RecipeError:
    """Name the first fault, with its line and without the internals of the models."""
    first = error.errors(include_url=False)[0]
    loc = list(first["loc"])
    if loc[:1] == ["steps"] and len(loc) > 2:  # drop the tags of the unions: they are not in the document
        loc[2:] = loc[4:]
    if first["type"] == "union_tag_invalid":
        message = f"there is no operation {first['ctx']['tag']!r}"
    elif first["type"] in {"union_tag_not_found", "model_attributes_type"}:
        message = 'a step is a sentence or a table with op = "…"'
    elif first["type"] == "extra_forbidden":
        message = "there is no such field"
    else:
        message = first["msg"]
    where = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in loc).lstrip(".")
    return RecipeError(f"{where}: {message}" if where else message, line=line_of(text, loc) if text else None)
