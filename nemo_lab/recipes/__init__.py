"""Recipe (a TOML document) → run → RunRecord: the one road that every way in takes.

``edit`` says one sentence to one or several files, ``run`` carries out a whole recipe, ``recipe_of``
keeps what was said to a session, ``freeze`` pins what a run came to, ``verify`` does one again and
compares. Each finished file gets a RunRecord beside it that says how it came about.
"""

from nemo_lab.recipes.freezing import freeze
from nemo_lab.recipes.frozen import Frozen
from nemo_lab.recipes.model import Recipe, Step
from nemo_lab.recipes.record import FileFact, RunRecord, Said, draft_hash, record_path
from nemo_lab.recipes.runner import edit, run
from nemo_lab.recipes.session import recipe_of
from nemo_lab.recipes.verification import Verification, record_for, verify

__all__ = [
    "FileFact",
    "Frozen",
    "Recipe",
    "RunRecord",
    "Said",
    "Step",
    "Verification",
    "draft_hash",
    "edit",
    "freeze",
    "recipe_of",
    "record_for",
    "record_path",
    "run",
    "verify",
]
