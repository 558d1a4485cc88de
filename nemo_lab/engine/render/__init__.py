"""From a draft to a finished file: exact to the frame and to the sample, whole or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nemo_lab.engine.render.run import render
    from nemo_lab.protocol.report import RenderReport

__all__ = ["RenderReport", "render"]


def __getattr__(name: str) -> Any:
    """Load what is asked for; who only wants to know a picture's size does not pay for the encoders."""
    if name == "render":
        from nemo_lab.engine.render.run import render

        return render
    if name == "RenderReport":
        from nemo_lab.protocol.report import RenderReport

        return RenderReport
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
