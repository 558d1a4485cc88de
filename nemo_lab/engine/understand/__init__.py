"""Sentence → EditPlan, in English and Chinese; and what to say back."""

from nemo_lab.engine.understand.planner import understand
from nemo_lab.engine.understand.replies import answer, reply, suggestions

__all__ = ["answer", "reply", "suggestions", "understand"]
