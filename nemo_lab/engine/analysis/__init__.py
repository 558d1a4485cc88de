"""What happens in a recording: how loud it is when, and where nothing is said.

Results are plain data. What makes and reads them is loaded when it is asked for.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from nemo_lab.engine.analysis.model import Analysis, Envelope

if TYPE_CHECKING:
    from nemo_lab.engine.analysis.levels import analyse
    from nemo_lab.engine.analysis.silence import busy_silences, find_silences

_HOMES = {"analyse": "levels", "busy_silences": "silence", "find_silences": "silence"}

__all__ = ["Analysis", "Envelope", "analyse", "busy_silences", "find_silences"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
