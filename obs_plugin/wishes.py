# SPDX-License-Identifier: GPL-3.0-only
"""What a job comes to, its preset known: where it is edited, how its result ends, what is told of it."""

from __future__ import annotations

from typing import Any

from obs_plugin.jobs import Job
from obs_plugin.presets import DEFAULT_WISH, Preset, Presets


def works_here(job: Job, preset: Preset, presets: Presets) -> bool:
    """Return whether this machine will do the work, not the cloud.

    Raises:
        NemoError: the recipe or a setting cannot be read.
    """
    from nemo_lab.config import load_settings

    backend, file = preset.backend, None if job.wish.say else presets.recipe_of(preset)
    if backend is None and file is not None:
        from nemo_lab.recipes import Recipe

        backend = Recipe.load(file).backend
    return load_settings(backend=backend).chosen_backend == "local"


def suffix_of(job: Job, preset: Preset, presets: Presets) -> str:
    """Return the ending of the result, as the recipe or the words choose the format.

    Raises:
        RecipeError: the recipe cannot be read.
    """
    from nemo_lab.protocol.plan import Export
    from nemo_lab.recipes import Recipe
    from nemo_lab.recipes.conversation import wish_of
    from nemo_lab.recipes.files import choose_output

    file = None if job.wish.say else presets.recipe_of(preset)
    if file is None:
        wish = wish_of((job.wish.say or preset.say or DEFAULT_WISH,))
        return choose_output([job.path], None, Export(), wish)[0].suffix
    recipe = Recipe.load(file)
    wish = wish_of(recipe.resolved_steps())
    return choose_output([job.path], None, recipe.export or Export(), wish)[0].suffix


def told_of(saved: dict[str, Any]) -> str:
    """Return what the user may want to know of a result, in one line."""
    before, after = saved.get("before_ms"), saved.get("after_ms")
    length = f"{before / 1000:.1f} s → {after / 1000:.1f} s" if before and after else ""
    return "; ".join([*filter(None, [length]), *saved.get("notes", ())])
