"""Sentence → EditPlan, in English and Chinese."""

from nemo_lab.engine.understand.planner import understand

__all__ = ["understand"]
