"""A recipe in words: what it says, what its operations do, what it exports, what it pins."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from nemo_lab.protocol.plan import Export, Operation
from nemo_lab.recipes.frozen import Frozen
from nemo_lab.recipes.model import Recipe

_PLACES = {"start_ms": "from", "end_ms": "to", "at_ms": "at"}
_WORDS = {
    "duration_ms": "for", "min_silence_ms": "pauses from", "margin_ms": "keeping around speech",
    "target_ms": "down to", "every_ms": "every", "fade_out_ms": "fading out for", "gain_db": "gain",
    "lufs": "loudness", "max_bytes": "at most bytes", "height": "height",
}  # fmt: skip
_UNITS = {"gain_db": " dB", "threshold_db": " dB", "lufs": " LUFS", "height": " pixels", "degrees": "°"}


def explain(recipe: Recipe, *, plan: Callable[[str], Sequence[Operation]] = lambda text: ()) -> Iterator[str]:
    """Yield a recipe in lines for a person.

    Args:
        recipe: the recipe.
        plan: returns what a sentence comes to, as far as that is known before a recording is seen.
    """
    if recipe.description:
        yield recipe.description
    if recipe.inputs:
        yield (
            f"Edits {', '.join(recipe.inputs)}, joined in this order."
            if recipe.inputs[1:]
            else (f"Edits {recipe.inputs[0]}.")
        )
    for number, step in enumerate(recipe.steps, 1):
        if isinstance(step, str):
            yield f"{number:2}. Says: {step}"
            yield from (f"      → {in_words(operation)}" for operation in plan(step))
        else:
            yield f"{number:2}. {in_words(step)}"
    for name, value in recipe.parameters.items():
        yield f"{{{name}}} is {value!r} unless it is set otherwise (--set {name}=…)."
    if recipe.export is not None and recipe.export != Export():
        yield f"Exports {_fields(recipe.export)}."
    if recipe.backend is not None:
        yield f"Runs on the {recipe.backend} backend."
    if recipe.frozen is not None:
        yield from _pinned(recipe.frozen)


def in_words(operation: Operation) -> str:
    """Return an operation in words: times as a clock shows them, only what is not as usual."""
    name = operation.op.replace("_", " ").capitalize()
    return f"{name} {_fields(operation)}".rstrip()


def _fields(operation: Operation) -> str:
    shown = operation.model_dump(
        mode="json", exclude={"op"}, exclude_none=True, exclude_defaults=operation.op not in {"cut", "keep"}
    )
    return ", ".join(_field(name, value) for name, value in shown.items())


def _field(name: str, value: Any) -> str:
    if name in _PLACES:
        return f"{_PLACES[name]} {_place(value)}"
    if name.endswith("_ms"):
        return f"{_WORDS.get(name, name[:-3].replace('_', ' '))} {value / 1000:g} s"
    word = _WORDS.get(name, name.replace("_", " "))
    if isinstance(value, bool):
        return word if value else f"not {word}"
    text = f"“{value}”" if name in {"text", "said"} else value
    text = ", ".join(map(str, text)) if isinstance(text, list) else text
    return f"{word} {text}{_UNITS.get(name, '')}"


def _place(ms: int) -> str:
    if ms < 0:
        return f"{-ms / 1000:g} s before the end"
    minutes, rest = divmod(ms, 60_000)
    return f"{minutes}:{rest / 1000:06.3f}".rstrip("0").rstrip(".")


def _pinned(frozen: Frozen) -> Iterator[str]:
    names = ", ".join(recording.name for recording in frozen.recordings)
    yield f"Frozen with {names} by {frozen.engine or frozen.backend}:"
    yield f"  {_place(frozen.before_ms)} → {_place(frozen.after_ms)}, file {frozen.output_sha256[:16]}…"
    yield from (f"  said: {said}" for said in frozen.said)
    yield "  These recordings always give this cut; others are edited by the steps above."
