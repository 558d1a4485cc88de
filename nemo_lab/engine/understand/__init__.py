"""Sentence → EditPlan, in English and Chinese; and what to say back."""

from nemo_lab.engine.understand.planner import understand
from nemo_lab.engine.understand.replies import answer, reply, suggestions
from nemo_lab.protocol.patterns import compile_all

__all__ = ["answer", "reply", "suggestions", "understand"]

# Whoever loads this reads sentences: none of them is to take long, the first neither.
compile_all()
