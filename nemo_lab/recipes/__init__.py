"""Recipe (a TOML document) → run → RunRecord: the one road that every way in takes.

``edit`` says one sentence to one or several files, ``run`` carries out a whole recipe, ``recipe_of``
keeps what was said to a session. Each finished file gets a RunRecord beside it that says how it came about.
"""

from nemo_lab.recipes.model import Recipe, Step
from nemo_lab.recipes.record import FileFact, RunRecord, Said, draft_hash, record_path
from nemo_lab.recipes.runner import edit, run
from nemo_lab.recipes.session import recipe_of

__all__ = [
    "FileFact",
    "Recipe",
    "RunRecord",
    "Said",
    "Step",
    "draft_hash",
    "edit",
    "recipe_of",
    "record_path",
    "run",
]
