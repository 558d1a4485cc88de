"""Edit recordings by saying what you want.

The public names are loaded when they are first used, so that ``import nemo_lab`` stays under 100 ms
and brings neither PyAV nor FastAPI.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "1.0.0"

if TYPE_CHECKING:
    from nemo_lab.client import AsyncClient, AsyncSession, Client, Reply, Session, Video, aconnect, connect
    from nemo_lab.config import Settings, load_settings
    from nemo_lab.errors import NemoError
    from nemo_lab.jupyter.editor import Editor
    from nemo_lab.protocol.draft import Draft
    from nemo_lab.protocol.plan import EditPlan
    from nemo_lab.recipes import Recipe, RunRecord, edit, freeze, run, verify
    from nemo_lab.recipes.batch import BatchReport, batch

_HOMES = {
    "nemo_lab.client": (
        "AsyncClient", "AsyncSession", "Client", "Reply", "Session", "Video", "aconnect", "connect",
    ),
    "nemo_lab.config": ("Settings", "load_settings"),
    "nemo_lab.errors": ("NemoError",),
    "nemo_lab.jupyter": ("Editor",),
    "nemo_lab.protocol.draft": ("Draft",),
    "nemo_lab.protocol.plan": ("EditPlan",),
    "nemo_lab.recipes": ("Recipe", "RunRecord", "edit", "freeze", "run", "verify"),
    "nemo_lab.recipes.batch": ("BatchReport", "batch"),
}  # fmt: skip
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "AsyncClient",
    "AsyncSession",
    "BatchReport",
    "Client",
    "Draft",
    "EditPlan",
    "Editor",
    "NemoError",
    "Recipe",
    "Reply",
    "RunRecord",
    "Session",
    "Settings",
    "Video",
    "__version__",
    "aconnect",
    "batch",
    "connect",
    "edit",
    "freeze",
    "load_settings",
    "run",
    "verify",
]


def __getattr__(name: str) -> Any:
    """Load a public name from its home (PEP 562)."""
    if name not in _HOME_OF:
        raise AttributeError(f"module 'nemo_lab' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOME_OF[name]), name)


def __dir__() -> list[str]:
    """Return the public names."""
    return sorted(__all__)


def load_ipython_extension(shell: Any) -> None:
    """Add ``%nemo`` and ``%%nemo`` to a notebook or IPython: ``%load_ext nemo_lab``."""
    from nemo_lab.jupyter.magics import NemoMagics

    shell.register_magics(NemoMagics)
