"""The conversation as something to keep: a recipe, or the cell that does the same."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from nemo_lab.jupyter.editor.memory import Memory
from nemo_lab.recipes import Recipe, recipe_of


@dataclass(frozen=True)
class Spoken:
    """What was said, as a session remembers it."""

    said: tuple[str, ...]


def recipe(memory: Memory, name: str = "") -> Recipe:
    """Return what was said as a recipe for other recordings."""
    found = recipe_of(Spoken(memory.said))
    return found.changed(name=name) if name else found


def cell(memory: Memory, backend: str) -> str:
    """Return the code of a cell that does what was done here."""
    where = "" if backend == "local" else f"backend={backend!r}"
    lines = ["import nemo_lab as nemo", "", f"with nemo.connect({where}) as client:"]
    lines.append("    session = client.create_session()")
    if memory.sources:
        lines.append(f"    session.upload({', '.join(map(repr, memory.sources))})")
    lines += [f"    session.chat({text!r})" for text in memory.said]
    if memory.film:
        options = "".join(f", {name}={value!r}" for name, value in memory.exported.items())
        lines.append(f"    session.export({Path(memory.film).name!r}{options})")
    return "\n".join(lines)
