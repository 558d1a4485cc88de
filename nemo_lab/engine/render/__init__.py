"""From a draft to a finished file: exact to the frame and to the sample, whole or not at all."""

from nemo_lab.engine.render.report import RenderReport
from nemo_lab.engine.render.run import render

__all__ = ["RenderReport", "render"]
