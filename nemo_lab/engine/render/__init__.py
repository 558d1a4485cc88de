"""From a draft to a finished file: exact to the frame and to the sample, whole or not at all.

Loaded lazily: the small processes that encode joins need little of this package and start often.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nemo_lab.engine.render.report import RenderReport
    from nemo_lab.engine.render.run import render

_HOMES = {"RenderReport": "report", "render": "run"}

__all__ = ["RenderReport", "render"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
